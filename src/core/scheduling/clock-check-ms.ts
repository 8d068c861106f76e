/**
 * How often a wait for a time of the calendar looks at the clock. Timers do not hear of a clock that is set, nor of a
 * machine that sleeps meanwhile.
 */
export const clockCheckMs = 60_000
