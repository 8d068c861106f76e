/**
 * How often a wait for a calendar time checks the clock: a timer does not notice that the clock is set, or that the machine was
 * asleep.
 */
export const clockCheckMs = 60_000
