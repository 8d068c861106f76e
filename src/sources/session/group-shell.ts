import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { map, Observable, Subscription } from 'rxjs'
import type { PartitionRacks } from '../../core/assignors/assignor.js'
import { type AssignorName, assignors, protocolOf } from '../../core/assignors/assignors.js'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type MemberSubscription
} from '../../core/group-protocol.js'
import { brokerFault, errorCode } from '../../core/error-code.js'
import { mailbox } from '../../core/mailbox.js'
import { Membership } from '../../core/membership.js'
import type {
  GroupMemberInfo,
  MembershipEffect,
  MembershipEvent,
  MembershipTimer,
  MemberShare
} from '../../core/membership-messages.js'
import type { Cancel } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import type { RebalanceSummary } from '../../model/rebalance-event.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { GroupMember } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { retrying } from './retrying.js'
import type { SessionContext } from './session-context.js'
import type { TopicMetadata } from './topic-metadata.js'

/** A member whose bytes cannot be read is given nothing, rather than the whole group. */
const unreadable: MemberSubscription = { topics: [], userData: null, owned: [], generation: -1, rack: null }

const nothingYet = { partitions: [], generation: -1 }

/** What the group's shell tells the session. */
export interface GroupListener {
  assigned(
    generation: number,
    gained: readonly TopicPartition[],
    kept: readonly TopicPartition[],
    rebalance: RebalanceSummary
  ): void
  revoking(partitions: readonly TopicPartition[], deadline: number): void
  lost(partitions: readonly TopicPartition[], fault: Fault): void
  fatal(fault: Fault): void
}

/** Drives the membership: sends what it wants sent, keeps its timers, and makes the assignment where it leads. */
export class GroupShell {
  private readonly context: SessionContext
  private readonly groupId: string
  private readonly metadata: TopicMetadata
  private readonly listener: GroupListener
  private readonly machine: Membership
  private readonly timers = new Map<MembershipTimer, Cancel>()
  private readonly requests = new Subscription()
  private readonly post: (event: MembershipEvent) => void
  /** What the group last assigned from, as far as this member has to watch over it. */
  private joinedWith: Fingerprint | null = null
  private leads = false
  /** What it was last given, and in which generation: what a sticky assignment goes by. */
  private lastGiven: { readonly partitions: readonly TopicPartition[]; readonly generation: number } = nothingYet
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
    this.machine = new Membership({
      ...settings,
      groupId,
      protocols: settings.assignors,
      protocol: protocolOf(settings.assignors),
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
    if (this.machine.state === 'unjoined' || this.joinedWith === null) return
    const { subscription } = this.context.settings
    const gone = this.machine.held.some((partition) => !this.metadata.exists(partition))
    const watches = gone || this.leads || (subscription._tag === 'topics' && subscription.patterns.length > 0)
    if (!watches) return
    const { counts, racks } = this.fingerprint(this.metadata.partitions)
    // Java's leader alone watches racks.
    if (counts !== this.joinedWith.counts || (this.leads && racks !== this.joinedWith.racks))
      this.post({ _tag: 'topics changed' })
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
        this.joinedWith = this.fingerprint(this.metadata.partitions)
        const { lastGiven, metadata } = this
        const subscriptionFor = (name: AssignorName): Uint8Array =>
          encodeSubscription({
            topics: metadata.subscribed,
            userData: assignors[name].userDataOf?.(lastGiven.partitions, lastGiven.generation) ?? null,
            owned: effect.owned,
            generation: effect.generation,
            rack: settings.clientRack === '' ? null : settings.clientRack
          })
        const request = {
          groupId: this.groupId,
          sessionTimeoutMs: settings.sessionTimeoutMs,
          rebalanceTimeoutMs: settings.rebalanceTimeoutMs,
          memberId,
          groupInstanceId: settings.groupInstanceId,
          protocols: settings.assignors.map((name) => ({ name, metadata: subscriptionFor(name) }))
        }
        this.awaitsId = memberId === ''
        this.ask(calls.joinGroup(request), (answer) => {
          this.awaitsId = false
          if (!isLeft(answer)) this.leads = answer.right.leader === answer.right.memberId
          this.post({ _tag: 'join answered', attempt, answer })
          this.checkGone()
        })
        break
      }
      case 'make assignment': {
        const { attempt } = effect
        this.ask(this.shares(effect.protocol, effect.members), (answer) => {
          this.post({ _tag: 'assignment made', attempt, answer })
        })
        break
      }
      case 'sync': {
        const { attempt, memberId, generation, shares } = effect
        const groupInstanceId = settings.groupInstanceId
        const request = { groupId: this.groupId, generation, memberId, groupInstanceId, assignments: shares }
        const answered = calls
          .syncGroup(request)
          .pipe(
            map((answer) =>
              isLeft(answer)
                ? answer
                : right({ code: answer.right.code, partitions: decodeAssignment(answer.right.assignment) })
            )
          )
        this.ask(answered, (answer) => {
          if (!isLeft(answer) && answer.right.code === errorCode.NONE)
            this.lastGiven = { partitions: answer.right.partitions ?? [], generation }
          this.post({ _tag: 'sync answered', attempt, answer })
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
        handlers.event(effect.event)
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

  private shares(protocol: string, members: readonly GroupMemberInfo[]): Step<readonly MemberShare[]> {
    const known = members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      groupInstanceId,
      ...(decodeSubscription(metadata) ?? unreadable)
    }))
    const topics = [...new Set(known.flatMap((member) => member.topics))]
    return this.metadata.partitionsOf(topics).pipe(
      map((answer) => {
        if (isLeft(answer)) return answer
        // Another broker may know other partitions: whoever is wrong, the group assigns anew once that is known.
        const assignedFrom = this.fingerprint(answer.right)
        if (assignedFrom.counts !== this.joinedWith?.counts || assignedFrom.racks !== this.joinedWith.racks) {
          this.joinedWith = assignedFrom
          this.metadata.refresh()
        }
        const name = this.context.settings.assignors.find((offered) => offered === protocol) ?? 'range'
        const given = assignors[name].assign(known, answer.right)
        return right(
          known.map(({ memberId }) => ({ memberId, assignment: encodeAssignment(given.get(memberId) ?? []) }))
        )
      })
    )
  }

  /** As Java, it watches racks only where it is in one itself. */
  private fingerprint(partitions: ReadonlyMap<string, PartitionRacks>): Fingerprint {
    const topics = [...this.metadata.subscribed].sort()
    const racks = (topic: string): readonly (readonly string[])[] =>
      (partitions.get(topic) ?? []).map((each) => [...each].sort())
    return {
      counts: topics.map((topic) => `${topic}=${String(partitions.get(topic)?.length ?? 0)}`).join(),
      racks: this.context.settings.clientRack === '' ? '' : JSON.stringify(topics.map(racks))
    }
  }
}

/** What the group was assigned from: where it changes, the group has to assign anew. */
interface Fingerprint {
  readonly counts: string
  readonly racks: string
}

/** Whether the group has taken it; a member that it does not know has gone already. */
const taken = (answer: Either<Fault, number>): Either<Fault, unknown> =>
  !isLeft(answer) && isCoordinatorTrouble(answer.right) ? left(brokerFault('LeaveGroup', answer.right)) : answer

const isCoordinatorTrouble = (given: number): boolean =>
  given === errorCode.NOT_COORDINATOR ||
  given === errorCode.COORDINATOR_NOT_AVAILABLE ||
  given === errorCode.COORDINATOR_LOAD_IN_PROGRESS
