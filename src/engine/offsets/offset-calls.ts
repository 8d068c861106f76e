import { isLeft, right } from 'fp-ts/lib/Either.js'
import { concat, concatMap, defer, EMPTY, map, type Observable, of } from 'rxjs'
import { brokerFault, errorCode as code } from '../../core/protocol/error-code.js'
import { groupedBy } from '../../core/protocol/grouped-by.js'
import { reconnecting } from '../../core/protocol/reconnecting.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { OffsetQuery, OffsetToStore, StoredOffset, StoreResult } from '../../ports/consumer-session.js'
import type { GroupMember, ListedOffset, PartitionCode } from '../../ports/kafka-calls.js'
import type { Parts, Step } from '../../ports/step.js'
import { type Attempt, inParts, type OnRetry } from '../in-parts.js'
import type { SessionContext } from '../session-context.js'
import { waitsForCommitted, waitsForEnds } from '../told-waits.js'
import type { TopicMetadata } from '../topic-metadata.js'

/** Kafka's marks for the two ends of a log in ListOffsets. */
const earliestTimestamp = -2
const latestTimestamp = -1

/** What the group has stored; asked until it is known. */
export const fetchCommitted = (
  context: SessionContext,
  groupId: string,
  partitions: readonly TopicPartition[]
): Parts<StoredOffset> => {
  const request = (wanted: readonly TopicPartition[]): Observable<Attempt<TopicPartition, StoredOffset>> =>
    context.calls.offsetFetch(groupId, wanted).pipe(
      map((answer): Attempt<TopicPartition, StoredOffset> => {
        if (isLeft(answer)) return allRefused(wanted, answer.left)
        const { code: given, offsets } = answer.right
        if (given === code.GROUP_AUTHORIZATION_FAILED)
          return allRefused(wanted, { _tag: 'AuthorizationFault', resource: 'group', name: groupId })
        if (given !== code.NONE) return allRefused(wanted, brokerFault('OffsetFetch', given))
        return {
          found: offsets.filter((entry) => entry.code === code.NONE).map(storedOf),
          refused: refusalsOf('OffsetFetch', wanted, offsets)
        }
      })
    )
  const tell = telling(context, waitsForCommitted, 'group coordinator')
  return inParts(context, partitions, (wanted) => [request(wanted)], tell)
}

const storedOf = (entry: TopicPartition & { offset: bigint; leaderEpoch: number; metadata: string }): StoredOffset => ({
  topic: entry.topic,
  partition: entry.partition,
  offset: entry.offset < 0n ? null : entry.offset,
  leaderEpoch: entry.leaderEpoch,
  metadata: entry.metadata
})

/** Looks offsets up at the partitions' leaders; asked until they are known, those of each leader on their own. */
export const lookUpOffsets = (
  context: SessionContext,
  metadata: TopicMetadata,
  queries: readonly OffsetQuery[]
): Parts<Committed> => {
  const tell = telling(context, waitsForEnds, 'leader')
  return inParts(
    context,
    queries,
    (wanted) => requestsFor(context, metadata, wanted),
    (fault, attempt, inMs) => {
      metadata.refresh()
      tell(fault, attempt, inMs)
    }
  )
}

const requestsFor = (
  context: SessionContext,
  metadata: TopicMetadata,
  queries: readonly OffsetQuery[]
): readonly Observable<Attempt<OffsetQuery, Committed>>[] => {
  const byLeader = groupedBy(queries, (query) => metadata.leaderOf(query))
  return [...byLeader].map(([node, asked]) =>
    node === null ? of(withoutLeader(metadata, asked)) : askLeader(context, metadata, node, asked)
  )
}

const withoutLeader = (metadata: TopicMetadata, queries: readonly OffsetQuery[]): Attempt<OffsetQuery, never> => ({
  found: [],
  refused: queries.map((query) => ({ query, fault: metadata.whyNoLeader(query) }))
})

const askLeader = (
  context: SessionContext,
  metadata: TopicMetadata,
  node: number,
  queries: readonly OffsetQuery[]
): Observable<Attempt<OffsetQuery, Committed>> => {
  const ask = (wanted: readonly OffsetQuery[]): Observable<Attempt<OffsetQuery, ListedOffset>> =>
    context.calls
      .listOffsets(node, {
        isolation: context.settings.isolation,
        partitions: wanted.map((query) => ({
          topic: query.topic,
          partition: query.partition,
          timestamp: timestampOf(query),
          leaderEpoch: metadata.leaderEpochOf(query)
        }))
      })
      .pipe(
        map((answer) => {
          if (isLeft(answer)) return allRefused(wanted, answer.left)
          const found = answer.right.filter((entry) => entry.code === code.NONE)
          return { found, refused: refusalsOf('ListOffsets', wanted, answer.right) }
        })
      )
  const orNone = new Set(
    queries
      .filter(({ at }) => typeof at === 'object' && at.orNone === true)
      .map(({ topic, partition }) => partitionKey(topic, partition))
  )
  return ask(queries).pipe(
    concatMap(({ found, refused }) => {
      // No record at or after the timestamp: the end.
      const isBeyond = (entry: ListedOffset): boolean => entry.offset < 0n && !orNone.has(partitionKey(entry.topic, entry.partition)) // prettier-ignore
      const beyond = found.filter(isBeyond)
      if (beyond.length === 0) return of({ found, refused })
      const within = found.filter((entry) => !isBeyond(entry))
      const atEnd: readonly OffsetQuery[] = beyond.map(({ topic, partition }) => ({ topic, partition, at: 'latest' }))
      return ask(atEnd).pipe(
        map((ends) => ({ found: [...within, ...ends.found], refused: [...refused, ...ends.refused] }))
      )
    })
  )
}

const allRefused = <Q>(queries: readonly Q[], fault: Fault): Attempt<Q, never> => ({
  found: [],
  refused: queries.map((query) => ({ query, fault }))
})

/** What an answer does not give of what was asked for, a partition that it does not name included. */
const refusalsOf = <Q extends TopicPartition>(
  api: string,
  wanted: readonly Q[],
  answered: readonly PartitionCode[]
): Attempt<Q, never>['refused'] => {
  const codes = new Map(answered.map((entry) => [partitionKey(entry.topic, entry.partition), entry.code]))
  return wanted.flatMap((query) => {
    const given = codes.get(partitionKey(query.topic, query.partition)) ?? code.UNKNOWN_TOPIC_OR_PARTITION
    return given === code.NONE ? [] : [{ query, fault: partitionFault(api, given, query) }]
  })
}

const telling =
  ({ handlers }: SessionContext, reason: string, whom: string): OnRetry =>
  (fault, attempt, inMs) => {
    handlers.event(
      isAnswer(fault) ? { _tag: 'waiting', reason, fault, inMs } : reconnecting(fault, whom, attempt, inMs)
    )
  }

/** Whether a broker has said it: then it can be reached. */
const isAnswer = ({ _tag }: Fault): boolean =>
  _tag === 'BrokerFault' || _tag === 'UnknownTopicFault' || _tag === 'UnknownPartitionFault'

const timestampOf = ({ at }: OffsetQuery): number =>
  at === 'earliest' ? earliestTimestamp : at === 'latest' ? latestTimestamp : at.timestamp

interface StoreContext {
  readonly context: SessionContext
  readonly metadata: TopicMetadata
}

/** As whom offsets are stored. */
export interface Committing {
  readonly member: GroupMember
  /** Whether the offset's partition is held still: a commit in several requests takes its time. */
  readonly isHeld: (offset: OffsetToStore) => boolean
  /** The group refuses the member; called once it is known what became of the offsets. */
  readonly refused: (generation: number, code: number) => void
}

/**
 * Stores offsets; what the codes mean for each partition. A broker writes all offsets of a request as one batch, and refuses
 * all of them where that is too large (`INVALID_COMMIT_OFFSET_SIZE`): then each half is sent by itself, so that those fail
 * alone whose metadata does not fit.
 */
export const storeOffsets = (
  where: StoreContext,
  committing: Committing,
  offsets: readonly OffsetToStore[]
): Step<readonly StoreResult[]> =>
  storeInParts(where, committing, offsets).pipe(
    concatMap((answer): Step<readonly StoreResult[]> => {
      if (isLeft(answer)) return of(answer)
      const { results, refusal } = answer.right
      if (refusal === null) return of(right(results))
      // Told first what became of the commit: the refusal may end the membership, and with it whoever asked.
      const follow = defer((): Observable<never> => {
        committing.refused(committing.member.generation, refusal)
        return EMPTY
      })
      return concat(of(right(results)), follow)
    })
  )

interface Stored {
  readonly results: readonly StoreResult[]
  /** the code by which the group refuses the member */
  readonly refusal: number | null
}

const storeInParts = (where: StoreContext, committing: Committing, offsets: readonly OffsetToStore[]): Step<Stored> =>
  storeAtOnce(where, committing.member, offsets).pipe(
    concatMap((answer) => {
      if (isLeft(answer) || offsets.length < 2 || !answer.right.results.every(({ fault }) => isTooLarge(fault)))
        return of(answer)
      const half = Math.ceil(offsets.length / 2)
      return storeRest(where, committing, offsets.slice(0, half), { results: [], refusal: null }).pipe(
        concatMap((first) =>
          isLeft(first) ? of(first) : storeRest(where, committing, offsets.slice(half), first.right)
        )
      )
    })
  )

/** A group that has refused the part before is not asked for more; what was given up meanwhile is another's by now. */
const storeRest = (
  where: StoreContext,
  committing: Committing,
  rest: readonly OffsetToStore[],
  first: Stored
): Step<Stored> => {
  // prettier-ignore
  const { refusal } = first
  const { member, isHeld } = committing
  const isSent = (offset: OffsetToStore): boolean => refusal === null && isHeld(offset)
  const left = rest.filter((offset) => !isSent(offset)).map((offset) => resultOf(offset, refusal ?? code.ILLEGAL_GENERATION, member)) // prettier-ignore
  const sent = rest.filter(isSent)
  const all = (more: readonly StoreResult[], refusedBy: number | null): Stored => {
    const results = new Map([...left, ...more].map((result) => [partitionKey(result.topic, result.partition), result]))
    const ofRest = rest.flatMap(({ topic, partition }) => results.get(partitionKey(topic, partition)) ?? [])
    return { results: [...first.results, ...ofRest], refusal: refusedBy }
  }
  if (sent.length === 0) return of(right(all([], refusal)))
  return storeInParts(where, committing, sent).pipe(
    map((answer) => (isLeft(answer) ? answer : right(all(answer.right.results, answer.right.refusal))))
  )
}

const isTooLarge = (fault: Fault | null): boolean =>
  fault?._tag === 'BrokerFault' && fault.code === code.INVALID_COMMIT_OFFSET_SIZE

const storeAtOnce = (
  { context, metadata }: StoreContext,
  member: GroupMember,
  offsets: readonly OffsetToStore[]
): Step<Stored> =>
  context.calls
    .offsetCommit({ ...member, offsets: offsets.map((one) => ({ ...one, topicId: metadata.idOf(one.topic) })) })
    .pipe(
      map((answer) => {
        if (isLeft(answer)) return answer
        const codes = new Map(answer.right.map((entry) => [partitionKey(entry.topic, entry.partition), entry.code]))
        const results = offsets.map((offset) =>
          resultOf(offset, codes.get(partitionKey(offset.topic, offset.partition)) ?? code.NETWORK_EXCEPTION, member)
        )
        const refusal = [...codes.values()].find((given) => given !== code.NONE && !ofPartitions.has(given)) ?? null
        return right({ results, refusal })
      })
    )

/** Codes that say something of single partitions, and nothing of the member. */
const ofPartitions: ReadonlySet<number> = new Set([
  code.UNKNOWN_TOPIC_ID,
  code.UNKNOWN_TOPIC_OR_PARTITION,
  code.TOPIC_AUTHORIZATION_FAILED,
  code.OFFSET_METADATA_TOO_LARGE,
  code.INVALID_COMMIT_OFFSET_SIZE
])

const resultOf = (
  { topic, partition, offset }: OffsetToStore,
  given: number,
  { groupId, groupInstanceId }: GroupMember
): StoreResult => {
  const place = { topic, partition, offset }
  const dropped = (fault: Fault): StoreResult => ({ ...place, outcome: 'dropped', fault })
  switch (given) {
    case code.NONE:
      return { ...place, outcome: 'stored', fault: null }
    case code.ILLEGAL_GENERATION:
      return dropped({ _tag: 'MembershipLostFault', groupId, reason: 'generation over' })
    case code.UNKNOWN_MEMBER_ID:
    // What versions from 9 on answer a member of a group that is gone.
    case code.GROUP_ID_NOT_FOUND:
      return dropped({ _tag: 'MembershipLostFault', groupId, reason: 'unknown member' })
    case code.FENCED_INSTANCE_ID:
      return dropped({ _tag: 'FencedFault', what: 'group.instance.id', id: groupInstanceId ?? '' })
    case code.OFFSET_METADATA_TOO_LARGE:
    case code.INVALID_COMMIT_OFFSET_SIZE:
    case code.TOPIC_AUTHORIZATION_FAILED:
      return dropped(partitionFault('OffsetCommit', given, place))
    case code.GROUP_AUTHORIZATION_FAILED:
      return dropped({ _tag: 'AuthorizationFault', resource: 'group', name: groupId })
    default:
      return { ...place, outcome: 'retry', fault: partitionFault('OffsetCommit', given, place) }
  }
}

const partitionFault = (api: string, given: number, { topic, partition }: TopicPartition): Fault =>
  given === code.TOPIC_AUTHORIZATION_FAILED
    ? { _tag: 'AuthorizationFault', resource: 'topic', name: topic }
    : brokerFault(api, given, topic, partition)
