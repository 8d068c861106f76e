import { Fifo } from '../../../core/scheduling/fifo.js'

/** A request that was written. */
export interface Sent {
  readonly correlationId: number
  readonly sentAt: number
  readonly heldMs: number
  deadline: number
}

/**
 * The requests of one connection whose answers are awaited, in the order in which they were written: a broker answers in
 * that order, so that only the first may be answered next.
 */
export class InFlight<S extends Sent> {
  private readonly requests = new Fifo<S>()
  private atRest: (() => void) | null = null

  get size(): number {
    return this.requests.length
  }

  add(request: S): void {
    this.requests.push(request)
  }

  /** The request that an answer belongs to; null if it belongs to none. */
  answered(correlationId: number): S | null {
    if (this.requests.peek()?.correlationId !== correlationId) return null
    return this.requests.shift() ?? null
  }

  /** Runs once, when none is awaited: now, or at the next `rested`. */
  whenAtRest(run: () => void): void {
    if (this.requests.length === 0) run()
    else this.atRest = run
  }
  /** An answer has been dealt with. */
  rested(): void {
    if (this.atRest === null || this.requests.length > 0) return
    const run = this.atRest
    this.atRest = null
    run()
  }

  /** When the first of them is late; Infinity if none is awaited. */
  get nextDeadline(): number {
    let next = Infinity
    for (const { deadline } of this.requests) next = Math.min(next, deadline)
    return next
  }

  /** One whose deadline has passed, or null. */
  overdue(now: number): S | null {
    for (const request of this.requests) if (request.deadline <= now) return request
    return null
  }

  /** Shortens deadlines: so long from now, or from when the broker may no longer hold a request back. */
  hurry(now: number, limitMs: number): void {
    for (const request of this.requests)
      request.deadline = Math.min(request.deadline, Math.max(now, request.sentAt + request.heldMs) + limitMs)
  }

  /** All of them, in order; none is awaited any more. */
  drain(): readonly S[] {
    const all = [...this.requests]
    while (this.requests.shift() !== undefined);
    return all
  }
}
