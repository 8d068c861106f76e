import { errorCode } from '../../src/core/protocol/error-code.js'
import type { CommitChecker } from './check-commits.js'
import type { Findings } from './findings.js'
import type { Ending } from './history.js'
import { beginningOf, type MemberState, type Tenure, unsettledOf } from './tenure.js'

/** A drain is cut short before its deadline by this part of it, to store what is settled. */
const commitShare = 0.1

/** How assignments end: what their ends waited for, what they say of it, and what the next owner may be given again. */
export class EndingChecker {
  private readonly found: Findings
  private readonly commits: CommitChecker
  private readonly roundTripMs: number

  constructor(found: Findings, commits: CommitChecker, roundTripMs: number) {
    this.found = found
    this.commits = commits
    this.roundTripMs = roundTripMs
  }

  /** Whether the drain waited for what was under way, and what of it may come again. */
  judge(tenure: Tenure, outcome: string, since: number): void {
    const { member, place, reading, log, revoking } = tenure
    if (tenure.isStale) return
    const unsettled = unsettledOf(reading)
    const { now } = this.found
    const drains = [...(revoking === null ? [] : [revoking]), ...member.stops]
    const waited = drains.some(({ at, withinMs }) => now >= at + withinMs * (1 - commitShare) - 1)
    const closed = member.stops.some(({ how }) => how === 'close')
    if (unsettled > 0 && !waited && !closed)
      this.found.add('a drain waits for the work under way until its deadline', {
        member: member.name,
        place,
        detail: `${outcome}, ${String(unsettled)} unsettled`
      })
    // What is kept of a deadline for the last commits may be too little for two of them, one after the other.
    const reserve = Math.min(...drains.map(({ withinMs }) => withinMs * commitShare))
    const hurried = waited && reserve < 2 * this.roundTripMs
    if (hurried || this.commits.isTroubled(member, since) || member.frozenAt >= since) {
      tenure.repeatableFrom = 0
      return
    }
    if (unsettled > 0) tenure.repeatableFrom = Math.min(tenure.repeatableFrom, reading.frontier)
    const beginning = beginningOf(reading, log)
    if (beginning !== null) this.commits.answersFrom(place, beginning)
  }

  /** What a member says of its drain is true. */
  judgeReport({ member, place, log, reading, isStale, stored }: Tenure, { outcome, repeated }: Ending): void {
    if (isStale) return
    const unsettled = unsettledOf(reading)
    const detail = `${outcome}, ${String(repeated)} repeated`
    if (repeated !== unsettled)
      this.found.add('what is not settled is reported', { member: member.name, place, detail })
    // What was committed by choice and refused was told to who chose it.
    if (outcome !== 'drained' || member.chosen.has(place)) return
    const settledTo = reading.settled.size === 0 ? undefined : log.records[reading.frontier - 1]?.offset
    if (unsettled > 0 || (settledTo !== undefined && stored <= settledTo))
      this.found.add('what is reported as drained is settled and stored', { member: member.name, place, detail })
  }
}

/** Whether it may end unasked: another has its name in the group, or it may not use the group. */
export const mayFail = ({ sharesName, refusals }: MemberState, error: string): boolean =>
  (error.startsWith('FencedFault') && sharesName) ||
  (error.startsWith('AuthorizationFault') && refusals.has(errorCode.GROUP_AUTHORIZATION_FAILED))
