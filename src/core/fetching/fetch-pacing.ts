/** What was fetched and is not delivered yet, of all partitions together. */
export interface Backlog {
  readonly bytes: number
  /** whether some of it can be delivered now */
  readonly isMoving: boolean
}

/** Whether to ask now. */
export type Pace =
  | { readonly _tag: 'wait'; readonly until: number }
  /** `room`: what may come in all; null where there is none, and each partition may ask for its share and no more */
  | { readonly _tag: 'ask'; readonly room: number | null }

/** How long a partition waits for room while others are delivered. */
export const longestWaitMs = 100

/**
 * When to ask for more, and for how much. A request costs both sides the same whether it brings a little or a lot, so that
 * none is sent for each little room that a delivery makes: it waits for a quarter of the whole (what TCP calls the avoidance
 * of silly windows, RFC 1122, 4.2.3.3). Not while nothing can be delivered, and never for long: what others hold, who may
 * be hung, must not keep a partition from its share.
 */
export class FetchPacing {
  private readonly limit: number
  private since: number | null = null

  /** `limit`: the bytes that are to be buffered in all */
  constructor(limit: number) {
    this.limit = limit
  }

  /** Whether somebody waits, who need not once there is room or nothing is left to deliver. */
  get isWaiting(): boolean {
    return this.since !== null
  }

  /** Nobody waits any more. */
  nothingIsWanted(): void {
    this.since = null
  }

  /** Somebody wants something. */
  next(backlog: Backlog, now: number): Pace {
    const room = this.limit - backlog.bytes
    const isRoomy = room >= this.limit / 4
    if (!isRoomy && backlog.isMoving) {
      this.since ??= now
      const until = this.since + longestWaitMs
      if (now < until) return { _tag: 'wait', until }
    }
    this.since = null
    return { _tag: 'ask', room: isRoomy ? room : null }
  }
}
