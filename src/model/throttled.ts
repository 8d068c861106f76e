/** A broker wants to be left alone, since a quota is used up or it is overloaded (`throttle_time_ms` of its answers, KIP-219). */
export interface Throttled {
  readonly _tag: 'throttled'
  readonly broker: string
  /** what it asks for */
  readonly askedMs: number
  /**
   * for how long requests on that connection wait: what it asks for, at most a minute. Those that keep the membership wait
   * for a quarter of `session.timeout.ms` at most.
   */
  readonly forMs: number
}

/** A broker that throttled has not for ten seconds; `afterMs` is how long it did. */
export interface ThrottleOver {
  readonly _tag: 'recovered'
  readonly from: 'throttled'
  /** the broker */
  readonly what: string
  readonly afterMs: number
}
