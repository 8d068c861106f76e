import { Fifo } from '../../../core/scheduling/fifo.js'

/** A request that was written. */
export interface Sent {
  readonly correlationId: number
  readonly sentAt: number
  readonly heldMs: number
  deadline: number
}

/**
 * The requests in flight of one connection, in the order in which they were written. A broker answers in that order, so only
 * the first may be answered next.
 */
export class InFlight<S extends Sent> {
  private readonly requests = new Fifo<S>()
  private awaitsIdle: (() => void) | null = null

  get size(): number {
    return this.requests.length
  }

  add(request: S): void {
    this.requests.push(request)
  }

  /** The request of an answer; null if there is none. */
  answered(correlationId: number): S | null {
    if (this.requests.peek()?.correlationId !== correlationId) return null
    return this.requests.shift() ?? null
  }

  /** Runs once when no request is in flight: now, or at the next `processed`. */
  whenIdle(run: () => void): void {
    if (this.requests.length === 0) run()
    else this.awaitsIdle = run
  }
  /** An answer has been processed. */
  processed(): void {
    if (this.awaitsIdle === null || this.requests.length > 0) return
    const run = this.awaitsIdle
    this.awaitsIdle = null
    run()
  }

  /** The deadline of the first request; Infinity if none is in flight. */
  get nextDeadline(): number {
    let next = Infinity
    for (const { deadline } of this.requests) next = Math.min(next, deadline)
    return next
  }

  /** The request whose deadline has passed; null if none. */
  overdue(now: number): S | null {
    for (const request of this.requests) if (request.deadline <= now) return request
    return null
  }

  /** Shortens deadlines: to this long from now, or from when the broker may no longer hold the request. */
  hurry(now: number, limitMs: number): void {
    for (const request of this.requests)
      request.deadline = Math.min(request.deadline, Math.max(now, request.sentAt + request.heldMs) + limitMs)
  }

  /** Removes and returns all requests, in order. */
  drain(): readonly S[] {
    const all = [...this.requests]
    while (this.requests.shift() !== undefined);
    return all
  }
}
