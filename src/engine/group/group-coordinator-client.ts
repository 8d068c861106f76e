import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import { heartbeatInterval } from '../../config/heartbeat-interval.js'
import type { PartitionRacks } from '../../core/group/assignors/assignor.js'
import { assignorOf, protocolOf } from '../../core/group/assignors/assignors.js'
import { mailbox } from '../../core/group/mailbox.js'
import { Membership } from '../../core/group/membership.js'
import type {
  JoinAnswer,
  MembershipEffect,
  MembershipEvent,
  MembershipTimer,
  SyncAnswer
} from '../../core/group/membership-messages.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { GroupListener, GroupProtocol } from '../../ports/group-protocol.js'
import type { GroupMember } from '../../ports/kafka-calls.js'
import { NamedTimers } from '../named-timers.js'
import type { SessionContext } from '../session-context.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'
import { AssignedFrom } from './assigned-from.js'
import { GroupAssignment, subscribedTopics } from './group-assignment.js'
import { GroupRequests } from './group-requests.js'
import { ReturnedMember } from './returned-member.js'

/**
 * The classic group protocol. Drives the membership: performs its effects, keeps its timers, and makes the assignment if the
 * member leads.
 */
export class GroupCoordinatorClient implements GroupProtocol {
  private readonly context: SessionContext
  private readonly groupId: string
  private readonly metadata: ConsumerMetadata
  private readonly listener: GroupListener
  private readonly machine: Membership
  private readonly requests: GroupRequests
  private readonly timers: NamedTimers<MembershipTimer>
  private readonly post: (event: MembershipEvent) => void
  private readonly assignedFrom: AssignedFrom
  private readonly assignment: GroupAssignment
  private readonly returned: ReturnedMember
  /** commits that wait until the group accepts commits */
  private readonly waiting: (() => void)[] = []

  constructor(context: SessionContext, groupId: string, metadata: ConsumerMetadata, listener: GroupListener) {
    const { settings, random, clock } = context
    this.context = context
    this.timers = new NamedTimers(context.clock)
    this.groupId = groupId
    this.metadata = metadata
    this.listener = listener
    const offered = settings.assignors.map(assignorOf)
    const { clientRack } = settings
    this.assignment = new GroupAssignment(groupId, offered, metadata, clientRack)
    const watchesOwn = (): boolean =>
      settings.subscription._tag === 'topics' && settings.subscription.patterns.length > 0
    this.assignedFrom = new AssignedFrom(metadata, clientRack !== '', watchesOwn)
    this.requests = new GroupRequests(context, groupId)
    this.returned = new ReturnedMember(context, groupId, metadata, this.requests, this.assignedFrom)
    const protocols = offered.map(({ name }) => name)
    const { connections = 'fast' } = context
    const heartbeatIntervalMs =
      settings.heartbeatIntervalMs ?? heartbeatInterval(connections, settings.sessionTimeoutMs)
    const protocol = protocolOf(offered)
    this.machine = new Membership({ ...settings, heartbeatIntervalMs, groupId, protocols, protocol, random })
    this.post = mailbox((event) => {
      for (const effect of this.machine.handle(event, clock.now())) this.perform(effect)
      if (!this.holdsCommitsBack) for (const run of this.waiting.splice(0)) run()
    })
  }

  get member(): GroupMember {
    const { memberId, generation } = this.machine
    return { groupId: this.groupId, generation, memberId, groupInstanceId: this.context.settings.groupInstanceId }
  }

  /** Null: requests for committed offsets are not checked against the membership. */
  get reader(): null {
    return null
  }
  readerRefused(): void {
    return undefined
  }

  get isRebalancing(): boolean {
    return this.machine.isBetweenGenerations
  }

  whenCommitsAreTaken(run: () => void): () => void {
    if (!this.holdsCommitsBack) {
      run()
      return () => undefined
    }
    this.waiting.push(run)
    return () => {
      const at = this.waiting.indexOf(run)
      if (at >= 0) this.waiting.splice(at, 1)
    }
  }

  suspend(stalled: readonly TopicPartition[]): void {
    this.post({ _tag: 'suspend', stalled })
  }

  resume(): void {
    this.post({ _tag: 'resume' })
  }

  ownershipOf(partition: TopicPartition): TopicPartition | null {
    return this.machine.ownershipOf(partition)
  }

  start(): void {
    this.post({ _tag: 'start' })
  }

  release(partitions: readonly TopicPartition[]): void {
    this.post({ _tag: 'released', partitions })
  }

  /** While the member joins, the answer to JoinGroup decides; a former generation is over in any case. */
  losesBy(generation: number): boolean {
    const { machine } = this
    return generation === machine.generation && machine.mayCommit && machine.state !== 'joining'
  }

  commitRefused(generation: number, code: number): void {
    this.post({ _tag: 'commit refused', generation, code })
  }

  /**
   * Triggers a rebalance if this member is the leader, subscribes by pattern, or owns partitions that do not exist any more.
   */
  topicsChanged(): void {
    if (this.machine.state === 'unjoined') return
    if (!this.assignedFrom.isOutdated(this.machine.held)) return
    const said = new Set(this.assignment.offeredTopics)
    const { subscribed } = this.metadata
    const isSaid = said.size === subscribed.length && subscribed.every((topic) => said.has(topic))
    this.post({ _tag: isSaid ? 'topics changed' : 'subscription changed' })
  }

  /** The classic protocol identifies topics by name: the member continues with the new topic. */
  topicRecreated(): void {
    return undefined
  }

  /** The subscription has changed: triggers a rebalance. */
  resubscribed(): void {
    this.post({ _tag: 'subscription changed' })
  }

  leave(tellGroup: boolean): Observable<never> {
    return new Observable((subscriber) => {
      this.post({ _tag: 'close', leave: tellGroup })
      this.requests.whenGone(tellGroup, () => {
        subscriber.complete()
      })
    })
  }

  close(): void {
    this.requests.close()
    this.timers.close()
  }

  private get holdsCommitsBack(): boolean {
    return this.machine.isBetweenGenerations && !this.machine.mayCommit
  }

  private perform(effect: MembershipEffect): void {
    // An earlier effect has closed the client.
    if (this.requests.isClosed) return
    const { listener } = this
    switch (effect._tag) {
      case 'join':
        this.join(effect)
        break
      case 'make assignment':
        this.assign(effect)
        break
      case 'sync':
        this.requests.sync(effect, (answer) => {
          this.synced(answer, effect.attempt, effect.generation)
        })
        break
      case 'heartbeat':
        this.heartbeat(effect.generation)
        break
      case 'leave':
        this.requests.leave(effect.memberId)
        break
      case 'arm':
        this.timers.arm(effect.timer, effect.inMs, () => {
          this.post({ _tag: `${effect.timer} due` })
        })
        break
      case 'disarm':
        this.timers.disarm(effect.timer)
        break
      case 'assigned':
        listener.assigned(effect.generation, effect.gained, effect.kept, effect.rebalance)
        break
      case 'revoking':
        listener.revoking(effect.partitions, effect.deadline)
        break
      case 'lost':
        listener.lost(effect.partitions, effect.fault)
        break
      case 'event':
        if (effect.event._tag !== 'no partitions' || this.metadata.hasPartitions)
          this.context.handlers.event(effect.event)
        break
      case 'fatal':
        listener.fatal(effect.fault)
        break
    }
  }

  private join(effect: MembershipEffect & { readonly _tag: 'join' }): void {
    const { attempt } = effect
    this.assignedFrom.joining()
    const protocols = this.assignment.offers(effect)
    if (isLeft(protocols)) {
      this.listener.fatal(protocols.left)
      return
    }
    this.requests.join(effect, protocols.right, (answer) => {
      if (!isLeft(answer) && answer.right.code === errorCode.NONE) this.joined(answer.right, effect)
      this.post({ _tag: 'join answered', attempt, answer })
    })
  }

  private joined(answer: JoinAnswer, request: MembershipEffect & { readonly _tag: 'join' }): void {
    const topics = answer.leader === answer.memberId ? subscribedTopics(answer.members) : []
    this.returned.joined(answer, request, topics, this.assignment.offeredTopics)
  }

  private assign({ attempt, protocol, members }: MembershipEffect & { readonly _tag: 'make assignment' }): void {
    const assigning = (partitions: ReadonlyMap<string, PartitionRacks>): void => {
      this.assignedFrom.assigning(partitions)
    }
    this.requests.ask(this.assignment.shares(protocol, members, assigning), (answer) => {
      this.post({ _tag: 'assignment made', attempt, answer })
    })
  }

  private heartbeat(generation: number): void {
    const sentAt = this.context.clock.now()
    this.requests.heartbeat(this.member, (answer) => {
      this.post({ _tag: 'heartbeat answered', generation, sentAt, answer })
    })
  }

  private synced(answer: Either<Fault, SyncAnswer>, attempt: number, generation: number): void {
    const { returned, assignment } = this
    if (isLeft(answer) || answer.right.code !== errorCode.NONE) {
      this.post({ _tag: 'sync answered', attempt, answer })
      return
    }
    const { code, partitions: all } = answer.right
    const hasReturned = returned.hasReturnedBy(attempt)
    const partitions = hasReturned && all !== null ? returned.stillWanted(all, assignment.offeredTopics) : all
    assignment.assigned(partitions ?? [], generation)
    this.post({ _tag: 'sync answered', attempt, answer: right({ code, partitions }) })
    if (!hasReturned) return
    const outdated = (): void => {
      this.post({ _tag: 'topics changed' })
    }
    // The rebalance gives partitions to others that this member no longer subscribes to.
    if (partitions?.length !== all?.length) outdated()
    else returned.checkWhole(() => generation === this.machine.generation, outdated)
  }
}
