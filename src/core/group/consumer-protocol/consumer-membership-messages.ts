import type { Either } from 'fp-ts/lib/Either.js'
import type { ConsumerEvent } from '../../../model/consumer-event.js'
import type { Fault } from '../../../model/fault.js'
import type { RebalanceSummary } from '../../../model/rebalance-event.js'
import type { TopicPartition } from '../../../model/topic-partition.js'
import type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse } from './heartbeat-messages.js'

/** What a member subscribes to: topics by name, and a pattern for the broker. */
export interface RemoteSubscription {
  readonly topics: readonly string[]
  /** RE2/J; null for none */
  readonly pattern: string | null
}

/** What happens to a member. `now` is the clock's time. */
export type ConsumerMembershipEvent =
  | { readonly _tag: 'start' }
  | { readonly _tag: 'heartbeat due' }
  | {
      readonly _tag: 'heartbeat answered'
      readonly attempt: number
      readonly sentAt: number
      readonly answer: Either<Fault, ConsumerGroupHeartbeatResponse>
    }
  | { readonly _tag: 'commit refused'; readonly epoch: number; readonly code: number }
  /** The group refuses to return committed offsets to the member of this epoch. */
  | { readonly _tag: 'reader refused'; readonly epoch: number }
  | { readonly _tag: 'session due' }
  | { readonly _tag: 'retry due' }
  | { readonly _tag: 'drain due' }
  | { readonly _tag: 'share due' }
  | { readonly _tag: 'released'; readonly partitions: readonly TopicPartition[] }
  /** The names of topic IDs, as far as the metadata knows them. */
  | { readonly _tag: 'topics learned'; readonly names: ReadonlyMap<string, string> }
  /** The same when another topic has taken a name: partitions of the former topic are given up, and none is gained yet. */
  | { readonly _tag: 'topic recreated'; readonly names: ReadonlyMap<string, string> }
  | { readonly _tag: 'subscription changed'; readonly subscription: RemoteSubscription }
  /** Stay out of the group until `resume`: stalled partitions are released at once, the others are drained. */
  | { readonly _tag: 'suspend'; readonly stalled: readonly TopicPartition[] }
  | { readonly _tag: 'resume' }
  /** `leave`: leave permanently; otherwise a static member announces its return, and the group waits for any other member */
  | { readonly _tag: 'close'; readonly leave: boolean }

export type ConsumerMembershipTimer = 'heartbeat' | 'session' | 'retry' | 'drain' | 'share'

/** The effects of a member. Arming a timer replaces its former deadline. */
export type ConsumerMembershipEffect =
  | { readonly _tag: 'heartbeat'; readonly attempt: number; readonly request: ConsumerGroupHeartbeatRequest }
  /** The member does not belong to the group from here on, whether the request succeeds or not. */
  | { readonly _tag: 'leave'; readonly memberId: string; readonly epoch: number }
  | { readonly _tag: 'arm'; readonly timer: ConsumerMembershipTimer; readonly inMs: number }
  | { readonly _tag: 'disarm'; readonly timer: ConsumerMembershipTimer }
  /** The assignment has topics with unknown names. */
  | { readonly _tag: 'look up topics' }
  | {
      readonly _tag: 'assigned'
      readonly generation: number
      readonly gained: readonly TopicPartition[]
      readonly kept: readonly TopicPartition[]
      readonly rebalance: RebalanceSummary
    }
  | { readonly _tag: 'revoking'; readonly partitions: readonly TopicPartition[]; readonly deadline: number }
  | { readonly _tag: 'lost'; readonly partitions: readonly TopicPartition[]; readonly fault: Fault }
  | { readonly _tag: 'event'; readonly event: ConsumerEvent }
  /** The brokers do not support the protocol: the member has not joined. */
  | { readonly _tag: 'unsupported'; readonly fault: Fault }
  | { readonly _tag: 'fatal'; readonly fault: Fault }

export interface ConsumerMembershipOptions {
  readonly groupId: string
  readonly groupInstanceId: string | null
  /** '' for none */
  readonly clientRack: string
  /** `group.remote.assignor`; null leaves the choice to the broker */
  readonly remoteAssignor: string | null
  readonly subscription: RemoteSubscription
  /** returns a UUID */
  readonly newMemberId: () => string
  readonly rebalanceTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly random: () => number
}

export type ConsumerMembershipState = 'unjoined' | 'joining' | 'member' | 'suspended' | 'closed'
