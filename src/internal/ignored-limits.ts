import type { Clock } from '../model/clock.js'

/** A bug of the testing kit: attempts that go on beyond their time limit. */
export interface IgnoredLimits {
  /** An attempt with a limit has begun. */
  began(): void
  /** A limit was exceeded, and is ignored. */
  exceeded(): void
}

/** Where time limits are ignored, by the clock of the process. */
export const ignoredLimits = /*#__PURE__*/ new WeakMap<Clock, IgnoredLimits>()
