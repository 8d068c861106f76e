import type { Fault, MembershipLostFault } from '../../../model/fault.js'
import type { TopicPartition } from '../../../model/topic-partition.js'
import { drainDeadline } from '../drain-deadline.js'
import type { AssignmentChange } from '../owned-partitions.js'
import type { ConsumerMembershipEffect, ConsumerMembershipOptions } from './consumer-membership-messages.js'
import { IdentifiedPartitions } from './identified-partitions.js'
import { ReconciliationTimes } from './reconciliation-times.js'

type Effects = readonly ConsumerMembershipEffect[]

/** The identity of the member in reports of an assignment. */
export interface AsMember {
  readonly id: string
  readonly epoch: number
}

/** Brings a member to its assignment: new partitions are read, removed ones are drained and released. Returns the effects. */
export class Reconciliation {
  readonly partitions = new IdentifiedPartitions()
  private readonly options: ConsumerMembershipOptions
  private readonly times = new ReconciliationTimes()

  constructor(options: ConsumerMembershipOptions) {
    this.options = options
  }

  joining(now: number): void {
    this.times.joining(now)
  }

  joined(now: number): void {
    this.times.joined(now)
  }

  /** The group has sent an assignment. `since`: when the group started the time limit for revocations. */
  assigned(me: AsMember, change: AssignmentChange | null, since: number, now: number): Effects {
    const { gained, kept, revoked } = change ?? {
      gained: [],
      kept: this.partitions.ownedPartitions.staying,
      revoked: []
    }
    const lookUp: Effects = this.partitions.unknownTopic === null ? [] : [{ _tag: 'look up topics' }]
    return [this.announce(me, gained, kept), ...lookUp, ...this.revoke(revoked, since, now)]
  }

  /** Topic names were learned after the assignment. */
  resolved(me: AsMember, { gained, kept, revoked }: AssignmentChange, now: number): Effects {
    return [...(gained.length > 0 ? [this.announce(me, gained, kept)] : []), ...this.revoke(revoked, now, now)]
  }

  revoke(partitions: readonly TopicPartition[], since: number, now: number): Effects {
    if (partitions.length === 0) return []
    const { deadline, overdueInMs } = drainDeadline(now, since + this.options.rebalanceTimeoutMs, this.options)
    this.times.draining(now)
    this.partitions.ownedPartitions.revoke(partitions)
    return [
      { _tag: 'revoking', partitions, deadline },
      { _tag: 'arm', timer: 'drain', inMs: overdueInMs }
    ]
  }

  /** Returns whether these are the last partitions that were being released. */
  release(partitions: readonly TopicPartition[], now: number): boolean {
    const { ownedPartitions } = this.partitions
    const { isDraining } = ownedPartitions
    ownedPartitions.release(partitions)
    if (!isDraining || ownedPartitions.isDraining) return false
    this.times.drained(now)
    return true
  }

  /** Partitions that were assigned again while they were being released begin again. */
  takeBack(me: AsMember): Effects {
    const kept = this.partitions.ownedPartitions.staying
    const gained = this.partitions.take()
    return gained.length > 0 ? [this.announce(me, gained, kept)] : []
  }

  /** The member has lost all held partitions. */
  lose(reason: MembershipLostFault['reason']): Effects {
    return this.lost(this.partitions.clear(), reason)
  }

  lost(partitions: readonly TopicPartition[], reason: MembershipLostFault['reason']): Effects {
    const fault: Fault = { _tag: 'MembershipLostFault', groupId: this.options.groupId, reason }
    return partitions.length > 0 ? [{ _tag: 'lost', partitions, fault }] : []
  }

  private announce(
    { id, epoch }: AsMember,
    gained: readonly TopicPartition[],
    kept: readonly TopicPartition[]
  ): ConsumerMembershipEffect {
    const rebalance = this.times.summary(id, this.options.remoteAssignor ?? 'consumer')
    return { _tag: 'assigned', generation: epoch, gained, kept, rebalance }
  }
}
