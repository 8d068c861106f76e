import type { Fault, MembershipLostFault } from '../../model/fault.js'
import type { RebalanceSummary } from '../../model/rebalance-event.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { Handshake } from './handshake.js'
import type { MembershipEffect, MembershipOptions, MembershipState, MembershipTimer } from './membership-messages.js'
import { type AssignmentChange, OwnedPartitions } from './owned-partitions.js'

type Phase = 'unjoined' | 'handshake' | 'stable' | 'draining' | 'suspended' | 'closed'

/**
 * The current identity of a member, the partitions it owns, and the effects of the current event: shared by the parts
 * of a membership.
 */
export class MemberState {
  readonly options: MembershipOptions
  readonly owned = new OwnedPartitions()
  readonly handshake: Handshake
  phase: Phase = 'unjoined'
  memberId = ''
  generation = -1
  private effects: MembershipEffect[] = []

  constructor(options: MembershipOptions) {
    this.options = options
    this.handshake = new Handshake(options)
  }

  get state(): MembershipState {
    return this.phase === 'handshake' ? this.handshake.step : this.phase
  }

  get held(): readonly TopicPartition[] {
    return this.owned.held
  }

  /** Identifies the ownership of a partition: a new object each time an assignment gains it; null if not held. */
  ownershipOf(partition: TopicPartition): TopicPartition | null {
    return this.owned.ownershipOf(partition)
  }

  /** From JoinGroup until the answer to SyncGroup. */
  get isBetweenGenerations(): boolean {
    return this.phase === 'handshake'
  }

  get isJoining(): boolean {
    return this.state === 'joining'
  }

  /**
   * Whether the group accepts commits. While it gathers its members it accepts those of the former generation; then none until
   * SyncGroup.
   */
  get mayCommit(): boolean {
    return this.phase === 'stable' || this.phase === 'draining' || (this.isJoining && this.generation >= 0)
  }

  /**
   * Whether the group expects heartbeats. While the member rejoins with partitions, heartbeats show whether the group still
   * knows it.
   */
  get isMember(): boolean {
    if (this.isJoining) return this.generation >= 0 && !this.owned.isEmpty
    return this.isBetweenGenerations || this.mayCommit
  }

  emit(...effects: readonly MembershipEffect[]): void {
    this.effects.push(...effects)
  }

  disarm(...timers: readonly MembershipTimer[]): void {
    for (const timer of timers) this.emit({ _tag: 'disarm', timer })
  }

  /** Takes the effects, once. */
  takeEffects(): readonly MembershipEffect[] {
    const { effects } = this
    this.effects = []
    return effects
  }

  leave(leavesGroup: boolean): void {
    if (leavesGroup && this.memberId !== '') this.emit({ _tag: 'leave', memberId: this.memberId })
  }

  /** Leaves the group without closing. */
  leaveUntilResumed(): void {
    this.phase = 'suspended'
    this.disarm('heartbeat', 'session', 'drain', 'rejoin')
    this.leave(this.options.groupInstanceId === null)
    this.memberId = ''
    this.generation = -1
  }

  fatal(fault: Fault): void {
    this.end()
    this.emit({ _tag: 'fatal', fault })
  }

  end(): void {
    this.phase = 'closed'
    this.owned.clear()
    this.disarm('heartbeat', 'session', 'retry', 'drain', 'rejoin')
  }

  /** The member loses its partitions and its generation. It keeps its ID only if the group still knows it. */
  lose(reason: MembershipLostFault['reason']): void {
    this.generation = -1
    if (reason === 'unknown member') this.memberId = ''
    this.emitLost(this.owned.clear(), reason)
  }

  emitAssigned(change: Pick<AssignmentChange, 'gained' | 'kept'>, rebalance: RebalanceSummary): void {
    const { gained, kept } = change
    this.emit({ _tag: 'assigned', generation: this.generation, gained, kept, rebalance })
  }

  /** Emits the event if the member has no partitions: the group has more members than partitions. */
  emitNoPartitions(): void {
    const { groupId } = this.options
    if (this.owned.isEmpty) this.emit({ _tag: 'event', event: { _tag: 'no partitions', groupId } })
  }

  emitLost(partitions: readonly TopicPartition[], reason: MembershipLostFault['reason']): void {
    const fault: Fault = { _tag: 'MembershipLostFault', groupId: this.options.groupId, reason }
    if (partitions.length > 0) this.emit({ _tag: 'lost', partitions, fault })
  }
}
