/** The part of the rebalance timeout that is reserved, so that JoinGroup arrives before the broker removes the member. */
const rejoinMarginMs = 5_000
/** The consumer gets the deadline; the machine waits this much longer for the release. */
const releaseGraceMs = 250

/** When a drain has to end, and how long from now the machine waits for its answer. */
export interface DrainDeadline {
  readonly deadline: number
  readonly overdueInMs: number
}

/** The deadline of a drain that begins now, if the group removes the member at `givenUpAt`. */
export const drainDeadline = (
  now: number,
  givenUpAt: number,
  { rebalanceTimeoutMs, drainTimeoutMs }: { readonly rebalanceTimeoutMs: number; readonly drainTimeoutMs: number }
): DrainDeadline => {
  const margin = Math.min(rejoinMarginMs, rebalanceTimeoutMs / 10)
  const deadline = Math.max(now, Math.min(now + drainTimeoutMs, givenUpAt - margin))
  return { deadline, overdueInMs: deadline - now + Math.min(releaseGraceMs, margin / 2) }
}
