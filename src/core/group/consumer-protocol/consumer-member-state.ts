import type { Fault } from '../../../model/fault.js'
import type { TopicPartition } from '../../../model/topic-partition.js'
import type {
  ConsumerMembershipEffect,
  ConsumerMembershipOptions,
  ConsumerMembershipState,
  ConsumerMembershipTimer,
  RemoteSubscription
} from './consumer-membership-messages.js'
import { memberEpoch } from './heartbeat-messages.js'
import { Heartbeats } from './heartbeats.js'
import { Reconciliation } from './reconciliation.js'
import type { MemberFields } from './sent-fields.js'

/**
 * A member of the consumer protocol: its current identity, subscription and partitions, what it reports to the group, and the
 * effects of the current event. `MemberState` is the counterpart for the classic protocol.
 */
export class ConsumerMemberState {
  protected readonly options: ConsumerMembershipOptions
  protected readonly heartbeats: Heartbeats
  protected readonly reconciliation: Reconciliation
  protected readonly me = { id: '', epoch: memberEpoch.join as number }
  protected current: ConsumerMembershipState = 'unjoined'
  protected subscription: RemoteSubscription
  /**
   * Set from the moment the member begins to release everything, to leave the group for a while, until it joins again.
   * `resume` may come before it has left.
   */
  protected suspended: 'for a while' | 'until it has left' | false = false
  private effects: ConsumerMembershipEffect[] = []

  constructor(options: ConsumerMembershipOptions) {
    this.options = options
    this.subscription = options.subscription
    this.heartbeats = new Heartbeats(options)
    this.reconciliation = new Reconciliation(options)
  }

  get state(): ConsumerMembershipState {
    return this.current
  }

  get memberId(): string {
    return this.me.id
  }

  /** The member's epoch, -1 while it is not a member. */
  get epoch(): number {
    return this.current === 'member' ? this.me.epoch : -1
  }

  get held(): readonly TopicPartition[] {
    return this.ownedPartitions.held
  }

  /** Identifies the ownership of a partition: a new object each time an assignment gains it; null if not held. */
  ownershipOf(partition: TopicPartition): TopicPartition | null {
    return this.reconciliation.partitions.ownershipOf(partition)
  }

  /** Whether a partition of a topic with an unknown name is assigned. */
  get unknownTopic(): string | null {
    return this.reconciliation.partitions.unknownTopic
  }

  protected get ownedPartitions(): Reconciliation['partitions']['ownedPartitions'] {
    return this.reconciliation.partitions.ownedPartitions
  }

  /** Whether it sends heartbeats. */
  protected get isActive(): boolean {
    return this.current === 'joining' || this.current === 'member'
  }

  /** The state that the group has to know. */
  protected get fields(): MemberFields {
    const { owned, ownedPartitions } = this.reconciliation.partitions
    return { subscription: this.subscription, owned, isDraining: ownedPartitions.isDraining }
  }

  protected emit(...effects: readonly ConsumerMembershipEffect[]): void {
    this.effects.push(...effects)
  }

  protected disarm(...timers: readonly ConsumerMembershipTimer[]): void {
    for (const timer of timers) this.emit({ _tag: 'disarm', timer })
  }

  /** Sends a heartbeat unless one is in flight: changes made meanwhile go into the next one. */
  protected beat(): void {
    this.disarm('heartbeat', 'retry')
    this.emit(this.heartbeats.next(this.me.id, this.me.epoch, this.fields))
  }

  protected reportChanges(): void {
    if (this.isActive && this.heartbeats.hasChanged(this.fields)) this.beat()
  }

  /** Requests the current epoch by a heartbeat, unless one is in flight, whose answer has it. */
  protected requestEpoch(): void {
    if (this.isActive && !this.heartbeats.isUnderWay) this.beat()
  }

  protected learned(names: ReadonlyMap<string, string>, now: number): void {
    const { partitions } = this.reconciliation
    partitions.learn(names)
    // A member that is about to leave takes no new partitions.
    if (this.suspended !== false || this.current !== 'member') return
    this.emit(...this.reconciliation.resolved(this.me, partitions.resolve(), now))
    this.reportChanges()
  }

  protected recreated(names: ReadonlyMap<string, string>, now: number): void {
    const { partitions } = this.reconciliation
    partitions.learn(names)
    // A member that is about to leave drains everything already.
    if (this.suspended === false && this.current === 'member')
      this.emit(...this.reconciliation.revoke(partitions.unassignFormer(), now, now))
  }

  /** After an answer: sends changes at once; otherwise arms the next heartbeat. */
  protected pause(now: number): void {
    if (!this.isActive) return
    this.reportChanges()
    const { isUnderWay, pace } = this.heartbeats
    if (isUnderWay) return
    if (pace.isOutdated(now)) this.beat()
    else this.emit({ _tag: 'arm', timer: 'heartbeat', inMs: pace.nextInMs(now) })
  }

  /**
   * Watches a member without partitions. Another member may not have released them yet; if none comes, the group has more
   * members than partitions.
   */
  protected watchShare(): void {
    if (this.reconciliation.partitions.isEmpty)
      this.emit({ _tag: 'arm', timer: 'share', inMs: this.heartbeats.pace.settledAfterMs })
    else this.disarm('share')
  }

  protected stop(state: 'suspended' | 'closed'): void {
    this.current = state
    this.reconciliation.partitions.clear()
    this.disarm('heartbeat', 'session', 'retry', 'drain', 'share')
  }

  protected fatal(fault: Fault): void {
    this.stop('closed')
    this.emit({ _tag: 'fatal', fault })
  }

  /** Leaves the group. `epoch`: permanently or for a while, see `memberEpoch`. */
  protected leave(epoch: number): void {
    this.emit({ _tag: 'leave', memberId: this.me.id, epoch })
  }

  /** Takes the effects, once. */
  protected takeEffects(): readonly ConsumerMembershipEffect[] {
    const { effects } = this
    this.effects = []
    return effects
  }
}
