import type { AckOrigin } from '../../model/acknowledgement.js'

/** What somebody wants to know: what waited of the records that came from partitions of this number. */
export interface Wanted {
  /** an assignment, by its signal, or one reading of it */
  readonly since: object
  readonly origin: number
}

/** Since when it is known what waits in the retry topics: since which assignments, or readings, began. */
export class KnownAssignments {
  private known = new WeakMap<object, Set<number>>()
  private readonly first = new WeakMap<AbortSignal, AckOrigin>()
  private wanted: readonly Wanted[] = []

  isKnown(since: object, origin: number): boolean {
    return this.known.get(since)?.has(origin) === true
  }

  want(since: object, origin: number): void {
    if (!this.wanted.some((one) => one.since === since && one.origin === origin))
      this.wanted = [...this.wanted, { since, origin }]
  }

  get all(): readonly Wanted[] {
    return this.wanted
  }

  /** A look has found what they wanted to know. */
  found(wanted: readonly Wanted[]): void {
    for (const { since, origin } of wanted)
      this.known.set(since, (this.known.get(since) ?? new Set<number>()).add(origin))
    this.wanted = this.wanted.filter((one) => !wanted.includes(one))
  }

  /** Nothing is known any more. */
  forget(): void {
    this.known = new WeakMap()
    this.wanted = []
  }

  /** Whether it is the first reading of its assignment: a later one began with a seek, or with another subscription. */
  isFirst(origin: AckOrigin): boolean {
    const first = this.first.get(origin.signal)
    if (first === undefined) this.first.set(origin.signal, origin)
    return first === undefined || first === origin
  }
}
