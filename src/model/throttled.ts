/**
 * A broker throttles the client, because a quota is used up or it is overloaded (`throttle_time_ms` of its answers,
 * KIP-219).
 */
export interface Throttled {
  readonly _tag: 'throttled'
  readonly broker: string
  /** what the broker requests */
  readonly askedMs: number
  /**
   * for how long requests on that connection wait: as long as requested, at most a minute. Requests that keep the
   * membership alive wait for a quarter of `session.timeout.ms` at most.
   */
  readonly forMs: number
}

/** A broker that throttled has not done so for ten seconds; `afterMs` is how long it did. */
export interface ThrottleOver {
  readonly _tag: 'recovered'
  readonly from: 'throttled'
  /** the broker */
  readonly what: string
  readonly afterMs: number
}
