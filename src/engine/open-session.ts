import { left, right } from 'fp-ts/lib/Either.js'
import { defer, EMPTY, map, merge, Observable, of, Subject, take, tap } from 'rxjs'
import type { Fault } from '../model/fault.js'
import type { GroupMember } from '../model/group-member.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type {
  ConsumerSession,
  IsAwaited,
  LocatedOffset,
  OffsetLookup,
  OffsetToSend,
  CommittedOffset,
  OffsetCommitResult
} from '../ports/consumer-session.js'
import type { GroupProtocol } from '../ports/group-protocol.js'
import type { Parts, Step } from '../ports/step.js'
import { type CommitContext, commitOffsets } from './offsets/commit-offsets.js'
import { Fetcher } from './fetching/fetcher.js'
import { HandAssignment } from './group/hand-assignment.js'
import { type OpenGroup, openGroupBy } from './group/open-group.js'
import { handlersUntilClosed } from './handlers-until-closed.js'
import { fetchCommitted } from './offsets/fetch-committed.js'
import { offsetsAtLeaders } from './offsets/offsets-at-leaders.js'
import { Reachability } from './reachability.js'
import type { SessionContext } from './session-context.js'
import { WaitEvents } from './wait-events.js'
import { ConsumerMetadata } from './consumer-metadata.js'

/** How long leaving waits for the answers of the coordinator and of the brokers that were read from. */
const leaveWithinMs = 5_000

const always = (): boolean => true

/**
 * Starts a membership over a cluster's calls. The same session serves every cluster: only the calls differ. It uses the group's
 * protocol only through its port.
 */
export const openSession = (
  context: SessionContext,
  openGroup: OpenGroup = openGroupBy(context.settings)
): ConsumerSession => new CallsSession(context, openGroup)

class CallsSession implements ConsumerSession {
  private readonly context: SessionContext
  private readonly metadata: ConsumerMetadata
  private readonly fetcher: Fetcher
  /** null under `assign` */
  private readonly group: GroupProtocol | null
  private readonly byHand: HandAssignment
  private readonly reach: Reachability | null
  private readonly waits: WaitEvents
  private started = false
  private resubscribing = false
  private closed = false
  private readonly whenClosed = new Subject<void>()

  constructor(context: SessionContext, openGroup: OpenGroup) {
    // Nothing is reported once it is closed, even for answers in flight.
    const untilClosed = handlersUntilClosed(context.handlers, () => this.closed)
    this.waits = new WaitEvents(context.clock, untilClosed.event.bind(untilClosed))
    const handlers = { ...untilClosed, event: this.waits.event.bind(this.waits) }
    const { unreachableTimeoutMs } = context.settings
    const fatal = (fault: Fault): void => {
      this.fatal(fault)
    }
    this.reach = unreachableTimeoutMs === null ? null : new Reachability(unreachableTimeoutMs, context.clock, fatal)
    this.context = { ...context, handlers, calls: this.waits.watch(context.calls, this.reach) }
    this.metadata = new ConsumerMetadata(this.context, {
      changed: () => {
        this.metadataChanged()
      },
      recreated: (topic) => {
        this.group?.topicRecreated()
        this.fetcher.recreated(topic)
        handlers.recreated(topic, null)
      },
      fatal
    })
    this.fetcher = new Fetcher(this.context, this.metadata, fatal)
    this.byHand = new HandAssignment(this.context, this.metadata)
    const { groupId, subscription } = context.settings
    this.group =
      groupId === null || subscription._tag === 'partitions'
        ? null
        : openGroup(this.context, groupId, this.metadata, {
            assigned: handlers.assigned.bind(handlers),
            revoking: handlers.revoking.bind(handlers),
            lost: (partitions, fault) => {
              this.fetcher.forget(partitions)
              handlers.lost(partitions, fault)
            },
            fatal
          })
    context.clock.turn(() => {
      if (!this.closed) this.metadata.refresh()
    })
  }

  committed(partitions: readonly TopicPartition[], isAwaited: IsAwaited = always): Parts<CommittedOffset> {
    const { groupId } = this.context.settings
    if (groupId !== null)
      return this.untilClosed(fetchCommitted(this.context, this.metadata, groupId, partitions, this.group, isAwaited))
    return of(right(partitions.map((partition) => ({ ...partition, offset: null, leaderEpoch: -1, metadata: '' }))))
  }

  listOffsets(queries: readonly OffsetLookup[], isAwaited: IsAwaited = always): Parts<LocatedOffset> {
    return this.untilClosed(offsetsAtLeaders(this.context, this.metadata, queries, isAwaited))
  }

  fetchFrom(partition: TopicPartition, cursor: number, offset: bigint, leaderEpoch: number): void {
    if (!this.closed) this.fetcher.fetchFrom(partition, cursor, offset, leaderEpoch)
  }

  demand(partition: TopicPartition, bytes: number): void {
    if (!this.closed) this.fetcher.demand(partition, bytes)
  }

  delivered(): void {
    if (!this.closed) this.fetcher.delivered()
  }

  release(partitions: readonly TopicPartition[]): void {
    if (this.closed) return
    this.fetcher.forget(partitions)
    if (this.group === null) this.byHand.release(partitions)
    else this.group.release(partitions)
  }

  commit(
    offsets: readonly OffsetToSend[],
    isCurrent: (offset: OffsetToSend) => boolean = always
  ): Step<readonly OffsetCommitResult[]> {
    return this.open(
      new Observable((subscriber) => {
        const ownerships = new Map(offsets.map((offset) => [offset, this.group?.ownershipOf(offset) ?? null]))
        const send = (): void => {
          for (const offset of offsets) if (!isCurrent(offset)) ownerships.delete(offset)
          const sent = ownerships.size === 0 ? of(right([])) : commitOffsets(this.committing, ownerships, isCurrent)
          subscriber.add(sent.subscribe(subscriber))
        }
        if (this.group === null) send()
        else subscriber.add(this.group.whenCommitsAreTaken(send))
      })
    )
  }

  suspend(stalled: readonly TopicPartition[]): void {
    if (this.closed) return
    this.fetcher.forget(stalled)
    this.group?.suspend(stalled)
  }

  resume(): void {
    if (!this.closed) this.group?.resume()
  }

  resubscribed(): void {
    if (this.closed) return
    this.resubscribing = this.started
    this.metadata.refresh()
    if (this.group === null) this.byHand.changedByCall()
  }

  isNew(partition: TopicPartition): boolean {
    return this.metadata.isNew(partition)
  }

  get member(): GroupMember | null {
    const { groupId, groupInstanceId } = this.context.settings
    if (this.group !== null) {
      const { member } = this.group
      // The group accepts offsets without a member from any client, even from a zombie.
      return member.memberId === '' || member.generation < 0 ? null : member
    }
    return groupId === null ? null : { groupId, generation: -1, memberId: '', groupInstanceId }
  }

  get isRebalancing(): boolean {
    return this.group?.isRebalancing === true
  }

  troubleOf(partition: TopicPartition): Fault | null {
    return this.fetcher.troubleOf(partition)
  }

  leave(tellGroup: boolean): Step<void> {
    return new Observable((subscriber) => {
      if (this.closed) {
        subscriber.next(right(undefined))
        subscriber.complete()
        return
      }
      this.closed = true
      const done = (): void => {
        subscriber.next(right(undefined))
        subscriber.complete()
      }
      const cancel = this.context.clock.schedule(leaveWithinMs, done)
      const { group } = this
      // The member does not rejoin any more, though the brokers have not answered yet.
      const gone = group === null ? EMPTY : group.leave(tellGroup).pipe(tap({ complete: () => group.close() }))
      const leaving = merge(gone, this.fetcher.leave()).subscribe({ complete: done })
      subscriber.add(() => {
        cancel()
        leaving.unsubscribe()
        this.close()
      })
    })
  }

  private get committing(): CommitContext {
    const { context, metadata, group } = this
    return { ...context, metadata, group, fatal: this.fatal.bind(this) }
  }

  private metadataChanged(): void {
    if (this.closed) return
    this.fetcher.metadataChanged()
    const { group } = this
    if (group === null) this.byHand.changed()
    else if (!this.started) {
      // A subscription that changed while the first request was in flight is not known yet.
      this.started = this.metadata.knowsSubscription
      if (this.started) group.start()
    } else if (this.resubscribing && this.metadata.knowsSubscription) {
      this.resubscribing = false
      group.resubscribed()
    } else group.topicsChanged()
  }

  private fatal(fault: Fault): void {
    if (this.closed) return
    this.context.handlers.fault(fault)
    this.closed = true
    this.close()
  }

  private close(): void {
    this.reach?.stop()
    this.group?.close()
    this.fetcher.close()
    this.metadata.close()
    this.context.calls.close()
    this.whenClosed.next()
  }

  private open<A>(step: Step<A>): Step<A> {
    return defer(() => (this.closed ? of(over) : step))
  }

  /** Completes when the session is closed, also between two attempts. */
  private untilClosed<A>(parts: Parts<A>): Parts<A> {
    return this.open(
      new Observable((subscriber) => {
        subscriber.add(
          this.whenClosed
            .pipe(
              take(1),
              map(() => over)
            )
            .subscribe(subscriber)
        )
        subscriber.add(parts.subscribe(subscriber))
      })
    )
  }
}

const over = left<Fault>({ _tag: 'ClosedFault', what: 'the consumer' })
