import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  memberEpoch
} from '../../core/group/consumer-protocol/heartbeat-messages.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { Clock } from '../../model/clock.js'
import type {
  ErrorCode,
  GroupMember,
  JoinGroupRequest,
  JoinGroupResponse,
  SyncGroupRequest,
  SyncGroupResponse
} from '../../ports/kafka-calls.js'
import type { ConsumerGroupRules, CoordinatedTopic } from './consumer-group.js'
import { ConsumerGroupCoordinator } from './consumer-group-coordinator.js'
import { GroupCoordinator } from './group-coordinator.js'
import { type GroupDescription, isUnused } from './group-description.js'
import { refusalOf, refusedHeartbeat } from './heartbeat-checks.js'

/** What a group needs from the cluster. */
export interface MemoryGroupContext {
  readonly clock: Clock
  readonly rules: ConsumerGroupRules
  readonly topics: () => readonly CoordinatedTopic[]
  readonly newMemberId: () => string
}

/**
 * A consumer group under its current protocol. As in Kafka's `GroupMetadataManager`, a classic group is converted to the consumer
 * protocol when the first member joins by that, and back when the last such member has left; in between it has members of both
 * protocols. An empty group accepts either. The policy is `bidirectional`, Kafka's default of `group.consumer.migration.policy`.
 */
export class MemoryGroup {
  readonly classic: GroupCoordinator
  readonly consumers: ConsumerGroupCoordinator

  constructor(groupId: string, { clock, rules, topics, newMemberId }: MemoryGroupContext) {
    this.classic = new GroupCoordinator(groupId, clock, newMemberId)
    this.consumers = new ConsumerGroupCoordinator(groupId, clock, rules, topics, {
      newMemberId,
      onlyClassicLeft: (rebalances) => {
        this.classic.takeOver(this.consumers.release(), rebalances)
      }
    })
  }

  /** Whether the group uses the consumer protocol at present. */
  get usesConsumerProtocol(): boolean {
    return this.consumers.hasMembers || (isUnused(this.classic.describe()) && this.consumers.wasUsed)
  }
  /** Whether the group never had members by either protocol. */
  get isUnused(): boolean {
    return isUnused(this.classic.describe()) && !this.consumers.wasUsed
  }

  describe(): GroupDescription {
    return this.usesConsumerProtocol ? this.consumers.describe() : this.classic.describe()
  }

  join(request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    if (this.consumers.hasMembers) answer(this.consumers.classic.join(request))
    else {
      // An empty group of the consumer protocol loses its state.
      this.consumers.release()
      this.classic.join(request, answer)
    }
  }

  sync(request: SyncGroupRequest, answer: (answer: SyncGroupResponse) => void): void {
    if (this.consumers.hasMembers) answer(this.consumers.classic.sync(request))
    else this.classic.sync(request, answer)
  }

  heartbeat(member: GroupMember): ErrorCode {
    return this.consumers.hasMembers ? this.consumers.classic.heartbeat(member) : this.classic.heartbeat(member)
  }

  leave(memberId: string, groupInstanceId: string | null): ErrorCode {
    return this.consumers.hasMembers
      ? this.consumers.classic.leave(memberId, groupInstanceId)
      : this.classic.leave(memberId, groupInstanceId)
  }

  /** A heartbeat of the consumer protocol. */
  consumerHeartbeat(request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse {
    const isJoining = request.memberEpoch === memberEpoch.join
    if (!isJoining && this.isClassic) return refusedHeartbeat(errorCode.GROUP_ID_NOT_FOUND)
    const isFirst = isJoining && !this.consumers.hasMembers && refusalOf(request) === null
    if (isFirst && !this.classic.isConvertible)
      return { ...refusedHeartbeat(errorCode.GROUP_ID_NOT_FOUND), message: inconvertible(request.groupId) }
    if (isFirst) this.upgrade()
    return this.consumers.heartbeat(request)
  }

  /** NONE if this member may commit. */
  mayCommit(request: GroupMember): ErrorCode {
    return this.consumers.hasMembers ? this.consumers.mayCommit(request) : this.classic.mayCommit(request)
  }

  /** NONE if this member may commit in a transaction. TxnOffsetCommit has no STALE_MEMBER_EPOCH (`OffsetMetadataManager`). */
  mayCommitInTransaction(request: GroupMember): ErrorCode {
    if (!this.consumers.hasMembers) return this.classic.mayCommitInTransaction(request)
    const { generation, memberId, groupInstanceId } = request
    if (generation < 0 && memberId === '' && groupInstanceId === null) return errorCode.NONE
    const refused = this.consumers.mayCommit(request)
    return refused === errorCode.STALE_MEMBER_EPOCH ? errorCode.ILLEGAL_GENERATION : refused
  }

  /** NONE if this member may fetch committed offsets; null for a request without a member. A classic group accepts any reader. */
  mayFetch(reader: Pick<GroupMember, 'memberId' | 'generation'> | null): ErrorCode {
    return this.isClassic ? errorCode.NONE : this.consumers.mayFetch(reader)
  }

  /** Another broker becomes the group's coordinator, and loads the group for `loadingMs`. */
  move(loadingMs: number): void {
    this.classic.move(loadingMs)
    this.consumers.moved()
  }

  expireSession(memberId: string): void {
    this.classic.expireSession(memberId)
    this.consumers.expireSession(memberId)
  }

  /** A classic group that is not empty. */
  private get isClassic(): boolean {
    return this.classic.describe().state !== 'Empty'
  }

  private upgrade(): void {
    const { isClassic } = this
    const { converted, answer } = this.classic.release()
    if (isClassic) this.consumers.takeOver(converted)
    answer()
  }
}

const inconvertible = (groupId: string): string =>
  `Cannot upgrade classic group ${groupId} to consumer group because an unsupported custom assignor is in use. Please refer to the documentation or switch to a default assignor before re-attempting the upgrade.`
