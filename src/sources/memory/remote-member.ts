import { idKeyOf, type TopicIdPartition } from '../../core/group/consumer-protocol/topic-id-partition.js'
import type { Cancel } from '../../model/clock.js'
import type { JoinGroupRequest } from '../../ports/kafka-calls.js'

/** The additional state of a classic member: Kafka's `ClassicMemberMetadata`. */
export interface ClassicMetadata {
  readonly sessionTimeoutMs: number
  readonly protocols: JoinGroupRequest['protocols']
}

/** A member of a consumer group as the coordinator keeps it: Kafka's `ConsumerGroupMember`. */
export interface RemoteMemberState {
  readonly id: string
  readonly groupInstanceId: string | null
  rebalanceTimeoutMs: number
  topics: readonly string[]
  pattern: string | null
  assignor: string | null
  epoch: number
  previousEpoch: number
  state: 'stable' | 'unrevoked' | 'unreleased'
  /** partitions that it may read */
  assigned: readonly TopicIdPartition[]
  /** partitions that it has yet to release */
  pendingRevocation: readonly TopicIdPartition[]
  /** null for a member by the consumer protocol */
  classic: ClassicMetadata | null
  /**
   * Each ends without effect when it is called. `revocation`: the time to revoke partitions, for a member by the consumer
   * protocol. `join`, `sync`: the time until the next JoinGroup or SyncGroup of one by the classic protocol.
   */
  readonly timers: Record<'session' | 'revocation' | 'join' | 'sync', Cancel | null>
}

/** A member that has sent only its first request. */
export const newMember = (id: string, groupInstanceId: string | null): RemoteMemberState => ({
  id,
  groupInstanceId,
  rebalanceTimeoutMs: 0,
  topics: [],
  pattern: null,
  assignor: null,
  epoch: 0,
  previousEpoch: 0,
  state: 'stable',
  assigned: [],
  pendingRevocation: [],
  classic: null,
  timers: noTimers()
})

/** No timer runs. */
export const noTimers = (): RemoteMemberState['timers'] => ({ session: null, revocation: null, join: null, sync: null })

/** Whether the member subscribes to the topic. */
export const subscribes = ({ topics, pattern }: RemoteMemberState, topic: string): boolean =>
  topics.includes(topic) || (pattern !== null && asRegExp(pattern).test(topic))

/** JavaScript accepts the RE2/J patterns of our clients, except for the flags of a group before Node 23. */
const asRegExp = (pattern: string): RegExp => {
  const flagged = /^\.\*\(\?:\(\?([ims]+):/.exec(pattern)?.[1] ?? ''
  const plain = pattern.replace(/\(\?[ims]+:/g, '(?:').replace(/\\x\{([\da-f]+)\}/gi, '\\u{$1}')
  return new RegExp(`^(?:${plain})$`, `u${flagged}`)
}

/** The input of a member's reconciliation. */
export interface Reconciling {
  readonly targetEpoch: number
  readonly target: readonly TopicIdPartition[]
  /** the partitions that the member reports as owned; null if it reports none */
  readonly owned: readonly TopicIdPartition[] | null
  /** whether another member still has the partition */
  readonly isHeldByAnother: (partition: TopicIdPartition) => boolean
}

/** Moves a member towards its target assignment, as far as that is possible now: Kafka's `CurrentAssignmentBuilder`. */
export const reconcile = (member: RemoteMemberState, state: Reconciling): void => {
  const { targetEpoch, owned } = state
  const owns = (partitions: readonly TopicIdPartition[]): boolean =>
    owned === null ? partitions.length > 0 : overlap(owned, partitions)
  if (member.state === 'stable' && member.epoch === targetEpoch) return
  if (member.state === 'unrevoked' && (owned === null || owns(member.pendingRevocation))) return
  const target = new Set(state.target.map(idKeyOf))
  const kept = member.assigned.filter((one) => target.has(idKeyOf(one)))
  const pendingRevocation = member.assigned.filter((one) => !target.has(idKeyOf(one)))
  if (owns(pendingRevocation)) {
    Object.assign(member, { state: 'unrevoked', assigned: kept, pendingRevocation })
    return
  }
  const has = new Set(kept.map(idKeyOf))
  const missing = state.target.filter((one) => !has.has(idKeyOf(one)))
  const free = missing.filter((one) => !state.isHeldByAnother(one))
  member.state = free.length < missing.length ? 'unreleased' : 'stable'
  member.assigned = [...kept, ...free]
  member.pendingRevocation = []
  if (member.epoch !== targetEpoch) member.previousEpoch = member.epoch
  member.epoch = targetEpoch
}

const overlap = (some: readonly TopicIdPartition[], others: readonly TopicIdPartition[]): boolean => {
  const keys = new Set(others.map(idKeyOf))
  return some.some((one) => keys.has(idKeyOf(one)))
}

export const isSame = (some: readonly TopicIdPartition[], others: readonly TopicIdPartition[]): boolean =>
  some.map(idKeyOf).sort().join() === others.map(idKeyOf).sort().join()

export const isSubset = (some: readonly TopicIdPartition[], others: readonly TopicIdPartition[]): boolean => {
  const keys = new Set(others.map(idKeyOf))
  return some.every((one) => keys.has(idKeyOf(one)))
}
