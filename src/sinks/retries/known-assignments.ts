import type { AckOrigin } from '../../model/acknowledgement.js'

/** A handler's query: which records from partitions of this number wait in retry topics. */
export interface RetryQuery {
  /** an assignment, by its signal, or one of its epochs */
  readonly since: object
  readonly origin: number
}

/** Since which assignments or epochs the content of the retry topics is known. */
export class KnownAssignments {
  private known = new WeakMap<object, Set<number>>()
  private readonly first = new WeakMap<AbortSignal, AckOrigin>()
  private unanswered: readonly RetryQuery[] = []

  isKnown(since: object, origin: number): boolean {
    return this.known.get(since)?.has(origin) === true
  }

  want(since: object, origin: number): void {
    if (!this.unanswered.some((one) => one.since === since && one.origin === origin))
      this.unanswered = [...this.unanswered, { since, origin }]
  }

  get all(): readonly RetryQuery[] {
    return this.unanswered
  }

  /** A look at the topics has answered these queries. */
  found(answered: readonly RetryQuery[]): void {
    for (const { since, origin } of answered)
      this.known.set(since, (this.known.get(since) ?? new Set<number>()).add(origin))
    this.unanswered = this.unanswered.filter((one) => !answered.includes(one))
  }

  forget(): void {
    this.known = new WeakMap()
    this.unanswered = []
  }

  /** Whether this is the first epoch of its assignment; a later one began with a seek, or with another subscription. */
  isFirst(origin: AckOrigin): boolean {
    const first = this.first.get(origin.signal)
    if (first === undefined) this.first.set(origin.signal, origin)
    return first === undefined || first === origin
  }
}
