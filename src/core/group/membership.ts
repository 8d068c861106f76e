import { isLeft, right } from 'fp-ts/lib/Either.js'
import type { Fault, MembershipLostFault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { CoordinatorRetries } from './coordinator-retries.js'
import { heartbeatVerdict, type Verdict } from './group-verdict.js'
import type { HandshakeAnswer } from './handshake.js'
import { Handover } from './handover.js'
import { Liveness } from './liveness.js'
import type { JoinAnswer, MembershipEffect, MembershipEvent, MembershipOptions } from './membership-messages.js'
import { MemberState } from './member-state.js'
import { RebalanceTimes } from './rebalance-times.js'

/**
 * A member of a classic consumer group, as a state machine: events in, effects out.
 *
 * - Eager: before every rejoin all held partitions are revoked, drained and released, while heartbeats continue; only then
 *   JoinGroup is sent.
 * - Cooperative: the member rejoins at once and keeps everything it holds. Only partitions that the group takes away are
 *   revoked, while the others continue. Once they are released the member rejoins, so that others may have them. A drain never
 *   holds the group up.
 * - When the membership is lost (fenced, unknown, expired), the member abandons its partitions at once.
 */
export class Membership extends MemberState {
  private readonly cooperative: boolean
  private readonly handover: Handover
  private readonly liveness: Liveness
  private readonly retries: CoordinatorRetries
  private readonly times = new RebalanceTimes()
  /** What has changed since JoinGroup was sent: the topics on which the assignment depends, or the member's subscription. */
  private outdated: 'topics' | 'subscription' | false = false
  /** The member leaves the group for a while: it releases everything, or has left. */
  private suspended = false
  /** Whether the member leaves the group if it is accepted after it closed. */
  private leavesGroup = true
  private joinSentAt = -Infinity

  constructor(options: MembershipOptions) {
    super(options)
    this.handover = new Handover(this)
    this.cooperative = options.protocol === 'cooperative'
    this.liveness = new Liveness(options)
    this.retries = new CoordinatorRetries(options)
  }

  handle(event: MembershipEvent, now: number): readonly MembershipEffect[] {
    switch (event._tag) {
      case 'start':
        if (this.phase === 'unjoined') this.join(now)
        break
      case 'join answered':
      case 'assignment made':
      case 'sync answered':
        this.answered(event, now)
        break
      case 'heartbeat due':
        if (this.isMember) this.emit(...this.liveness.beat(this.memberId, this.generation, now))
        break
      case 'heartbeat answered':
        // If the membership is being renewed, the answer is out of date.
        if (event.generation === this.generation && this.isMember) this.heartbeatAnswered(event, now)
        break
      case 'commit refused':
        if (event.generation === this.generation && this.mayCommit)
          this.apply(heartbeatVerdict(right(event.code), this.options), now)
        break
      case 'session due':
        if (this.isMember && this.liveness.isOver(now)) this.loseAndRejoin('session expired', now)
        break
      case 'retry due':
        if (this.isJoining) this.join(now)
        break
      case 'drain due':
        this.released(this.handover.overdue(), now)
        break
      case 'rejoin due':
        this.rejoinDue(now)
        break
      case 'released':
        this.released(event.partitions, now)
        break
      case 'topics changed':
      case 'subscription changed':
        if (this.phase === 'stable') this.rebalance(now)
        else if (event._tag === 'subscription changed') this.outdated = 'subscription'
        else this.outdated ||= 'topics'
        break
      case 'suspend':
        this.suspend(event.stalled, now)
        break
      case 'resume':
        this.suspended = false
        if (this.phase === 'suspended') this.join(now)
        break
      case 'close':
        this.close(event.leave)
        break
    }
    return this.takeEffects()
  }

  private join(now: number): void {
    this.phase = 'handshake'
    this.joinSentAt = now
    this.outdated = false
    const request = this.handshake.begin(this.memberId, this.generation, this.held)
    this.times.joining(now)
    this.owned.announce()
    if (this.isMember) this.disarm('rejoin', 'retry')
    else this.disarm('heartbeat', 'session', 'drain', 'rejoin', 'retry')
    this.emit(request)
  }

  private answered(event: HandshakeAnswer, now: number): void {
    if (this.phase === 'closed') this.answeredAfterClose(event)
    if (this.phase !== 'handshake') return
    const progress = this.handshake.answered(event)
    switch (progress._tag) {
      case 'stale':
        break
      case 'joined':
        this.joined(progress.answer, now)
        this.emit(progress.next)
        break
      case 'assignment made':
        this.emit(progress.next)
        break
      case 'assigned':
        this.stable(progress.partitions, now)
        break
      case 'again':
        this.memberId = progress.memberId ?? this.memberId
        this.join(now)
        break
      case 'fatal':
        this.fatal(progress.fault)
        break
      case 'lost':
        this.lose(progress.reason)
        this.rejoinLater(progress.fault)
        break
      case 'later':
        this.rejoinLater(progress.fault)
    }
  }

  /** The group may have accepted a member that has closed: it leaves, or the group waits for the end of its session. */
  private answeredAfterClose(event: HandshakeAnswer): void {
    if (event._tag !== 'join answered' || !this.handshake.isOf(event) || isLeft(event.answer)) return
    this.memberId = event.answer.right.memberId
    this.leave(this.leavesGroup)
  }

  private joined(answer: JoinAnswer, now: number): void {
    this.memberId = answer.memberId
    this.generation = answer.generation
    // The assignment uses the topics that exist by now, and what the members have sent.
    if (this.outdated === 'topics') this.outdated = false
    this.times.answered(answer, now)
    this.emit(...this.liveness.joined(now))
  }

  private stable(partitions: readonly TopicPartition[], now: number): void {
    this.phase = 'stable'
    this.retries.answered()
    const { gained, kept, revoked } = this.owned.assign(partitions)
    this.emitAssigned({ gained, kept }, this.times.synced(now))
    if (!this.cooperative) this.emitNoPartitions()
    if (this.suspended) this.drainAll(now)
    else if (this.cooperative) {
      this.emit(...this.liveness.quicken(now))
      // Another member may hold its partitions until the next phase. If none follows, the group has more members than
      // partitions.
      if (partitions.length === 0) this.emit({ _tag: 'arm', timer: 'rejoin', inMs: this.liveness.quickForMs })
      this.handover.begin(revoked, now, now + this.options.rebalanceTimeoutMs)
      if (this.outdated !== false || this.owned.hasUnannounced) this.rejoinSoon(now)
    } else if (this.outdated !== false) this.rebalance(now)
  }

  private heartbeatAnswered(event: MembershipEvent & { readonly _tag: 'heartbeat answered' }, now: number): void {
    const { answer, sentAt } = event
    this.liveness.over()
    if (!isLeft(answer)) {
      const prolonged = this.liveness.answered(answer.right, sentAt, now)
      if (prolonged.length > 0) this.retries.answered()
      this.emit(...prolonged)
    }
    this.apply(heartbeatVerdict(answer, this.options), now)
  }

  /** Applies what the answer to a heartbeat or a commit says about the membership. */
  private apply(verdict: Verdict<unknown>, now: number): void {
    // The answer to JoinGroup says more, and may be on its way: the member waits for it until its session ends.
    if (this.isJoining && (verdict._tag === 'join' || verdict._tag === 'lost')) return
    switch (verdict._tag) {
      case 'accepted':
        break
      case 'join':
        if (this.phase === 'stable') this.rebalance(now)
        break
      case 'lost':
        this.loseAndRejoin(verdict.reason, now)
        break
      case 'fatal':
        this.fatal(verdict.fault)
        break
      case 'later': {
        // Sooner than the next regular heartbeat: the session is running out.
        const { inMs, effects } = this.retries.ofHeartbeat(verdict.fault)
        this.emit(...effects, this.liveness.soon(inMs, now))
      }
    }
  }

  /** The group rebalances. */
  private rebalance(now: number): void {
    this.times.began(now)
    if (this.cooperative) this.join(now)
    else this.drainAll(now)
  }

  /** Releases all partitions; the next step follows their release. */
  private drainAll(now: number): void {
    this.phase = 'draining'
    this.outdated = false
    // The broker has waited for this member for its rebalance timeout, beginning at some time after its last quiet heartbeat.
    this.handover.begin(this.owned.staying, now, this.liveness.quietSince + this.options.rebalanceTimeoutMs)
    if (this.owned.isEmpty) this.drained(now)
  }

  private released(partitions: readonly TopicPartition[], now: number): void {
    if (!this.handover.released(partitions)) return
    if (this.phase === 'stable') this.rejoinSoon(now)
    else if (this.phase === 'draining' && this.owned.isEmpty) this.drained(now)
  }

  private drained(now: number): void {
    if (this.suspended) this.leaveUntilResumed()
    else this.join(now)
  }

  /** Rejoins, since others wait for the released partitions. While more have to be released, no more often than heartbeats. */
  private rejoinSoon(now: number): void {
    const next = this.owned.isDraining ? this.joinSentAt + this.options.heartbeatIntervalMs : now
    this.emit({ _tag: 'arm', timer: 'rejoin', inMs: Math.max(0, next - now) })
  }

  private rejoinDue(now: number): void {
    if (this.phase !== 'stable') return
    if (this.outdated !== false || this.owned.hasUnannounced) {
      this.rebalance(now)
      return
    }
    // Partitions that were assigned again while they were being released begin again.
    const kept = this.owned.staying
    const gained = this.owned.take()
    if (gained.length > 0) this.emitAssigned({ gained, kept }, this.times.synced(now))
    this.emitNoPartitions()
  }

  private loseAndRejoin(reason: MembershipLostFault['reason'], now: number): void {
    this.lose(reason)
    this.drained(now)
  }

  /** Leaves the group without closing; stalled partitions are not waited for. */
  private suspend(stalled: readonly TopicPartition[], now: number): void {
    if (this.phase === 'closed' || this.suspended) return
    this.suspended = true
    this.owned.release(stalled)
    if (this.phase === 'stable') this.drainAll(now)
    else if (this.phase === 'draining' && this.owned.isEmpty) this.drained(now)
  }

  private rejoinLater(fault: Fault): void {
    this.phase = 'handshake'
    this.handshake.abandon()
    if (!this.isMember) this.disarm('heartbeat', 'session')
    this.emit(...this.retries.ofJoin(fault))
  }

  private close(leave: boolean): void {
    if (this.phase === 'closed') return
    this.leavesGroup = leave
    this.end()
    this.leave(leave)
  }
}
