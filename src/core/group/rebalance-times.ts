import type { RebalanceSummary } from '../../model/rebalance-event.js'
import type { JoinAnswer } from './membership-messages.js'

/** How long each phase of a rebalance took, and who led it. */
export class RebalanceTimes {
  private begunAt: number | null = null
  private joiningAt = 0
  private joinedAt = 0
  private drainMs = 0
  private joined: Pick<JoinAnswer, 'leader' | 'memberId' | 'protocol'> = { leader: '', memberId: '', protocol: '' }

  /** The member has noticed that the group rebalances. */
  began(now: number): void {
    this.begunAt ??= now
  }

  joining(now: number): void {
    this.joiningAt = now
    this.drainMs = now - (this.begunAt ?? now)
    this.begunAt = null
  }

  answered(answer: JoinAnswer, now: number): void {
    this.joinedAt = now
    this.joined = answer
  }

  synced(now: number): RebalanceSummary {
    const { leader, memberId, protocol } = this.joined
    const joinMs = this.joinedAt - this.joiningAt
    return { memberId, leader, protocol, drainMs: this.drainMs, joinMs, syncMs: now - this.joinedAt }
  }
}
