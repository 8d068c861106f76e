import type { ConsumerMembershipEffect, ConsumerMembershipOptions } from './consumer-membership-messages.js'
import { HeartbeatPace } from './heartbeat-pace.js'
import { SaidToGroup, type ToSay } from './said-to-group.js'

/** The heartbeats of a member: their content, at most one in flight, and when the next is due. */
export class Heartbeats {
  readonly pace = new HeartbeatPace()
  private readonly options: ConsumerMembershipOptions
  private readonly said = new SaidToGroup()
  private sent = 0
  private underWay = false

  constructor(options: ConsumerMembershipOptions) {
    this.options = options
  }

  get isUnderWay(): boolean {
    return this.underWay
  }

  /** Whether this attempt is the heartbeat in flight. */
  isAnswer(attempt: number): boolean {
    return this.underWay && attempt === this.sent
  }

  /** The heartbeat in flight was answered, or its answer does not count any more. */
  over(): void {
    this.underWay = false
  }

  /** The group has accepted the content of the heartbeat. */
  taken(): void {
    this.said.answered()
  }

  /** The group may not have received the content: the next heartbeat contains everything. */
  forget(): void {
    this.said.forget()
  }

  /** Whether a change has to be reported before the next heartbeat is due. */
  isNews(present: ToSay): boolean {
    return !this.underWay && this.said.isNews(present)
  }

  next(memberId: string, memberEpoch: number, present: ToSay): ConsumerMembershipEffect {
    const { groupId, groupInstanceId, clientRack, remoteAssignor, rebalanceTimeoutMs } = this.options
    const { isAll } = this.said
    this.underWay = true
    const attempt = ++this.sent
    const request = {
      groupId,
      memberId,
      memberEpoch,
      groupInstanceId,
      rack: isAll && clientRack !== '' ? clientRack : null,
      rebalanceTimeoutMs: isAll ? rebalanceTimeoutMs : null,
      assignor: isAll ? remoteAssignor : null,
      ...this.said.say(present)
    }
    return { _tag: 'heartbeat', attempt, request }
  }
}
