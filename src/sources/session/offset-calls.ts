import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { concat, concatMap, defer, EMPTY, map, type Observable, of, reduce } from 'rxjs'
import { brokerFault, errorCode as code } from '../../core/error-code.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { OffsetQuery, OffsetToStore, StoredOffset, StoreResult } from '../../ports/consumer-session.js'
import type { GroupMember, ListedOffset } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { retrying } from './retrying.js'
import type { SessionContext } from './session-context.js'
import type { TopicMetadata } from './topic-metadata.js'

/** Kafka's marks for the two ends of a log in ListOffsets. */
const earliestTimestamp = -2
const latestTimestamp = -1

/** What the group has stored; tried until it is known. */
export const fetchCommitted = (
  context: SessionContext,
  groupId: string,
  partitions: readonly TopicPartition[]
): Step<readonly StoredOffset[]> =>
  retrying(context, () =>
    context.calls.offsetFetch(groupId, partitions).pipe(
      map((answer): Either<Fault, readonly StoredOffset[]> => {
        if (isLeft(answer)) return answer
        if (answer.right.code === code.GROUP_AUTHORIZATION_FAILED)
          return left({ _tag: 'AuthorizationFault', resource: 'group', name: groupId })
        if (answer.right.code !== code.NONE) return left(brokerFault('OffsetFetch', answer.right.code))
        const refused = answer.right.offsets.find((entry) => entry.code !== code.NONE)
        if (refused !== undefined) return left(partitionFault('OffsetFetch', refused.code, refused))
        return right(answer.right.offsets.map(storedOf))
      })
    )
  )

const storedOf = (entry: TopicPartition & { offset: bigint; leaderEpoch: number; metadata: string }): StoredOffset => ({
  topic: entry.topic,
  partition: entry.partition,
  offset: entry.offset < 0n ? null : entry.offset,
  leaderEpoch: entry.leaderEpoch,
  metadata: entry.metadata
})

/** Looks offsets up at the partitions' leaders; tried until they are known. Results are in the order of the queries. */
export const lookUpOffsets = (
  context: SessionContext,
  metadata: TopicMetadata,
  queries: readonly OffsetQuery[]
): Step<readonly Committed[]> =>
  retrying(
    context,
    () => lookUpOnce(context, metadata, queries),
    () => {
      metadata.refresh()
    }
  )

const lookUpOnce = (
  context: SessionContext,
  metadata: TopicMetadata,
  queries: readonly OffsetQuery[]
): Step<readonly Committed[]> => {
  const byLeader = new Map<number, OffsetQuery[]>()
  for (const query of queries) {
    const leader = metadata.leaderOf(query)
    if (leader === null) return of(left(partitionFault('ListOffsets', code.LEADER_NOT_AVAILABLE, query)))
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), query])
  }
  const answers = [...byLeader].map(([node, asked]) => askLeader(context, metadata, node, asked))
  return gather(answers).pipe(
    map((answer) => {
      if (isLeft(answer)) return answer
      const found = new Map(
        answer.right.map((offset) => [`${offset.topic}/${String(offset.partition)}`, offset.offset])
      )
      return right(
        queries.map(({ topic, partition }) => ({
          topic,
          partition,
          offset: found.get(`${topic}/${String(partition)}`) ?? 0n
        }))
      )
    })
  )
}

const askLeader = (
  context: SessionContext,
  metadata: TopicMetadata,
  node: number,
  queries: readonly OffsetQuery[]
): Step<readonly Committed[]> => {
  const ask = (wanted: readonly OffsetQuery[], at: (query: OffsetQuery) => number): Step<readonly ListedOffset[]> =>
    context.calls.listOffsets(node, {
      isolation: context.settings.isolation,
      partitions: wanted.map((query) => ({
        topic: query.topic,
        partition: query.partition,
        timestamp: at(query),
        leaderEpoch: metadata.leaderEpochOf(query)
      }))
    })
  return andThen(ask(queries, timestampOf), (listed) => {
    const refused = listed.find((entry) => entry.code !== code.NONE)
    if (refused !== undefined) return of(left(partitionFault('ListOffsets', refused.code, refused)))
    // No record at or after the timestamp: the end.
    const beyond = listed.filter((entry) => entry.offset < 0n)
    if (beyond.length === 0) return of(right(listed))
    const rest = listed.filter((entry) => entry.offset >= 0n)
    const atEnd: readonly OffsetQuery[] = beyond.map(({ topic, partition }) => ({ topic, partition, at: 'latest' }))
    return andThen(
      ask(atEnd, () => latestTimestamp),
      (ends) => {
        const failed = ends.find((entry) => entry.code !== code.NONE)
        return of(
          failed === undefined ? right([...rest, ...ends]) : left(partitionFault('ListOffsets', failed.code, failed))
        )
      }
    )
  })
}

const timestampOf = ({ at }: OffsetQuery): number =>
  at === 'earliest' ? earliestTimestamp : at === 'latest' ? latestTimestamp : at.timestamp

/** One attempt to store; what the codes mean for each partition. */
export const storeOffsets = (
  context: SessionContext,
  member: GroupMember,
  offsets: readonly OffsetToStore[],
  refused: (generation: number, code: number) => void
): Step<readonly StoreResult[]> =>
  context.calls.offsetCommit({ ...member, offsets }).pipe(
    concatMap((answer): Step<readonly StoreResult[]> => {
      if (isLeft(answer)) return of(answer)
      const codes = new Map(answer.right.map((entry) => [`${entry.topic}/${String(entry.partition)}`, entry.code]))
      const results = offsets.map((offset) =>
        resultOf(
          offset,
          codes.get(`${offset.topic}/${String(offset.partition)}`) ?? code.NETWORK_EXCEPTION,
          member.groupId
        )
      )
      const first = [...codes.values()].find((given) => given !== code.NONE)
      if (first === undefined) return of(right(results))
      // Told first what became of the commit: the refusal may end the membership, and with it whoever asked.
      const follow = defer((): Observable<never> => {
        refused(member.generation, first)
        return EMPTY
      })
      return concat(of(right(results)), follow)
    })
  )

const resultOf = ({ topic, partition, offset }: OffsetToStore, given: number, groupId: string): StoreResult => {
  const place = { topic, partition, offset }
  switch (given) {
    case code.NONE:
      return { ...place, outcome: 'stored', fault: null }
    case code.ILLEGAL_GENERATION:
      return {
        ...place,
        outcome: 'dropped',
        fault: { _tag: 'MembershipLostFault', groupId, reason: 'generation over' }
      }
    case code.UNKNOWN_MEMBER_ID:
      return { ...place, outcome: 'dropped', fault: { _tag: 'MembershipLostFault', groupId, reason: 'unknown member' } }
    case code.FENCED_INSTANCE_ID:
    case code.UNKNOWN_TOPIC_OR_PARTITION:
    case code.OFFSET_METADATA_TOO_LARGE:
    case code.INVALID_COMMIT_OFFSET_SIZE:
      return { ...place, outcome: 'dropped', fault: partitionFault('OffsetCommit', given, place) }
    case code.TOPIC_AUTHORIZATION_FAILED:
      return { ...place, outcome: 'dropped', fault: { _tag: 'AuthorizationFault', resource: 'topic', name: topic } }
    case code.GROUP_AUTHORIZATION_FAILED:
      return { ...place, outcome: 'dropped', fault: { _tag: 'AuthorizationFault', resource: 'group', name: groupId } }
    default:
      return { ...place, outcome: 'retry', fault: partitionFault('OffsetCommit', given, place) }
  }
}

const partitionFault = (api: string, given: number, { topic, partition }: TopicPartition): Fault =>
  given === code.TOPIC_AUTHORIZATION_FAILED
    ? { _tag: 'AuthorizationFault', resource: 'topic', name: topic }
    : brokerFault(api, given, topic, partition)

const gather = <A>(steps: readonly Step<readonly A[]>[]): Step<readonly A[]> =>
  concat(...steps).pipe(
    reduce(
      (all: Either<Fault, readonly A[]>, next) =>
        isLeft(all) ? all : isLeft(next) ? next : right([...all.right, ...next.right]),
      right([])
    )
  )

const andThen = <A, B>(step: Step<A>, next: (value: A) => Step<B>): Step<B> =>
  step.pipe(concatMap((answer): Step<B> => (isLeft(answer) ? of(answer) : next(answer.right))))
