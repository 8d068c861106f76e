/** Fetched records that are not delivered yet, of all partitions together. */
export interface Backlog {
  readonly bytes: number
  /** whether some of it can be delivered now */
  readonly isMoving: boolean
}

/** Whether to send a request now. */
export type Pace =
  | { readonly _tag: 'wait'; readonly until: number }
  /** `room`: how many bytes all partitions together may request; null: there is no room, and each may request only its share */
  | { readonly _tag: 'ask'; readonly room: number | null }

/** How long a partition waits for room while others are delivered. */
export const longestWaitMs = 100

/**
 * When to request more, and how much. A request costs both sides the same for few bytes as for many, so it does not use each
 * small space that a delivery frees: it waits for a quarter of the whole (as TCP avoids silly windows, RFC 1122, 4.2.3.3). It
 * does not wait while nothing can be delivered, and never for long: other partitions whose handlers hang must not keep a
 * partition from its share.
 */
export class FetchPacing {
  private readonly limit: number
  private since: number | null = null

  /** `limit`: the bytes to buffer in all */
  constructor(limit: number) {
    this.limit = limit
  }

  /** Whether a partition waits. The wait is over when there is room, or nothing is left to deliver. */
  get isWaiting(): boolean {
    return this.since !== null
  }

  noDemand(): void {
    this.since = null
  }

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
