import type { InFlight, Sent } from './in-flight.js'

/** What a connection has waited for. */
export interface Awaited {
  readonly inFlight: Pick<InFlight<Sent & { readonly api: string }>, 'overdue'>
  /** written without an answer to come, and not taken by the system yet */
  readonly untaken: Pick<InFlight<Sent>, 'overdue'>
  /** the step of opening that is under way, and when its time is over; null once it is open */
  readonly setup: { readonly phase: string; readonly endsAt: number; readonly timeoutMs: number } | null
}

/** What did not happen in time; null if nothing is late. */
export const lateReason = ({ inFlight, untaken, setup }: Awaited, now: number): string | null => {
  const unanswered = inFlight.overdue(now)
  if (unanswered !== null) return `no answer to ${unanswered.api} within ${timeOf(unanswered)} ms`
  const unwritten = untaken.overdue(now)
  if (unwritten !== null) return `it accepted no data for ${timeOf(unwritten)} ms`
  return setup === null || now < setup.endsAt ? null : `no ${setup.phase} within ${String(setup.timeoutMs)} ms`
}

const timeOf = ({ deadline, sentAt }: Sent): string => String(Math.round(deadline - sentAt))
