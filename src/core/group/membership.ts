import { isLeft, map, right } from 'fp-ts/lib/Either.js'
import type { Fault, MembershipLostFault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { CoordinatorRetries } from './coordinator-retries.js'
import { drainDeadline } from './drain-deadline.js'
import { type Verdict, verdictOn } from './group-verdict.js'
import { Handshake, type HandshakeAnswer } from './handshake.js'
import { OwnedPartitions } from './owned-partitions.js'
import { Liveness } from './liveness.js'
import type {
  JoinAnswer,
  MembershipEffect,
  MembershipEvent,
  MembershipOptions,
  MembershipState
} from './membership-messages.js'
import { RebalanceTimes } from './rebalance-times.js'

/**
 * A member of a classic consumer group, as a state machine: events in, effects out.
 *
 * - Eager: before every rejoin everything that is held is revoked, drained and released, with heartbeats going on, and only
 *   then JoinGroup is sent.
 * - Cooperative: it rejoins at once with everything in hand. Only what the group takes away is revoked, while the rest goes
 *   on; once that is released it rejoins, so that others may have it. A drain never holds the group up.
 * - What is lost (fenced, forgotten, expired) is given up at once.
 */
export class Membership {
  private readonly options: MembershipOptions
  private readonly cooperative: boolean
  private readonly owned = new OwnedPartitions()
  private readonly handshake: Handshake
  private readonly liveness: Liveness
  private readonly retries: CoordinatorRetries
  private readonly times = new RebalanceTimes()
  private current: 'unjoined' | 'handshake' | 'stable' | 'draining' | 'suspended' | 'closed' = 'unjoined'
  private member = ''
  private generationId = -1
  /** What has changed since JoinGroup was answered, or sent: topics, from which the group assigns, or what the member says. */
  private outdated: 'topics' | 'what it says' | false = false
  /** Set while it gives everything up to stay out of the group for a while, and after. */
  private suspended = false
  /** What the group is told when an answer comes after the end. */
  private leavesGroup = true
  private joinSentAt = -Infinity
  private effects: MembershipEffect[] = []

  constructor(options: MembershipOptions) {
    this.options = options
    this.cooperative = options.protocol === 'cooperative'
    this.handshake = new Handshake(options)
    this.liveness = new Liveness(options)
    this.retries = new CoordinatorRetries(options)
  }

  get state(): MembershipState {
    return this.current === 'handshake' ? this.handshake.step : this.current
  }
  get memberId(): string {
    return this.member
  }
  get generation(): number {
    return this.generationId
  }
  get held(): readonly TopicPartition[] {
    return this.owned.held
  }
  /** What the member holds of a partition: another one after each assignment that gave it anew, null for none. */
  holdingOf(partition: TopicPartition): TopicPartition | null {
    return this.owned.holdingOf(partition)
  }
  /** Whether the group takes commits: while it gathers its members those of the former generation, then none until SyncGroup. */
  get mayCommit(): boolean {
    return this.current === 'stable' || this.current === 'draining' || (this.isJoining && this.generationId >= 0)
  }

  /** From JoinGroup until the answer of SyncGroup. */
  get isBetweenGenerations(): boolean {
    return this.current === 'handshake'
  }

  handle(event: MembershipEvent, now: number): readonly MembershipEffect[] {
    this.effects = []
    switch (event._tag) {
      case 'start':
        if (this.current === 'unjoined') this.join(now)
        break
      case 'join answered':
      case 'assignment made':
      case 'sync answered':
        this.answered(event, now)
        break
      case 'heartbeat due':
        if (this.isMember) this.emit(...this.liveness.beat(this.member, this.generationId, now))
        break
      case 'heartbeat answered':
        // What it says of a membership that is being renewed is out of date.
        if (event.generation === this.generationId && this.isMember) this.heartbeatAnswered(event, now)
        break
      case 'commit refused':
        if (event.generation === this.generationId && this.mayCommit)
          this.told(verdictOn('Heartbeat', right(withCode(event.code)), this.options), now)
        break
      case 'session due':
        if (this.isMember && this.liveness.isOver(now)) this.loseAndRejoin('session expired', now)
        break
      case 'retry due':
        if (this.isJoining) this.join(now)
        break
      case 'drain due':
        this.drainOverdue(now)
        break
      case 'rejoin due':
        this.rejoinDue(now)
        break
      case 'released':
        this.released(event.partitions, now)
        break
      case 'topics changed':
      case 'subscription changed':
        if (this.current === 'stable') this.rebalance(now)
        else if (event._tag === 'subscription changed') this.outdated = 'what it says'
        else this.outdated ||= 'topics'
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
    return this.effects
  }

  /** Whether the group expects heartbeats. While it rejoins with partitions in hand they show whether it still knows it. */
  private get isMember(): boolean {
    if (this.isJoining) return this.generationId >= 0 && !this.owned.isEmpty
    return this.isBetweenGenerations || this.mayCommit
  }

  private get isJoining(): boolean {
    return this.state === 'joining'
  }

  private emit(...effects: readonly MembershipEffect[]): void {
    this.effects.push(...effects)
  }

  private join(now: number): void {
    this.current = 'handshake'
    this.joinSentAt = now
    this.outdated = false
    const request = this.handshake.begin(this.member, this.generationId, this.held)
    this.times.joining(now)
    this.owned.announce()
    if (this.isMember) this.disarm('rejoin', 'retry')
    else this.disarm('heartbeat', 'session', 'drain', 'rejoin', 'retry')
    this.emit(request)
  }

  private answered(event: HandshakeAnswer, now: number): void {
    if (this.current === 'closed') this.answeredInVain(event)
    if (this.current !== 'handshake') return
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
        this.member = progress.memberId ?? this.member
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

  /** The group may have made a member of one that has gone: it is told so, or it waits for it until the session is over. */
  private answeredInVain(event: HandshakeAnswer): void {
    if (event._tag !== 'join answered' || !this.handshake.isOf(event) || isLeft(event.answer)) return
    this.member = event.answer.right.memberId
    this.leave(this.leavesGroup)
  }

  private joined(answer: JoinAnswer, now: number): void {
    this.member = answer.memberId
    this.generationId = answer.generation
    // The group assigns from what there is by now, and from what the members have said.
    if (this.outdated === 'topics') this.outdated = false
    this.times.answered(answer, now)
    this.emit(...this.liveness.joined(now))
  }

  private stable(partitions: readonly TopicPartition[], now: number): void {
    this.current = 'stable'
    this.retries.answered()
    const { gained, kept, revoked } = this.owned.assign(partitions)
    this.emit({ _tag: 'assigned', generation: this.generationId, gained, kept, rebalance: this.times.synced(now) })
    if (!this.cooperative) this.tellNoPartitions()
    if (this.suspended) this.drainAll(now)
    else if (this.cooperative) {
      this.emit(...this.liveness.quicken(now))
      // What it is to have may be another's until the next phase: if none comes, it is one too many.
      if (partitions.length === 0) this.emit({ _tag: 'arm', timer: 'rejoin', inMs: this.liveness.quickForMs })
      this.revoke(revoked, now, now + this.options.rebalanceTimeoutMs)
      if (this.outdated !== false || this.owned.hasNews) this.rejoinSoon(now)
    } else if (this.outdated !== false) this.rebalance(now)
  }

  private tellNoPartitions(): void {
    if (this.owned.isEmpty)
      this.emit({ _tag: 'event', event: { _tag: 'no partitions', groupId: this.options.groupId } })
  }

  private heartbeatAnswered(event: MembershipEvent & { readonly _tag: 'heartbeat answered' }, now: number): void {
    const { answer, sentAt } = event
    this.liveness.over()
    if (!isLeft(answer)) {
      const prolonged = this.liveness.heard(answer.right, sentAt, now)
      if (prolonged.length > 0) this.retries.answered()
      this.emit(...prolonged)
    }
    this.told(verdictOn('Heartbeat', map(withCode)(answer), this.options), now)
  }

  /** What a heartbeat or a commit says about the membership. */
  private told(verdict: Verdict<unknown>, now: number): void {
    // The answer of JoinGroup says more, and may be on its way: until the session is over it is waited for.
    if (this.isJoining && (verdict._tag === 'join' || verdict._tag === 'lost')) return
    switch (verdict._tag) {
      case 'accepted':
        break
      case 'join':
        if (this.current === 'stable') this.rebalance(now)
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

  /** The group assigns anew. */
  private rebalance(now: number): void {
    this.times.began(now)
    if (this.cooperative) this.join(now)
    else this.drainAll(now)
  }

  /** Gives everything up; what follows comes when all of it is released. */
  private drainAll(now: number): void {
    this.current = 'draining'
    this.outdated = false
    // The broker waits for this member since some moment after its last quiet heartbeat, for its rebalance timeout.
    this.revoke(this.owned.staying, now, this.liveness.quietSince + this.options.rebalanceTimeoutMs)
    if (this.owned.isEmpty) this.drained(now)
  }

  private revoke(partitions: readonly TopicPartition[], now: number, givenUpAt: number): void {
    if (partitions.length === 0) return
    const { deadline, overdueInMs } = drainDeadline(now, givenUpAt, this.options)
    this.owned.revoke(partitions)
    this.emit({ _tag: 'revoking', partitions, deadline }, { _tag: 'arm', timer: 'drain', inMs: overdueInMs })
  }

  private released(partitions: readonly TopicPartition[], now: number): void {
    const { isDraining } = this.owned
    this.owned.release(partitions)
    if (!isDraining) return
    if (!this.owned.isDraining) this.disarm('drain')
    if (this.current === 'stable') this.rejoinSoon(now)
    else if (this.current === 'draining' && this.owned.isEmpty) this.drained(now)
  }

  private drained(now: number): void {
    if (!this.suspended) {
      this.join(now)
      return
    }
    this.current = 'suspended'
    this.disarm('heartbeat', 'session', 'drain', 'rejoin')
    this.leave(this.options.groupInstanceId === null)
    this.member = ''
    this.generationId = -1
  }

  /** Others wait for what was released. While more of it is still to come, no more often than heartbeats would tell. */
  private rejoinSoon(now: number): void {
    const next = this.owned.isDraining ? this.joinSentAt + this.options.heartbeatIntervalMs : now
    this.emit({ _tag: 'arm', timer: 'rejoin', inMs: Math.max(0, next - now) })
  }

  private rejoinDue(now: number): void {
    if (this.current !== 'stable') return
    if (this.outdated !== false || this.owned.hasNews) {
      this.rebalance(now)
      return
    }
    // Released, and in the meantime given back: it begins anew.
    const kept = this.owned.staying
    const gained = this.owned.take()
    if (gained.length > 0)
      this.emit({ _tag: 'assigned', generation: this.generationId, gained, kept, rebalance: this.times.synced(now) })
    this.tellNoPartitions()
  }

  private drainOverdue(now: number): void {
    const overdue = this.owned.draining
    if (overdue.length === 0) return
    this.emit({ _tag: 'lost', partitions: overdue, fault: this.lostFault('deadline passed') })
    this.released(overdue, now)
  }

  /** What is held is not this member's any more, and its generation is over. Only who is known keeps its id. */
  private lose(reason: MembershipLostFault['reason']): void {
    this.generationId = -1
    if (reason === 'unknown member') this.member = ''
    const partitions = this.owned.clear()
    if (partitions.length > 0) this.emit({ _tag: 'lost', partitions, fault: this.lostFault(reason) })
  }

  private lostFault(reason: MembershipLostFault['reason']): Fault {
    return { _tag: 'MembershipLostFault', groupId: this.options.groupId, reason }
  }

  private loseAndRejoin(reason: MembershipLostFault['reason'], now: number): void {
    this.lose(reason)
    this.drained(now)
  }

  /** Leaves the group without closing; what is stalled is not waited for. */
  private suspend(stalled: readonly TopicPartition[], now: number): void {
    if (this.current === 'closed' || this.suspended) return
    this.suspended = true
    this.owned.release(stalled)
    if (this.current === 'stable') this.drainAll(now)
    else if (this.current === 'draining' && this.owned.isEmpty) this.drained(now)
  }

  private resume(now: number): void {
    this.suspended = false
    if (this.current === 'suspended') this.join(now)
  }

  private rejoinLater(fault: Fault): void {
    this.current = 'handshake'
    this.handshake.abandon()
    if (!this.isMember) this.disarm('heartbeat', 'session')
    this.emit(...this.retries.ofJoin(fault))
  }

  private fatal(fault: Fault): void {
    this.end()
    this.emit({ _tag: 'fatal', fault })
  }

  private close(leave: boolean): void {
    if (this.current === 'closed') return
    this.leavesGroup = leave
    this.end()
    this.leave(leave)
  }

  private leave(really: boolean): void {
    if (really && this.member !== '') this.emit({ _tag: 'leave', memberId: this.member })
  }

  private end(): void {
    this.current = 'closed'
    this.owned.clear()
    this.disarm('heartbeat', 'session', 'retry', 'drain', 'rejoin')
  }

  private disarm(...timers: readonly (MembershipEffect & { readonly _tag: 'disarm' })['timer'][]): void {
    for (const timer of timers) this.emit({ _tag: 'disarm', timer })
  }
}

const withCode = (code: number): { readonly code: number } => ({ code })
