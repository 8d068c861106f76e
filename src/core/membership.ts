import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { Fault, MembershipLostFault } from '../model/fault.js'
import { partitionKey, type TopicPartition } from '../model/topic-partition.js'
import { reconnecting } from './reconnecting.js'
import { backoffDelay } from './backoff-delay.js'
import { brokerFault, errorCode as code, isFatal } from './error-code.js'
import { fatalGroupFault, refusesForGood } from './group-fault.js'
import type {
  JoinAnswer,
  MembershipEffect,
  MembershipEvent,
  MembershipOptions,
  MembershipState,
  MemberShare,
  SyncAnswer
} from './membership-messages.js'

/** Of the rebalance timeout, what is kept so that the JoinGroup is there before the broker gives the member up. */
const rejoinMarginMs = 5_000
/** The consumer is given the deadline; the machine itself waits this little longer for its answer. */
const releaseGraceMs = 250

/**
 * A member of a classic consumer group under the eager protocol, as a state machine: events in, effects out.
 *
 * Before every rejoin everything that is held is revoked, drained and released, with heartbeats going on, and only then
 * JoinGroup is sent. What is lost (fenced, forgotten, expired) is given up at once.
 */
export class Membership {
  private readonly options: MembershipOptions
  private current: MembershipState = 'unjoined'
  private member = ''
  private generationId = -1
  private readonly heldPartitions = new Map<string, TopicPartition>()
  private attempt = 0
  private failures = 0
  private lastGood = 0
  /** The last heartbeat that told of no rebalance: the group did not wait for anybody yet when it was sent. */
  private lastQuiet = 0
  private heartbeating = false
  private changed = false
  private effects: MembershipEffect[] = []

  constructor(options: MembershipOptions) {
    this.options = options
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
    return [...this.heldPartitions.values()]
  }
  holds({ topic, partition }: TopicPartition): boolean {
    return this.heldPartitions.has(partitionKey(topic, partition))
  }
  /** Whether the group takes commits of this member now: not from JoinGroup until the answer of SyncGroup. */
  get mayCommit(): boolean {
    return this.current === 'stable' || this.current === 'draining'
  }

  handle(event: MembershipEvent, now: number): readonly MembershipEffect[] {
    this.effects = []
    switch (event._tag) {
      case 'start':
        if (this.current === 'unjoined') this.join()
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
        this.beat()
        break
      case 'heartbeat answered':
        // What it says of a membership that is being renewed is out of date.
        if (event.generation !== this.generationId || !this.isMember) break
        this.heartbeating = false
        this.heartbeatAnswered(event.answer, event.sentAt, now)
        break
      case 'commit refused':
        if (event.generation === this.generationId && this.mayCommit) this.membershipCode(event.code, now)
        break
      case 'session due':
        if (this.isMember && now - this.lastGood >= this.options.sessionTimeoutMs) this.expired()
        break
      case 'retry due':
        if (this.current === 'joining') this.join()
        break
      case 'drain due':
        if (this.current === 'draining') this.drainOverdue()
        break
      case 'released':
        this.released(event.partitions)
        break
      case 'topics changed':
        if (this.current === 'stable') this.drain(now)
        else this.changed = true
        break
      case 'close':
        this.close()
        break
    }
    return this.effects
  }

  private get isMember(): boolean {
    return this.current === 'syncing' || this.current === 'assigning' || this.mayCommit
  }

  private emit(...effects: readonly MembershipEffect[]): void {
    this.effects.push(...effects)
  }

  private join(): void {
    this.current = 'joining'
    this.attempt++
    this.emit(
      { _tag: 'disarm', timer: 'heartbeat' },
      { _tag: 'disarm', timer: 'session' },
      { _tag: 'disarm', timer: 'drain' },
      { _tag: 'disarm', timer: 'retry' },
      {
        _tag: 'join',
        attempt: this.attempt,
        memberId: this.member,
        owned: this.held,
        generation: this.generationId
      }
    )
  }

  private joinAnswered(answer: Either<Fault, JoinAnswer>, now: number): void {
    if (this.current === 'closed') {
      // The group has made a member of one that has gone: it is told so, or it waits for it until the session is over.
      if (!isLeft(answer) && answer.right.memberId !== '') this.emit({ _tag: 'leave', memberId: answer.right.memberId })
      return
    }
    if (this.current !== 'joining') return
    if (isLeft(answer)) {
      this.transportFailed(answer.left)
      return
    }
    const joined = answer.right
    switch (joined.code) {
      case code.NONE:
        this.joined(joined, now)
        break
      case code.MEMBER_ID_REQUIRED:
        this.member = joined.memberId
        this.join()
        break
      case code.UNKNOWN_MEMBER_ID:
        this.member = ''
        this.generationId = -1
        this.rejoinLater(brokerFault('JoinGroup', joined.code))
        break
      default:
        this.refused('JoinGroup', joined.code)
    }
  }

  private joined(joined: JoinAnswer, now: number): void {
    this.member = joined.memberId
    this.generationId = joined.generation
    this.lastGood = this.lastQuiet = now
    // One of the former generation may never be answered.
    this.heartbeating = false
    this.changed = false
    this.armLiveness()
    const { attempt } = this
    if (joined.leader === joined.memberId && !joined.skipAssignment) {
      this.current = 'assigning'
      this.emit({ _tag: 'make assignment', attempt, protocol: joined.protocol, members: joined.members })
    } else this.sync([])
  }

  private assignmentMade(answer: Either<Fault, readonly MemberShare[]>): void {
    if (isLeft(answer)) this.transportFailed(answer.left)
    else this.sync(answer.right)
  }

  private sync(shares: readonly MemberShare[]): void {
    this.current = 'syncing'
    const { attempt, member: memberId, generationId: generation } = this
    this.emit({ _tag: 'sync', attempt, memberId, generation, shares })
  }

  private syncAnswered(answer: Either<Fault, SyncAnswer>, now: number): void {
    if (isLeft(answer)) {
      this.transportFailed(answer.left)
      return
    }
    const { code: given, partitions } = answer.right
    switch (given) {
      case code.NONE:
        this.stable(partitions ?? [], now)
        break
      case code.REBALANCE_IN_PROGRESS:
        this.join()
        break
      case code.ILLEGAL_GENERATION:
        this.generationId = -1
        this.rejoinLater(brokerFault('SyncGroup', given))
        break
      case code.UNKNOWN_MEMBER_ID:
        this.member = ''
        this.generationId = -1
        this.rejoinLater(brokerFault('SyncGroup', given))
        break
      default:
        this.refused('SyncGroup', given)
    }
  }

  private stable(partitions: readonly TopicPartition[], now: number): void {
    this.current = 'stable'
    this.failures = 0
    for (const partition of partitions) this.heldPartitions.set(keyOf(partition), partition)
    this.emit({ _tag: 'assigned', generation: this.generationId, gained: partitions, kept: [] })
    if (partitions.length === 0) this.emit({ _tag: 'event', event: { _tag: 'surplus', groupId: this.options.groupId } })
    if (this.changed) this.drain(now)
  }

  private beat(): void {
    if (!this.isMember) return
    this.emit({ _tag: 'arm', timer: 'heartbeat', inMs: this.options.heartbeatIntervalMs })
    if (this.heartbeating) return
    this.heartbeating = true
    this.emit({ _tag: 'heartbeat', memberId: this.member, generation: this.generationId })
  }

  private heartbeatAnswered(answer: Either<Fault, number>, sentAt: number, now: number): void {
    if (isLeft(answer)) {
      if (isFatal(answer.left)) {
        this.fatal(answer.left)
        return
      }
      // Sooner than the next regular one: the session is running out.
      const inMs = this.nextBackoff()
      this.emit({ _tag: 'event', event: reconnecting(answer.left, 'group coordinator', this.failures, inMs) })
      this.emit({ _tag: 'arm', timer: 'heartbeat', inMs: Math.min(inMs, this.options.heartbeatIntervalMs) })
      return
    }
    // A rebalance is told by a heartbeat that counts: the broker has noted it.
    if (answer.right === code.NONE || answer.right === code.REBALANCE_IN_PROGRESS) {
      this.lastGood = Math.max(this.lastGood, sentAt)
      if (answer.right === code.NONE) this.lastQuiet = Math.max(this.lastQuiet, sentAt)
      this.failures = 0
      this.emit({ _tag: 'arm', timer: 'session', inMs: this.lastGood + this.options.sessionTimeoutMs - now })
    }
    this.membershipCode(answer.right, now)
  }

  /** What a heartbeat or a commit says about the membership. */
  private membershipCode(given: number, now: number): void {
    switch (given) {
      case code.NONE:
        break
      case code.REBALANCE_IN_PROGRESS:
        if (this.current === 'stable') this.drain(now)
        break
      case code.ILLEGAL_GENERATION:
        this.lose('generation over')
        this.join()
        break
      case code.UNKNOWN_MEMBER_ID:
        this.lose('unknown member')
        this.member = ''
        this.join()
        break
      default:
        if (refusesForGood(given)) {
          this.fatal(fatalGroupFault('Heartbeat', given, this.options))
          break
        }
        // The coordinator is moving or loading: ask again soon.
        this.emit({
          _tag: 'arm',
          timer: 'heartbeat',
          inMs: Math.min(this.nextBackoff(), this.options.heartbeatIntervalMs)
        })
    }
  }

  private drain(now: number): void {
    const { rebalanceTimeoutMs, drainTimeoutMs } = this.options
    this.current = 'draining'
    this.changed = false
    if (this.heldPartitions.size === 0) {
      this.join()
      return
    }
    // The broker waits for this member since some moment after its last quiet heartbeat, for its rebalance timeout.
    const margin = Math.min(rejoinMarginMs, rebalanceTimeoutMs / 10)
    const deadline = Math.max(now, Math.min(now + drainTimeoutMs, this.lastQuiet + rebalanceTimeoutMs - margin))
    this.emit({ _tag: 'revoking', partitions: this.held, deadline })
    this.emit({ _tag: 'arm', timer: 'drain', inMs: deadline - now + Math.min(releaseGraceMs, margin / 2) })
  }

  private released(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.heldPartitions.delete(keyOf(partition))
    if (this.current === 'draining' && this.heldPartitions.size === 0) this.join()
  }

  private drainOverdue(): void {
    this.giveUp('deadline passed')
    this.join()
  }

  private expired(): void {
    this.lose('session expired')
    this.join()
  }

  private lose(reason: MembershipLostFault['reason']): void {
    this.generationId = -1
    this.giveUp(reason)
  }

  private giveUp(reason: MembershipLostFault['reason']): void {
    const partitions = this.held
    this.heldPartitions.clear()
    if (partitions.length === 0) return
    const fault: Fault = { _tag: 'MembershipLostFault', groupId: this.options.groupId, reason }
    this.emit({ _tag: 'lost', partitions, fault })
  }

  private transportFailed(fault: Fault): void {
    if (isFatal(fault)) this.fatal(fault)
    else this.rejoinLater(fault)
  }

  private refused(api: string, given: number): void {
    if (refusesForGood(given)) this.fatal(fatalGroupFault(api, given, this.options))
    else this.rejoinLater(brokerFault(api, given))
  }

  private rejoinLater(fault: Fault): void {
    this.current = 'joining'
    this.attempt++
    const inMs = this.nextBackoff()
    const event: ConsumerEvent =
      fault._tag === 'BrokerFault'
        ? { _tag: 'waiting', reason: `the group ${this.options.groupId} cannot be joined yet`, fault, inMs }
        : reconnecting(fault, 'group coordinator', this.failures, inMs)
    this.emit(
      { _tag: 'disarm', timer: 'heartbeat' },
      { _tag: 'disarm', timer: 'session' },
      { _tag: 'event', event },
      { _tag: 'arm', timer: 'retry', inMs }
    )
  }

  private nextBackoff(): number {
    const { retryBackoffMs, retryBackoffMaxMs, random } = this.options
    this.failures++
    return backoffDelay(this.failures, retryBackoffMs, retryBackoffMaxMs, random)
  }

  private armLiveness(): void {
    this.emit(
      { _tag: 'arm', timer: 'heartbeat', inMs: this.options.heartbeatIntervalMs },
      { _tag: 'arm', timer: 'session', inMs: this.options.sessionTimeoutMs }
    )
  }

  private fatal(fault: Fault): void {
    this.current = 'closed'
    this.heldPartitions.clear()
    this.disarmAll()
    this.emit({ _tag: 'fatal', fault })
  }

  private close(): void {
    if (this.current === 'closed') return
    const wasUnjoined = this.current === 'unjoined'
    this.current = 'closed'
    this.heldPartitions.clear()
    this.disarmAll()
    if (!wasUnjoined && this.member !== '') this.emit({ _tag: 'leave', memberId: this.member })
  }

  private disarmAll(): void {
    for (const timer of ['heartbeat', 'session', 'retry', 'drain'] as const) this.emit({ _tag: 'disarm', timer })
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => partitionKey(topic, partition)
