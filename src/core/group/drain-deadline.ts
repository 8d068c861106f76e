/** Of the rebalance timeout, what is kept so that the JoinGroup is there before the broker gives the member up. */
const rejoinMarginMs = 5_000
/** The consumer is given the deadline; the machine itself waits this little longer for its answer. */
const releaseGraceMs = 250

/** When a drain has to be over, and how long from now its answer is waited for. */
export interface DrainDeadline {
  readonly deadline: number
  readonly overdueInMs: number
}

/** The deadline of a drain that begins now, when the group gives the member up at `givenUpAt`. */
export const drainDeadline = (
  now: number,
  givenUpAt: number,
  { rebalanceTimeoutMs, drainTimeoutMs }: { readonly rebalanceTimeoutMs: number; readonly drainTimeoutMs: number }
): DrainDeadline => {
  const margin = Math.min(rejoinMarginMs, rebalanceTimeoutMs / 10)
  const deadline = Math.max(now, Math.min(now + drainTimeoutMs, givenUpAt - margin))
  return { deadline, overdueInMs: deadline - now + Math.min(releaseGraceMs, margin / 2) }
}
