import { type Either, isLeft, map, right } from 'fp-ts/lib/Either.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { Fault, MembershipLostFault } from '../model/fault.js'
import type { TopicPartition } from '../model/topic-partition.js'
import { backoffDelay } from './backoff-delay.js'
import { isFatal } from './error-code.js'
import { type Verdict, verdictOn } from './group-verdict.js'
import { Holdings } from './holdings.js'
import { Liveness } from './liveness.js'
import type {
  JoinAnswer,
  MembershipEffect,
  MembershipEvent,
  MembershipOptions,
  MembershipState,
  MemberShare,
  SyncAnswer
} from './membership-messages.js'
import { reconnecting } from './reconnecting.js'
import { RebalanceTimes } from './rebalance-times.js'

/** Of the rebalance timeout, what is kept so that the JoinGroup is there before the broker gives the member up. */
const rejoinMarginMs = 5_000
/** The consumer is given the deadline; the machine itself waits this little longer for its answer. */
const releaseGraceMs = 250

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
  private readonly holdings = new Holdings()
  private readonly liveness: Liveness
  private readonly times = new RebalanceTimes()
  private current: MembershipState = 'unjoined'
  private member = ''
  private generationId = -1
  private attempt = 0
  private failures = 0
  /** Topics have changed since the group was joined. */
  private outdated = false
  /** Set while it gives everything up to stay out of the group for a while, and after. */
  private suspended = false
  private joinSentAt = -Infinity
  private effects: MembershipEffect[] = []

  constructor(options: MembershipOptions) {
    this.options = options
    this.cooperative = options.protocol === 'cooperative'
    this.liveness = new Liveness(options)
  }

  get state(): MembershipState {
    return this.current
  }
  get memberId(): string {
    return this.member
  }
  get generation(): number {
    return this.generationId
  }
  get held(): readonly TopicPartition[] {
    return this.holdings.held
  }
  /** What the member holds of a partition: another one after each assignment that gave it anew, null for none. */
  holdingOf(partition: TopicPartition): TopicPartition | null {
    return this.holdings.holdingOf(partition)
  }
  /** Whether the group takes commits of this member now: not from JoinGroup until the answer of SyncGroup. */
  get mayCommit(): boolean {
    return this.current === 'stable' || this.current === 'draining'
  }

  /** From JoinGroup until the answer of SyncGroup the group takes no commits, and soon will again. */
  get isBetweenGenerations(): boolean {
    return this.current === 'joining' || this.current === 'assigning' || this.current === 'syncing'
  }

  handle(event: MembershipEvent, now: number): readonly MembershipEffect[] {
    this.effects = []
    switch (event._tag) {
      case 'start':
        if (this.current === 'unjoined') this.join(now)
        break
      case 'join answered':
        if (event.attempt === this.attempt) this.joinAnswered(event.answer, now)
        break
      case 'assignment made':
        if (event.attempt === this.attempt && this.current === 'assigning') this.assignmentMade(event.answer)
        break
      case 'sync answered':
        if (event.attempt === this.attempt && this.current === 'syncing') this.syncAnswered(event.answer, now)
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
        if (this.isMember && this.liveness.isOver(now)) this.expired(now)
        break
      case 'retry due':
        if (this.current === 'joining') this.join(now)
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
        if (this.current === 'stable') this.rebalance(now)
        else this.outdated = true
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
    if (this.current === 'joining') return this.generationId >= 0 && !this.holdings.isEmpty
    return this.current === 'syncing' || this.current === 'assigning' || this.mayCommit
  }

  private emit(...effects: readonly MembershipEffect[]): void {
    this.effects.push(...effects)
  }

  private join(now: number): void {
    this.current = 'joining'
    this.attempt++
    this.joinSentAt = now
    this.times.joining(now)
    this.holdings.announce()
    if (this.isMember) this.disarm('rejoin', 'retry')
    else this.disarm('heartbeat', 'session', 'drain', 'rejoin', 'retry')
    const { attempt, member: memberId, held: owned, generationId: generation } = this
    this.emit({ _tag: 'join', attempt, memberId, owned, generation })
  }

  private joinAnswered(answer: Either<Fault, JoinAnswer>, now: number): void {
    if (this.current === 'closed') {
      // The group has made a member of one that has gone: it is told so, or it waits for it until the session is over.
      if (!isLeft(answer) && answer.right.memberId !== '') this.emit({ _tag: 'leave', memberId: answer.right.memberId })
      return
    }
    if (this.current !== 'joining') return
    const verdict = verdictOn('JoinGroup', answer, this.options)
    switch (verdict._tag) {
      case 'accepted':
        this.joined(verdict.value, now)
        break
      case 'join':
        this.member = verdict.value.memberId
        this.join(now)
        break
      default:
        this.notTaken(verdict)
    }
  }

  private joined(joined: JoinAnswer, now: number): void {
    this.member = joined.memberId
    this.generationId = joined.generation
    this.outdated = false
    this.times.answered(joined, now)
    this.emit(...this.liveness.joined(now))
    const { attempt } = this
    if (joined.leader === joined.memberId && !joined.skipAssignment) {
      this.current = 'assigning'
      this.emit({ _tag: 'make assignment', attempt, protocol: joined.protocol, members: joined.members })
    } else this.sync([])
  }

  private assignmentMade(answer: Either<Fault, readonly MemberShare[]>): void {
    if (isLeft(answer)) this.notTaken({ _tag: isFatal(answer.left) ? 'fatal' : 'later', fault: answer.left })
    else this.sync(answer.right)
  }

  private sync(shares: readonly MemberShare[]): void {
    this.current = 'syncing'
    const { attempt, member: memberId, generationId: generation } = this
    this.emit({ _tag: 'sync', attempt, memberId, generation, shares })
  }

  private syncAnswered(answer: Either<Fault, SyncAnswer>, now: number): void {
    const verdict = verdictOn('SyncGroup', answer, this.options)
    switch (verdict._tag) {
      case 'accepted':
        this.stable(verdict.value.partitions ?? [], now)
        break
      case 'join':
        this.join(now)
        break
      default:
        this.notTaken(verdict)
    }
  }

  private notTaken(verdict: Exclude<Verdict<never>, { readonly value: never }>): void {
    switch (verdict._tag) {
      case 'fatal':
        this.fatal(verdict.fault)
        break
      case 'lost':
        this.lose(verdict.reason)
        this.rejoinLater(verdict.fault)
        break
      case 'later':
        this.rejoinLater(verdict.fault)
        break
    }
  }

  private stable(partitions: readonly TopicPartition[], now: number): void {
    this.current = 'stable'
    this.failures = 0
    const { gained, kept, revoked } = this.holdings.assign(partitions)
    this.emit({ _tag: 'assigned', generation: this.generationId, gained, kept, rebalance: this.times.synced(now) })
    if (partitions.length === 0) this.emit({ _tag: 'event', event: { _tag: 'surplus', groupId: this.options.groupId } })
    if (this.suspended) this.drainAll(now)
    else if (this.cooperative) {
      this.emit(...this.liveness.quicken(now))
      this.revoke(revoked, now, now + this.options.rebalanceTimeoutMs)
      if (this.outdated || this.holdings.hasNews) this.rejoinSoon(now)
    } else if (this.outdated) this.rebalance(now)
  }

  private heartbeatAnswered(event: MembershipEvent & { readonly _tag: 'heartbeat answered' }, now: number): void {
    const { answer, sentAt } = event
    this.liveness.over()
    if (!isLeft(answer)) {
      const prolonged = this.liveness.heard(answer.right, sentAt, now)
      if (prolonged.length > 0) this.failures = 0
      this.emit(...prolonged)
    }
    this.told(verdictOn('Heartbeat', map(withCode)(answer), this.options), now)
  }

  /** What a heartbeat or a commit says about the membership. */
  private told(verdict: Verdict<unknown>, now: number): void {
    // The answer of JoinGroup says more, and may be on its way: until the session is over it is waited for.
    if (this.current === 'joining' && (verdict._tag === 'join' || verdict._tag === 'lost')) return
    switch (verdict._tag) {
      case 'accepted':
        break
      case 'join':
        if (this.current === 'stable') this.rebalance(now)
        break
      case 'lost':
        this.lose(verdict.reason)
        this.joinUnlessSuspended(now)
        break
      case 'fatal':
        this.fatal(verdict.fault)
        break
      case 'later': {
        // Sooner than the next regular heartbeat: the session is running out.
        const inMs = this.nextBackoff()
        if (verdict.fault._tag !== 'BrokerFault')
          this.emit({ _tag: 'event', event: reconnecting(verdict.fault, 'group coordinator', this.failures, inMs) })
        this.emit(this.liveness.soon(inMs, now))
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
    this.revoke(this.holdings.staying, now, this.liveness.quietSince + this.options.rebalanceTimeoutMs)
    if (this.holdings.isEmpty) this.drained(now)
  }

  private revoke(partitions: readonly TopicPartition[], now: number, givenUpAt: number): void {
    if (partitions.length === 0) return
    const { rebalanceTimeoutMs, drainTimeoutMs } = this.options
    const margin = Math.min(rejoinMarginMs, rebalanceTimeoutMs / 10)
    const deadline = Math.max(now, Math.min(now + drainTimeoutMs, givenUpAt - margin))
    this.holdings.revoke(partitions)
    this.emit({ _tag: 'revoking', partitions, deadline })
    this.emit({ _tag: 'arm', timer: 'drain', inMs: deadline - now + Math.min(releaseGraceMs, margin / 2) })
  }

  private released(partitions: readonly TopicPartition[], now: number): void {
    const { isDraining } = this.holdings
    this.holdings.release(partitions)
    if (!isDraining) return
    if (!this.holdings.isDraining) this.disarm('drain')
    if (this.current === 'draining') {
      if (this.holdings.isEmpty) this.drained(now)
    } else if (this.current === 'stable') this.rejoinSoon(now)
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
    const next = this.holdings.isDraining ? this.joinSentAt + this.options.heartbeatIntervalMs : now
    this.emit({ _tag: 'arm', timer: 'rejoin', inMs: Math.max(0, next - now) })
  }

  private rejoinDue(now: number): void {
    if (this.current !== 'stable') return
    if (this.outdated || this.holdings.hasNews) {
      this.rebalance(now)
      return
    }
    // Released, and in the meantime given back: it begins anew.
    const kept = this.holdings.staying
    const gained = this.holdings.take()
    if (gained.length > 0)
      this.emit({ _tag: 'assigned', generation: this.generationId, gained, kept, rebalance: this.times.synced(now) })
  }

  private drainOverdue(now: number): void {
    const overdue = this.holdings.draining
    if (overdue.length === 0) return
    this.emit({ _tag: 'lost', partitions: overdue, fault: this.lostFault('deadline passed') })
    this.released(overdue, now)
  }

  private expired(now: number): void {
    this.lose('session expired')
    this.joinUnlessSuspended(now)
  }

  /** What is held is not this member's any more, and its generation is over. Only who is known keeps its id. */
  private lose(reason: MembershipLostFault['reason']): void {
    this.generationId = -1
    if (reason === 'unknown member') this.member = ''
    const partitions = this.holdings.clear()
    if (partitions.length > 0) this.emit({ _tag: 'lost', partitions, fault: this.lostFault(reason) })
  }

  private lostFault(reason: MembershipLostFault['reason']): Fault {
    return { _tag: 'MembershipLostFault', groupId: this.options.groupId, reason }
  }

  private joinUnlessSuspended(now: number): void {
    if (this.suspended) this.drained(now)
    else this.join(now)
  }

  /** Leaves the group without closing; what is stalled is not waited for. */
  private suspend(stalled: readonly TopicPartition[], now: number): void {
    if (this.current === 'closed' || this.suspended) return
    this.suspended = true
    this.holdings.release(stalled)
    if (this.current === 'stable') this.drainAll(now)
    else if (this.current === 'draining' && this.holdings.isEmpty) this.drained(now)
  }

  private resume(now: number): void {
    this.suspended = false
    if (this.current === 'suspended') this.join(now)
  }

  private rejoinLater(fault: Fault): void {
    this.current = 'joining'
    this.attempt++
    const inMs = this.nextBackoff()
    const event: ConsumerEvent =
      fault._tag === 'BrokerFault'
        ? { _tag: 'waiting', reason: `the group ${this.options.groupId} cannot be joined yet`, fault, inMs }
        : reconnecting(fault, 'group coordinator', this.failures, inMs)
    if (!this.isMember) this.disarm('heartbeat', 'session')
    this.emit({ _tag: 'event', event }, { _tag: 'arm', timer: 'retry', inMs })
  }

  private nextBackoff(): number {
    const { retryBackoffMs, retryBackoffMaxMs, random } = this.options
    this.failures++
    return backoffDelay(this.failures, retryBackoffMs, retryBackoffMaxMs, random)
  }

  private fatal(fault: Fault): void {
    this.end()
    this.emit({ _tag: 'fatal', fault })
  }

  private close(leave: boolean): void {
    if (this.current === 'closed') return
    const { current } = this
    this.end()
    if (current !== 'unjoined') this.leave(leave)
  }

  private leave(really: boolean): void {
    if (really && this.member !== '') this.emit({ _tag: 'leave', memberId: this.member })
  }

  private end(): void {
    this.current = 'closed'
    this.holdings.clear()
    this.disarm('heartbeat', 'session', 'retry', 'drain', 'rejoin')
  }

  private disarm(...timers: readonly (MembershipEffect & { readonly _tag: 'disarm' })['timer'][]): void {
    for (const timer of timers) this.emit({ _tag: 'disarm', timer })
  }
}

const withCode = (code: number): { readonly code: number } => ({ code })
