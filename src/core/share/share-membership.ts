import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import { brokerFault, isFatal } from '../protocol/error-code.js'
import { CoordinatorRetries } from '../group/coordinator-retries.js'
import { type ConsumerGroupHeartbeatResponse, memberEpoch } from '../group/consumer-protocol/heartbeat-messages.js'
import { HeartbeatPace } from '../group/consumer-protocol/heartbeat-pace.js'
import type { TopicIdPartition } from '../group/consumer-protocol/topic-id-partition.js'
import type { RetryBackoff } from '../scheduling/backoff-delay.js'
import type { ShareGroupHeartbeatRequest } from './share-messages.js'
import { shareHeartbeatVerdict } from './share-verdicts.js'

export type ShareMembershipEvent =
  | { readonly _tag: 'start' }
  | { readonly _tag: 'heartbeat due' }
  | { readonly _tag: 'retry due' }
  | { readonly _tag: 'session due' }
  | {
      readonly _tag: 'heartbeat answered'
      readonly attempt: number
      readonly sentAt: number
      readonly answer: Either<Fault, ConsumerGroupHeartbeatResponse>
    }
  | { readonly _tag: 'close' }

export type ShareMembershipTimer = 'heartbeat' | 'retry' | 'session'

/** The effects of a member. Arming a timer replaces its former deadline. */
export type ShareMembershipEffect =
  | { readonly _tag: 'heartbeat'; readonly attempt: number; readonly request: ShareGroupHeartbeatRequest }
  /** The member does not belong to the group from here on, whether the request succeeds or not. */
  | { readonly _tag: 'leave'; readonly request: ShareGroupHeartbeatRequest }
  | { readonly _tag: 'arm'; readonly timer: ShareMembershipTimer; readonly inMs: number }
  | { readonly _tag: 'disarm'; readonly timer: ShareMembershipTimer }
  /** Fetch these partitions from now on, and no others. */
  | { readonly _tag: 'assigned'; readonly partitions: readonly TopicIdPartition[] }
  /** The group has removed the member and released its locks; it joins again. */
  | { readonly _tag: 'lost'; readonly fault: Fault }
  | { readonly _tag: 'event'; readonly event: ConsumerEvent }
  | { readonly _tag: 'fatal'; readonly fault: Fault }

export interface ShareMembershipOptions extends RetryBackoff {
  readonly groupId: string
  /** '' for none */
  readonly clientRack: string
  readonly topics: readonly string[]
  /** returns a UUID */
  readonly newMemberId: () => string
  readonly random: () => number
}

const api = 'ShareGroupHeartbeat'

/**
 * A member of a share group (KIP-932), as a state machine: events in, effects out. The coordinator assigns partitions; several
 * members may have the same ones. Nothing is revoked or handed over, since locks belong to records.
 *
 * - A heartbeat contains what has changed since the last answered one, and everything after a lost answer.
 * - A member that is fenced or unknown, or has had no answer for a session, has lost its locks. It joins again; an unknown one
 *   with a new ID.
 */
export class ShareMembership {
  private readonly options: ShareMembershipOptions
  private readonly retries: CoordinatorRetries
  private pace = new HeartbeatPace()
  private state: 'unjoined' | 'joining' | 'member' | 'closed' = 'unjoined'
  private id = ''
  private currentEpoch: number = memberEpoch.join
  private attempt = 0
  private underWay = false
  /** The group knows the subscription. */
  private isKnown = false
  private effects: ShareMembershipEffect[] = []

  constructor(options: ShareMembershipOptions) {
    this.options = options
    this.retries = new CoordinatorRetries(options)
  }

  get memberId(): string {
    return this.id
  }
  /** -1 while it is not a member */
  get epoch(): number {
    return this.state === 'member' ? this.currentEpoch : -1
  }

  handle(event: ShareMembershipEvent, now: number): readonly ShareMembershipEffect[] {
    this.effects = []
    switch (event._tag) {
      case 'start':
        if (this.state === 'unjoined') this.join(now, this.options.newMemberId())
        break
      case 'heartbeat due':
      case 'retry due':
        if (this.isActive && !this.underWay) this.beat()
        break
      case 'heartbeat answered':
        if (this.underWay && event.attempt === this.attempt) this.answered(event.answer, event.sentAt, now)
        break
      case 'session due':
        if (this.state === 'member') this.sessionDue(now)
        break
      case 'close':
        this.close()
        break
    }
    return this.effects
  }

  private get isActive(): boolean {
    return this.state === 'joining' || this.state === 'member'
  }

  private emit(...effects: readonly ShareMembershipEffect[]): void {
    this.effects.push(...effects)
  }

  private join(now: number, memberId: string): void {
    this.id = memberId
    this.currentEpoch = memberEpoch.join
    this.state = 'joining'
    this.isKnown = false
    this.underWay = false
    this.pace.begin(now)
    this.emit({ _tag: 'disarm', timer: 'session' })
    this.beat()
  }

  private beat(): void {
    const { groupId, clientRack, topics } = this.options
    this.underWay = true
    this.emit(
      { _tag: 'disarm', timer: 'heartbeat' },
      { _tag: 'disarm', timer: 'retry' },
      {
        _tag: 'heartbeat',
        attempt: ++this.attempt,
        request: {
          groupId,
          memberId: this.id,
          memberEpoch: this.currentEpoch,
          rack: this.isKnown || clientRack === '' ? null : clientRack,
          topics: this.isKnown ? null : topics
        }
      }
    )
  }

  private answered(result: Either<Fault, ConsumerGroupHeartbeatResponse>, sentAt: number, now: number): void {
    this.underWay = false
    if (!isLeft(result) && shareHeartbeatVerdict(result.right.code) === 'accepted') {
      if (this.isActive) this.accepted(result.right, sentAt, now)
      // The group has accepted a member that has ended.
      else this.leave()
      return
    }
    if (!this.isActive) return
    // The group may have accepted the member nevertheless.
    this.isKnown = false
    if (isLeft(result)) this.failed(result.left, now)
    else this.refused(result.right, now)
  }

  private accepted(answer: ConsumerGroupHeartbeatResponse, sentAt: number, now: number): void {
    const { pace } = this
    this.retries.answered()
    this.isKnown = true
    pace.adopt(answer.heartbeatIntervalMs)
    pace.answered(sentAt)
    if (this.state === 'joining' || answer.assignment !== null) pace.quicken(now)
    this.state = 'member'
    // An epoch never decreases: a lower one came late.
    this.currentEpoch = Math.max(this.currentEpoch, answer.memberEpoch)
    if (answer.assignment !== null) this.emit({ _tag: 'assigned', partitions: answer.assignment })
    this.emit({ _tag: 'arm', timer: 'session', inMs: pace.leftMs(now) })
    if (pace.isOutdated(now)) this.beat()
    else this.emit({ _tag: 'arm', timer: 'heartbeat', inMs: pace.nextInMs(now) })
  }

  private refused(answer: ConsumerGroupHeartbeatResponse, now: number): void {
    const fault = brokerFault(api, answer.code, undefined, undefined, answer.message)
    const { groupId, topics } = this.options
    switch (shareHeartbeatVerdict(answer.code)) {
      case 'fenced':
        this.lose(fault, now, this.id)
        break
      case 'unknown member':
        this.lose(fault, now, this.options.newMemberId())
        break
      case 'no such group':
        if (this.state === 'joining') this.fatal(fault)
        else this.lose(fault, now, this.options.newMemberId())
        break
      case 'group refused':
        this.fatal({ _tag: 'AuthorizationFault', resource: 'group', name: groupId })
        break
      case 'topic refused':
        this.fatal({ _tag: 'AuthorizationFault', resource: 'topic', name: topics.join(', ') })
        break
      case 'refused':
        this.fatal(fault)
        break
      case 'accepted':
      case 'later':
        this.failed(fault, now)
    }
  }

  private failed(fault: Fault, now: number): void {
    if (isFatal(fault)) this.fatal(fault)
    else if (this.state === 'joining') this.emit(...this.retries.ofJoin(fault))
    else {
      const { inMs, effects } = this.retries.ofHeartbeat(fault)
      this.emit(...effects, { _tag: 'arm', timer: 'heartbeat', inMs: Math.min(inMs, this.pace.nextInMs(now)) })
    }
  }

  /** The session has ended: the group removes the member about now, without notifying it. */
  private sessionDue(now: number): void {
    const leftMs = this.pace.leftWhenDue(now)
    const { groupId } = this.options
    if (leftMs > 0) {
      this.emit({ _tag: 'arm', timer: 'session', inMs: leftMs })
      if (this.pace.isOutdated(now) && !this.underWay) this.beat()
    } else this.lose({ _tag: 'MembershipLostFault', groupId, reason: 'session expired' }, now, this.id)
  }

  private lose(fault: Fault, now: number, memberId: string): void {
    if (this.state === 'joining') {
      // Not at once: the coordinator would be asked in a loop.
      this.id = memberId
      this.currentEpoch = memberEpoch.join
      this.emit(...this.retries.ofJoin(fault))
      return
    }
    this.emit({ _tag: 'lost', fault })
    this.join(now, memberId)
  }

  private fatal(fault: Fault): void {
    this.stop()
    this.emit({ _tag: 'fatal', fault })
  }

  private close(): void {
    if (this.state === 'closed') return
    const wasActive = this.isActive
    this.stop()
    if (wasActive) this.leave()
  }

  private leave(): void {
    const { groupId } = this.options
    this.emit({
      _tag: 'leave',
      request: { groupId, memberId: this.id, memberEpoch: memberEpoch.leave, rack: null, topics: null }
    })
  }

  private stop(): void {
    this.state = 'closed'
    for (const timer of ['heartbeat', 'retry', 'session'] as const) this.emit({ _tag: 'disarm', timer })
  }
}
