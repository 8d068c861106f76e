/** The maximum delay of a timer in ms: Node runs a longer one at once. */
export const longestTimer = 2 ** 31 - 1

/** Cancels the scheduled function; has no effect afterwards. */
export type Cancel = () => void

/**
 * The only source of time. Everything that waits uses it, so that a virtual clock can replace it.
 *
 * - `now` never goes back and is unrelated to the calendar.
 * - A scheduled function never runs inside the call that scheduled it.
 */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number
  /** The calendar's time, ms since 1970; only used in records and reports. */
  wallTime(): number
  /** Runs once, `delayMs` from now, which may exceed the maximum of Node's timers. */
  schedule(delayMs: number, run: () => void): Cancel
  /** Runs once, after the event loop has had a turn: I/O and timers that are due go first. */
  turn(run: () => void): Cancel
  /** Returns 0 to 1, for the jitter of retries. Clocks that make a run repeatable have none. */
  readonly random?: () => number
}
