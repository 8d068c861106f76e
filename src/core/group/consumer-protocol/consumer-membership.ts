import type { Fault, MembershipLostFault } from '../../../model/fault.js'
import type { TopicPartition } from '../../../model/topic-partition.js'
import { commitVerdict } from '../../committing/offset-verdicts.js'
import { CoordinatorRetries } from '../coordinator-retries.js'
import { ConsumerMemberState } from './consumer-member-state.js'
import type {
  ConsumerMembershipEffect,
  ConsumerMembershipEvent,
  ConsumerMembershipOptions
} from './consumer-membership-messages.js'
import { type ConsumerGroupHeartbeatResponse, memberEpoch } from './heartbeat-messages.js'
import { fencedInstance, type HeartbeatVerdict, verdictOnHeartbeat } from './heartbeat-verdict.js'

/**
 * By then the session of the former instance has ended and freed its `group.instance.id`: brokers allow at most 60 s by
 * default.
 */
const unreleasedForMs = 65_000

/**
 * A member of a group by the consumer protocol (KIP-848), as a state machine: events in, effects out. The coordinator makes the
 * assignment. The answer to each heartbeat has the partitions that may be read already; no member waits for others to join.
 *
 * - Revoked partitions are drained while heartbeats continue without a list of owned partitions. When all of them are released,
 *   after their last commit, the shorter list is sent at once: then others may have them.
 * - Assigned partitions are held before the epoch that came with them counts, so that a commit of the new epoch covers held
 *   partitions.
 * - When the membership is lost (fenced, unknown, expired), the member abandons its partitions at once and joins again.
 */
export class ConsumerMembership extends ConsumerMemberState {
  private readonly retries: CoordinatorRetries
  /** The epoch of the leave request, if one was sent. */
  private leftBy: number | null = null
  /** Since when the member waits for another to free its `group.instance.id`. */
  private unreleasedSince: number | null = null

  constructor(options: ConsumerMembershipOptions) {
    super(options)
    this.retries = new CoordinatorRetries(options)
  }

  /** Whether the member is releasing partitions, or is about to join. */
  get isRebalancing(): boolean {
    return this.current === 'joining' || this.ownedPartitions.isDraining
  }

  handle(event: ConsumerMembershipEvent, now: number): readonly ConsumerMembershipEffect[] {
    switch (event._tag) {
      case 'start':
        if (this.current === 'unjoined') this.join(now)
        break
      case 'heartbeat due':
      case 'retry due':
        if (this.isActive && !this.heartbeats.isUnderWay) this.beat()
        break
      case 'heartbeat answered':
        if (this.heartbeats.isAnswer(event.attempt)) this.answered(event, now)
        break
      case 'commit refused':
        if (event.epoch === this.epoch && this.current === 'member') this.commitRefused(event.code, now)
        break
      case 'reader refused':
        if (event.epoch === this.epoch) this.requestEpoch()
        break
      case 'session due':
        if (this.current === 'member') this.sessionDue(now)
        break
      case 'drain due':
        this.drainOverdue(now)
        break
      case 'share due':
        if (this.current === 'member' && this.reconciliation.partitions.isEmpty && this.suspended === false)
          this.emit({ _tag: 'event', event: { _tag: 'no partitions', groupId: this.options.groupId } })
        break
      case 'released':
        this.released(event.partitions, now)
        break
      case 'topics learned':
        this.learned(event.names, now)
        break
      case 'topic recreated':
        this.recreated(event.names, now)
        break
      case 'subscription changed':
        this.subscription = event.subscription
        this.reportChanges()
        break
      case 'suspend':
        this.suspend(event.stalled, now)
        break
      case 'resume':
        this.resume(now)
        break
      case 'close':
        this.close(event.leave)
        break
    }
    return this.takeEffects()
  }

  /** Joins with a new ID. */
  private join(now: number): void {
    this.me.id = this.options.newMemberId()
    this.rejoin(now)
  }

  private rejoin(now: number): void {
    this.current = 'joining'
    this.me.epoch = memberEpoch.join
    this.heartbeats.forget()
    this.heartbeats.pace.begin(now)
    this.reconciliation.joining(now)
    this.disarm('session', 'drain', 'share')
    this.beat()
  }

  private answered(event: ConsumerMembershipEvent & { readonly _tag: 'heartbeat answered' }, now: number): void {
    this.heartbeats.over()
    if (!this.isActive) {
      // The group may have accepted this member after it closed.
      if (this.leftBy !== null) this.leave(this.leftBy)
      return
    }
    const verdict = verdictOnHeartbeat(event.answer, this.current === 'joining', this.options, this.subscription)
    if (verdict._tag !== 'accepted') this.refused(verdict, now)
    else this.accepted(verdict.answer, event.sentAt, now)
  }

  private accepted(answer: ConsumerGroupHeartbeatResponse, sentAt: number, now: number): void {
    const { pace } = this.heartbeats
    const isFirst = this.current === 'joining'
    this.heartbeats.taken()
    this.retries.answered()
    this.unreleasedSince = null
    pace.adopt(answer.heartbeatIntervalMs)
    pace.answered(sentAt)
    this.current = 'member'
    this.emit({ _tag: 'arm', timer: 'session', inMs: pace.leftMs(now) })
    const isNew = answer.memberEpoch > this.me.epoch
    // A member that is about to leave keeps its assignment as it is.
    const { assignment } = answer
    const change =
      assignment === null || this.suspended !== false ? null : this.reconciliation.partitions.assign(assignment)
    // The assignment comes before the epoch: a commit of the new epoch covers the partitions assigned with it.
    if (isNew) this.me.epoch = answer.memberEpoch
    if (this.suspended !== false) this.leaveIfDrained(now)
    else if (isFirst || isNew || change !== null) {
      if (isFirst) this.reconciliation.joined(now)
      pace.quicken(now)
      this.emit(...this.reconciliation.assigned(this.me, change, sentAt, now))
      this.watchShare()
    }
    this.pause(now)
  }

  private refused(verdict: Exclude<HeartbeatVerdict, { readonly _tag: 'accepted' }>, now: number): void {
    // The group may have accepted the member nevertheless, and may have assigned partitions to it.
    this.heartbeats.forget()
    switch (verdict._tag) {
      case 'lost':
        this.refusedAsMember(verdict.reason, verdict.fault, now)
        break
      case 'unreleased':
        this.unreleasedSince ??= now
        if (now - this.unreleasedSince >= unreleasedForMs) this.fatal(fencedInstance(this.options))
        else this.later(verdict.fault, now)
        break
      case 'later':
        this.later(verdict.fault, now)
        break
      case 'unsupported':
        this.stop('closed')
        this.emit({ _tag: 'unsupported', fault: verdict.fault })
        break
      case 'fatal':
        this.fatal(verdict.fault)
    }
  }

  private refusedAsMember(reason: MembershipLostFault['reason'], fault: Fault, now: number): void {
    const isJoining = this.current === 'joining'
    // Before Kafka 4.3 a group does not let a known member join again until it has left.
    if (isJoining && reason === 'generation over') this.leave(memberEpoch.leave)
    if (isJoining || reason === 'unknown member') this.me.id = this.options.newMemberId()
    if (isJoining) this.later(fault, now)
    else this.loseAndRejoin(reason, now)
  }

  private later(fault: Fault, now: number): void {
    if (this.current === 'joining') {
      if (this.suspended !== false) this.leaveIfDrained(now)
      else this.emit(...this.retries.ofJoin(fault))
      return
    }
    const { inMs, effects } = this.retries.ofHeartbeat(fault)
    // Sooner than the next regular one: the session is running out.
    const next = Math.min(inMs, this.heartbeats.pace.nextInMs(now))
    this.emit(...effects, { _tag: 'arm', timer: 'heartbeat', inMs: next })
  }

  /** A commit was refused: the epoch has changed, or the member is no longer one. */
  private commitRefused(code: number, now: number): void {
    const verdict = commitVerdict(code)
    if (verdict === 'epoch changed') this.requestEpoch()
    else if (verdict === 'fenced') this.fatal(fencedInstance(this.options))
    else if (verdict === 'group refused')
      this.fatal({ _tag: 'AuthorizationFault', resource: 'group', name: this.options.groupId })
    else if (verdict === 'unknown member') {
      this.me.id = this.options.newMemberId()
      this.loseAndRejoin(verdict, now)
    }
  }

  private sessionDue(now: number): void {
    const { pace } = this.heartbeats
    const inMs = pace.leftWhenDue(now)
    if (inMs === 0) {
      this.loseAndRejoin('session expired', now)
      return
    }
    this.emit({ _tag: 'arm', timer: 'session', inMs })
    if (pace.isOutdated(now)) this.requestEpoch()
  }

  private released(partitions: readonly TopicPartition[], now: number): void {
    if (!this.reconciliation.release(partitions, now)) return
    this.disarm('drain')
    if (this.suspended !== false) this.leaveIfDrained(now)
    else if (this.current === 'member') {
      this.emit(...this.reconciliation.takeBack(this.me))
      this.reportChanges()
    }
  }

  private drainOverdue(now: number): void {
    const overdue = this.ownedPartitions.draining
    this.emit(...this.reconciliation.lost(overdue, 'deadline passed'))
    this.released(overdue, now)
  }

  private loseAndRejoin(reason: MembershipLostFault['reason'], now: number): void {
    // The heartbeat in flight belongs to a membership that has ended.
    this.heartbeats.over()
    this.emit(...this.reconciliation.lose(reason))
    if (this.suspended !== false) this.leaveIfDrained(now)
    else this.rejoin(now)
  }

  /** Leaves the group without closing. Stalled partitions are not waited for; the others are drained first. */
  private suspend(stalled: readonly TopicPartition[], now: number): void {
    const isBegun = this.suspended !== false
    if (this.current !== 'closed') this.suspended = 'for a while'
    if (!this.isActive || isBegun) return
    this.ownedPartitions.release(stalled)
    this.emit(...this.reconciliation.revoke(this.ownedPartitions.staying, now, now))
    this.leaveIfDrained(now)
  }

  /**
   * Joins again. A member that has not left yet ignored assignments meanwhile: it leaves nevertheless, and joins with another
   * ID.
   */
  private resume(now: number): void {
    if (this.suspended === false) return
    this.suspended = 'until it has left'
    if (this.current === 'suspended') this.joinAgain(now)
  }

  private joinAgain(now: number): void {
    this.suspended = false
    this.join(now)
  }

  /** Leaves when drained. A heartbeat in flight may be the one that joins the group: its answer is awaited. */
  private leaveIfDrained(now: number): void {
    if (!this.ownedPartitions.isEmpty || (this.current === 'joining' && this.heartbeats.isUnderWay)) return
    this.leave(this.options.groupInstanceId === null ? memberEpoch.leave : memberEpoch.leaveForAWhile)
    this.stop('suspended')
    if (this.suspended === 'until it has left') this.joinAgain(now)
  }

  private close(leave: boolean): void {
    if (this.current === 'closed') return
    const leaves = this.isActive && (leave || this.options.groupInstanceId !== null)
    this.leftBy = leaves ? (leave ? memberEpoch.leave : memberEpoch.leaveForAWhile) : null
    if (this.leftBy !== null) this.leave(this.leftBy)
    this.stop('closed')
  }
}
