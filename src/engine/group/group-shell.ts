import { type Either, isLeft, left, map as mapRight, right } from 'fp-ts/lib/Either.js'
import { map, Observable, Subscription } from 'rxjs'
import type { PartitionRacks } from '../../core/group/assignors/assignor.js'
import { assignorOf, protocolOf } from '../../core/group/assignors/assignors.js'
import { decodeAssignment } from '../../core/group/group-protocol.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import { mailbox } from '../../core/group/mailbox.js'
import { Membership } from '../../core/group/membership.js'
import type {
  JoinAnswer,
  MembershipEffect,
  MembershipEvent,
  MembershipTimer,
  SyncAnswer
} from '../../core/group/membership-messages.js'
import type { Cancel } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { GroupListener, GroupProtocol } from '../../ports/group-protocol.js'
import type { GroupMember, SyncGroupResponse } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { AssignedFrom } from './assigned-from.js'
import { GroupAssignment, topicsOf } from './group-assignment.js'
import { JoinWatch } from './join-watch.js'
import { retrying } from '../retrying.js'
import type { SessionContext } from '../session-context.js'
import { type Standing, standingAssignment } from './standing-assignment.js'
import type { TopicMetadata } from '../topic-metadata.js'

/** The classic protocol. Drives the membership: sends what it wants sent, keeps its timers, and makes the assignment where it leads. */
export class GroupShell implements GroupProtocol {
  private readonly context: SessionContext
  private readonly groupId: string
  private readonly metadata: TopicMetadata
  private readonly listener: GroupListener
  private readonly machine: Membership
  private readonly timers = new Map<MembershipTimer, Cancel>()
  private readonly requests = new Subscription()
  private readonly post: (event: MembershipEvent) => void
  private readonly assignedFrom: AssignedFrom
  private readonly joinWatch: JoinWatch
  private readonly assignment: GroupAssignment
  /** The attempt by which a static member may have come back to an assignment that stands, and the topics that it is to be of. */
  private returned: (Standing & { readonly attempt: number }) | null = null
  private readonly waiting: (() => void)[] = []
  /** A JoinGroup is under way with which the group gives this member its id. */
  private awaitsId = false
  /** LeaveGroups under way. */
  private leaving = 0
  private whenGone: (() => void) | null = null

  constructor(context: SessionContext, groupId: string, metadata: TopicMetadata, listener: GroupListener) {
    const { settings, random } = context
    this.context = context
    this.groupId = groupId
    this.metadata = metadata
    this.listener = listener
    this.joinWatch = new JoinWatch(context, groupId)
    const offered = settings.assignors.map(assignorOf)
    this.assignment = new GroupAssignment(groupId, offered, metadata, settings.clientRack)
    const { clientRack } = settings
    this.assignedFrom = new AssignedFrom(
      metadata,
      clientRack !== '',
      () => settings.subscription._tag === 'topics' && settings.subscription.patterns.length > 0
    )
    this.machine = new Membership({
      ...settings,
      groupId,
      protocols: offered.map(({ name }) => name),
      protocol: protocolOf(offered),
      random
    })
    this.post = mailbox((event) => {
      for (const effect of this.machine.handle(event, this.context.clock.now())) this.perform(effect)
      if (!this.holdsCommitsBack) for (const run of this.waiting.splice(0)) run()
    })
  }

  get member(): GroupMember {
    const { memberId, generation } = this.machine
    return { groupId: this.groupId, generation, memberId, groupInstanceId: this.context.settings.groupInstanceId }
  }

  /**
   * Runs as soon as the group takes commits: at once, or when the rebalance under way is over.
   */
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

  /** Whether the member is joining (again). */
  get isRebalancing(): boolean {
    return this.machine.isBetweenGenerations
  }

  suspend(stalled: readonly TopicPartition[]): void {
    this.post({ _tag: 'suspend', stalled })
  }

  resume(): void {
    this.post({ _tag: 'resume' })
  }

  holdingOf(partition: TopicPartition): TopicPartition | null {
    return this.machine.holdingOf(partition)
  }

  start(): void {
    this.post({ _tag: 'start' })
  }

  release(partitions: readonly TopicPartition[]): void {
    this.post({ _tag: 'released', partitions })
  }

  /**
   * Whether the member loses what it holds if the group refuses this generation of it. While it joins the answer to that says
   * more; a former generation is over in any case.
   */
  losesBy(generation: number): boolean {
    const { machine } = this
    return generation === machine.generation && machine.mayCommit && machine.state !== 'joining'
  }

  commitRefused(generation: number, code: number): void {
    this.post({ _tag: 'commit refused', generation, code })
  }

  /** The topics' partitions may have changed: leaders, members that subscribe by pattern, and whoever holds what is gone have the group assign anew. */
  topicsChanged(): void {
    if (this.machine.state === 'unjoined') return
    if (!this.assignedFrom.isOutdated(this.machine.held)) return
    const said = [...this.assignment.offeredTopics].sort().join()
    const isSaid = said === [...this.metadata.subscribed].sort().join()
    this.post({ _tag: isSaid ? 'topics changed' : 'subscription changed' })
  }

  /** The member subscribes to something else: the group assigns anew. */
  resubscribed(): void {
    this.post({ _tag: 'subscription changed' })
  }

  /** Leaves; completes when the group knows. */
  leave(tellGroup: boolean): Observable<never> {
    return new Observable((subscriber) => {
      this.whenGone = () => {
        subscriber.complete()
      }
      this.post({ _tag: 'close', leave: tellGroup })
      // The group may have made a member of it already, and waits for it as for any other: the answer says under which id.
      if (!tellGroup) this.awaitsId = false
      this.checkGone()
    })
  }

  close(): void {
    this.requests.unsubscribe()
    this.joinWatch.stop()
    for (const cancel of this.timers.values()) cancel()
    this.timers.clear()
  }

  private get holdsCommitsBack(): boolean {
    return this.machine.isBetweenGenerations && !this.machine.mayCommit
  }

  private perform(effect: MembershipEffect): void {
    // It was closed by what was done before this.
    if (this.requests.closed) return
    const { calls, clock, settings, handlers } = this.context
    switch (effect._tag) {
      case 'join': {
        const { attempt, memberId } = effect
        this.assignedFrom.joining()
        const protocols = this.assignment.offers(effect)
        if (isLeft(protocols)) {
          this.listener.fatal(protocols.left)
          break
        }
        const request = {
          groupId: this.groupId,
          sessionTimeoutMs: settings.sessionTimeoutMs,
          rebalanceTimeoutMs: settings.rebalanceTimeoutMs,
          memberId,
          groupInstanceId: settings.groupInstanceId,
          protocols: protocols.right
        }
        this.awaitsId = memberId === ''
        this.joinWatch.asked()
        this.ask(calls.joinGroup(request), (answer) => {
          this.awaitsId = false
          this.joinWatch.answered()
          if (!isLeft(answer) && answer.right.code === errorCode.NONE) this.joined(answer.right, effect)
          this.post({ _tag: 'join answered', attempt, answer })
          this.checkGone()
        })
        break
      }
      case 'make assignment': {
        const { attempt } = effect
        const assigning = (partitions: ReadonlyMap<string, PartitionRacks>): void => {
          this.assignedFrom.assigning(partitions)
        }
        this.ask(this.assignment.shares(effect.protocol, effect.members, assigning), (answer) => {
          this.post({ _tag: 'assignment made', attempt, answer })
        })
        break
      }
      case 'sync': {
        const { attempt, memberId, generation, shares } = effect
        const groupInstanceId = settings.groupInstanceId
        const request = { groupId: this.groupId, generation, memberId, groupInstanceId, assignments: shares }
        this.ask(calls.syncGroup(request), (answer) => {
          const read = mapRight(({ code, assignment }: SyncGroupResponse) => ({
            code,
            partitions: decodeAssignment(assignment)
          }))(answer)
          this.synced(read, attempt, generation)
        })
        break
      }
      case 'heartbeat': {
        const { generation } = effect
        const sentAt = clock.now()
        this.ask(calls.heartbeat(this.member), (answer) => {
          this.post({ _tag: 'heartbeat answered', generation, sentAt, answer })
        })
        break
      }
      case 'leave':
        this.leaving++
        this.ask(this.leaveCall(effect.memberId), () => {
          this.leaving--
          this.checkGone()
        })
        break
      case 'arm':
        this.arm(effect.timer, effect.inMs)
        break
      case 'disarm':
        this.timers.get(effect.timer)?.()
        this.timers.delete(effect.timer)
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
      case 'fatal':
        this.listener.fatal(effect.fault)
        break
    }
  }

  /** Tried until it is taken: a group that is not told waits for the member until its session is over. */
  private leaveCall(memberId: string): Step<unknown> {
    const { groupInstanceId } = this.context.settings
    const request = { groupId: this.groupId, memberId, groupInstanceId }
    const attempt = this.context.calls.leaveGroup(request).pipe(map(taken))
    return retrying(this.context, () => attempt)
  }

  private checkGone(): void {
    if (this.leaving === 0 && !this.awaitsId) this.whenGone?.()
  }

  private ask<A>(step: Step<A>, answered: (answer: Either<Fault, A>) => void): void {
    const request: Subscription = step.subscribe({
      next: answered,
      complete: () => {
        this.requests.remove(request)
      }
    })
    if (!request.closed) this.requests.add(request)
  }

  private arm(timer: MembershipTimer, inMs: number): void {
    this.timers.get(timer)?.()
    const due = (): void => {
      this.timers.delete(timer)
      this.post({ _tag: `${timer} due` })
    }
    this.timers.set(timer, this.context.clock.schedule(Math.max(0, inMs), due))
  }

  private joined({ leader, memberId, members, skipAssignment }: JoinAnswer, asked: Joining): void {
    const leads = leader === memberId
    const topics = leads ? topicsOf(members) : []
    const isStatic = this.context.settings.groupInstanceId !== null
    // What it is given then may have been made before it subscribed to all of its topics, or before they had all of their partitions.
    const mayHaveReturned = isStatic && asked.memberId === '' && (!leads || skipAssignment)
    const { attempt } = asked
    this.returned = mayHaveReturned
      ? { attempt, leader, topics: [...new Set([...topics, ...this.assignment.offeredTopics])] }
      : null
    this.assignedFrom.joined(leads, topics, mayHaveReturned)
  }

  private synced(answer: Either<Fault, SyncAnswer>, attempt: number, generation: number): void {
    const { returned, assignment } = this
    if (isLeft(answer) || answer.right.code !== errorCode.NONE) {
      this.post({ _tag: 'sync answered', attempt, answer })
      return
    }
    const { code, partitions: all } = answer.right
    const hasReturned = returned?.attempt === attempt
    const isWanted = ({ topic }: TopicPartition): boolean => !hasReturned || assignment.offeredTopics.includes(topic)
    const partitions = all?.filter(isWanted) ?? null
    assignment.given(partitions ?? [], generation)
    this.post({ _tag: 'sync answered', attempt, answer: right({ code, partitions }) })
    if (!hasReturned) return
    // What it does not subscribe to any more others may.
    if (partitions?.length !== all?.length) this.post({ _tag: 'topics changed' })
    else this.checkStanding(returned, generation)
  }

  /** The group has the member assigned anew where not all is assigned. */
  private checkStanding(standing: Standing, generation: number): void {
    this.ask(standingAssignment(this.context, this.groupId, this.metadata, standing), (answer) => {
      if (generation !== this.machine.generation) return
      if (isLeft(answer) || !answer.right.isWhole) this.post({ _tag: 'topics changed' })
      else this.assignedFrom.assigning(answer.right.partitions)
    })
  }
}

type Joining = MembershipEffect & { readonly _tag: 'join' }

/** Whether the group has taken it; a member that it does not know has gone already. */
const taken = (answer: Either<Fault, number>): Either<Fault, unknown> =>
  !isLeft(answer) && isCoordinatorTrouble(answer.right) ? left(brokerFault('LeaveGroup', answer.right)) : answer

const isCoordinatorTrouble = (given: number): boolean =>
  given === errorCode.NOT_COORDINATOR ||
  given === errorCode.COORDINATOR_NOT_AVAILABLE ||
  given === errorCode.COORDINATOR_LOAD_IN_PROGRESS
