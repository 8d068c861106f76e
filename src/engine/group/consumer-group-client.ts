import { type Either, isLeft, left } from 'fp-ts/lib/Either.js'
import { map, Observable } from 'rxjs'
import { ConsumerMembership } from '../../core/group/consumer-protocol/consumer-membership.js'
import type {
  ConsumerMembershipEffect,
  ConsumerMembershipEvent,
  ConsumerMembershipTimer,
  RemoteSubscription
} from '../../core/group/consumer-protocol/consumer-membership-messages.js'
import { re2PatternOf } from '../../config/re2-pattern.js'
import { mailbox } from '../../core/group/mailbox.js'
import { isCoordinatorTrouble } from '../../core/protocol/coordinator-verdict.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import { randomId } from '../../core/group/consumer-protocol/random-id.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { GroupListener, GroupProtocol } from '../../ports/group-protocol.js'
import type { ConsumerGroupHeartbeatResponse, GroupMember } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { NamedTimers } from '../named-timers.js'
import { OpenRequests } from '../open-requests.js'
import { retrying } from '../retrying.js'
import { TopicLookUps } from '../topic-look-ups.js'
import type { SessionContext } from '../session-context.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/**
 * The consumer protocol (KIP-848). Drives the membership: sends its heartbeats, keeps its timers, resolves topic ids.
 */
export class ConsumerGroupClient implements GroupProtocol {
  private readonly context: SessionContext
  private readonly groupId: string
  private readonly metadata: ConsumerMetadata
  private readonly listener: GroupListener
  private readonly unsupported: (fault: Fault) => void
  private readonly machine: ConsumerMembership
  private readonly timers: NamedTimers<ConsumerMembershipTimer>
  private readonly requests = new OpenRequests()
  private readonly post: (event: ConsumerMembershipEvent) => void
  /** Heartbeats in flight that the end of the membership waits for. */
  private readonly leaving = { asked: 0, joins: 0, done: (): void => undefined }
  private readonly lookUps: TopicLookUps

  constructor(
    context: SessionContext,
    groupId: string,
    metadata: ConsumerMetadata,
    listener: GroupListener,
    unsupported: (fault: Fault) => void
  ) {
    const { settings, random } = context
    this.context = context
    this.groupId = groupId
    this.metadata = metadata
    this.listener = listener
    this.unsupported = unsupported
    this.timers = new NamedTimers(context.clock)
    const report = (event: ConsumerEvent): void => {
      context.handlers.event(event)
    }
    this.lookUps = new TopicLookUps(context.clock, settings, report, () => {
      this.metadata.refresh()
    })
    this.machine = new ConsumerMembership({
      ...settings,
      groupId,
      subscription: { topics: [], pattern: null },
      newMemberId: () => randomId(random),
      random
    })
    this.post = mailbox((event) => {
      for (const effect of this.machine.handle(event, this.context.clock.now())) this.perform(effect)
    })
  }

  get member(): GroupMember {
    const { memberId, epoch } = this.machine
    return {
      groupId: this.groupId,
      generation: epoch,
      memberId,
      groupInstanceId: this.context.settings.groupInstanceId
    }
  }

  /** Before it is a member it sends the identity that it is about to have: the request is refused, and repeated. */
  get reader(): Pick<GroupMember, 'memberId' | 'generation'> {
    const { memberId, epoch } = this.machine
    return { memberId, generation: Math.max(0, epoch) }
  }

  get isRebalancing(): boolean {
    return this.machine.isRebalancing
  }

  start(): void {
    this.subscribe()
    this.post({ _tag: 'topics learned', names: this.metadata.names })
    this.post({ _tag: 'start' })
  }

  release(partitions: readonly TopicPartition[]): void {
    this.post({ _tag: 'released', partitions })
  }

  suspend(stalled: readonly TopicPartition[]): void {
    this.post({ _tag: 'suspend', stalled })
  }

  resume(): void {
    this.post({ _tag: 'resume' })
  }

  topicsChanged(): void {
    this.post({ _tag: 'topics learned', names: this.metadata.names })
    const { unknownTopic } = this.machine
    if (unknownTopic === null) this.lookUps.found()
    else this.lookUps.again(brokerFault('Metadata', errorCode.UNKNOWN_TOPIC_ID, unknownTopic))
  }

  /** Its partitions are given up before anything of the new topic is read or committed. */
  topicRecreated(): void {
    this.post({ _tag: 'topic recreated', names: this.metadata.names })
  }

  resubscribed(): void {
    this.subscribe()
    this.topicsChanged()
  }

  ownershipOf(partition: TopicPartition): TopicPartition | null {
    return this.machine.ownershipOf(partition)
  }

  /** The group accepts commits of the member's epoch at any time. */
  whenCommitsAreTaken(run: () => void): () => void {
    run()
    return () => undefined
  }

  losesBy(generation: number): boolean {
    return generation === this.machine.epoch
  }

  readerRefused(generation: number): void {
    this.post({ _tag: 'reader refused', epoch: generation })
  }

  commitRefused(generation: number, code: number): void {
    this.post({ _tag: 'commit refused', epoch: generation, code })
  }

  leave(tellGroup: boolean): Observable<never> {
    return new Observable((subscriber) => {
      this.leaving.done = () => {
        subscriber.complete()
      }
      this.post({ _tag: 'close', leave: tellGroup })
      this.checkGone()
    })
  }

  close(): void {
    this.requests.close()
    this.timers.close()
    this.lookUps.close()
  }

  private subscribe(): void {
    const subscription = this.remoteSubscription()
    if (isLeft(subscription)) this.listener.fatal(subscription.left)
    else this.post({ _tag: 'subscription changed', subscription: subscription.right })
  }

  private remoteSubscription(): Either<Fault, RemoteSubscription> {
    const { subscription } = this.context.settings
    const { topics, patterns } = subscription._tag === 'topics' ? subscription : { topics: [], patterns: [] }
    const pattern = re2PatternOf(patterns)
    if (!isLeft(pattern)) return { _tag: 'Right', right: { topics, pattern: pattern.right } }
    const problem = { property: 'subscription', given: patterns.map(String).join(', '), allowed: pattern.left }
    return left({ _tag: 'ConfigFault', problems: [problem] })
  }

  private perform(effect: ConsumerMembershipEffect): void {
    // An earlier effect has closed it.
    if (this.requests.isClosed) return
    const { calls, clock, handlers } = this.context
    switch (effect._tag) {
      case 'heartbeat': {
        const { attempt, request } = effect
        const sentAt = clock.now()
        const joins = request.memberEpoch === 0 ? 1 : 0
        this.leaving.joins += joins
        this.requests.ask(calls.consumerGroupHeartbeat(request), (answer) => {
          this.leaving.joins -= joins
          this.post({ _tag: 'heartbeat answered', attempt, sentAt, answer })
          this.checkGone()
        })
        break
      }
      case 'leave':
        this.leaving.asked++
        this.requests.ask(this.leaveCall(effect.memberId, effect.epoch), () => {
          this.leaving.asked--
          this.checkGone()
        })
        break
      case 'arm':
        this.timers.arm(effect.timer, effect.inMs, () => {
          this.post({ _tag: `${effect.timer} due` })
        })
        break
      case 'disarm':
        this.timers.disarm(effect.timer)
        break
      case 'look up topics':
        this.metadata.refresh()
        break
      case 'assigned':
        this.listener.assigned(effect.generation, effect.gained, effect.kept, effect.rebalance)
        break
      case 'revoking':
        this.listener.revoking(effect.partitions, effect.deadline)
        break
      case 'lost':
        this.listener.lost(effect.partitions, effect.fault)
        break
      case 'event':
        if (effect.event._tag !== 'no partitions' || this.metadata.hasPartitions) handlers.event(effect.event)
        break
      case 'unsupported':
        this.unsupported(effect.fault)
        break
      case 'fatal':
        this.listener.fatal(effect.fault)
        break
    }
  }

  /** Retried until the group accepts it; otherwise the group would wait for the end of the member's session. */
  private leaveCall(memberId: string, epoch: number): Step<unknown> {
    const { groupInstanceId } = this.context.settings
    const attempt = this.context.calls
      .consumerGroupHeartbeat({
        groupId: this.groupId,
        memberId,
        memberEpoch: epoch,
        groupInstanceId,
        rack: null,
        rebalanceTimeoutMs: null,
        topics: null,
        pattern: null,
        assignor: null,
        owned: null
      })
      .pipe(map(taken))
    return retrying(this.context, () => attempt)
  }

  private checkGone(): void {
    const { asked, joins, done } = this.leaving
    if (asked === 0 && joins === 0) done()
  }
}

/** Whether the group has accepted it; a member that it does not know is gone already. */
const taken = (answer: Either<Fault, ConsumerGroupHeartbeatResponse>): Either<Fault, unknown> =>
  !isLeft(answer) && isCoordinatorTrouble(answer.right.code)
    ? left(brokerFault('ConsumerGroupHeartbeat', answer.right.code))
    : answer
