import type { ConsumerMembershipEffect, ConsumerMembershipOptions } from './consumer-membership-messages.js'
import { HeartbeatPace } from './heartbeat-pace.js'
import { SentFields, type MemberFields } from './sent-fields.js'

/** The heartbeats of a member: their content, at most one in flight, and when the next is due. */
export class Heartbeats {
  readonly pace = new HeartbeatPace()
  private readonly options: ConsumerMembershipOptions
  private readonly fields = new SentFields()
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
    this.fields.confirm()
  }

  /** The group may not have received the content: the next heartbeat contains everything. */
  forget(): void {
    this.fields.reset()
  }

  /** Whether a change has to be reported before the next heartbeat is due. */
  hasChanged(present: MemberFields): boolean {
    return !this.underWay && this.fields.hasChanged(present)
  }

  next(memberId: string, memberEpoch: number, present: MemberFields): ConsumerMembershipEffect {
    const { groupId, groupInstanceId, clientRack, remoteAssignor, rebalanceTimeoutMs } = this.options
    const { isFull } = this.fields
    this.underWay = true
    const attempt = ++this.sent
    const request = {
      groupId,
      memberId,
      memberEpoch,
      groupInstanceId,
      rack: isFull && clientRack !== '' ? clientRack : null,
      rebalanceTimeoutMs: isFull ? rebalanceTimeoutMs : null,
      assignor: isFull ? remoteAssignor : null,
      ...this.fields.next(present)
    }
    return { _tag: 'heartbeat', attempt, request }
  }
}
