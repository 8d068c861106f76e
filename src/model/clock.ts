/** Withdraws what was scheduled; harmless afterwards. */
export type Cancel = () => void

/**
 * The only source of time. Everything that waits takes it from here, so that a virtual one can stand in for it.
 *
 * - `now` never goes back and has nothing to do with the calendar.
 * - Nothing scheduled runs inside the call that scheduled it.
 */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number
  /** The calendar's time, ms since 1970; only ever written into records and reports. */
  wallTime(): number
  /** Runs once, `delayMs` from now. */
  schedule(delayMs: number, run: () => void): Cancel
  /** Runs once, after the event loop has had a turn: I/O and timers that are due go first. */
  turn(run: () => void): Cancel
}
