import { isLeft } from 'fp-ts/lib/Either.js'
import { concatMap, map, type Observable, of } from 'rxjs'
import { offsetFetchVerdict, offsetLookupVerdict } from '../../core/committing/offset-verdicts.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import { groupedBy } from '../../core/protocol/grouped-by.js'
import { reconnecting } from '../../core/protocol/reconnecting.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { OffsetLookup, CommittedOffset } from '../../ports/consumer-session.js'
import type { GroupProtocol } from '../../ports/group-protocol.js'
import type { ListedOffset, PartitionCode, PartitionOfTopic } from '../../ports/kafka-calls.js'
import type { Parts } from '../../ports/step.js'
import { type PartialAnswer, inParts, type OnRetry } from '../in-parts.js'
import type { SessionContext } from '../session-context.js'
import { waitsForCommitted, waitsForEnds } from '../wait-events.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/** Kafka's constants for the two ends of a log in ListOffsets. */
const earliestTimestamp = -2
const latestTimestamp = -1

/**
 * The committed offsets of the group; retried until they are known. A group may refuse the member because its epoch has
 * changed: then the request is repeated with the new epoch, since the refusal says nothing about the offset.
 */
export const fetchCommitted = (
  context: SessionContext,
  metadata: ConsumerMetadata,
  groupId: string,
  partitions: readonly TopicPartition[],
  group: Pick<GroupProtocol, 'reader' | 'readerRefused'> | null = null
): Parts<CommittedOffset> => {
  const identified = (place: TopicPartition): PartitionOfTopic =>
    metadata.isGone(place.topic) ? place : { ...place, topicId: metadata.idOf(place.topic) }
  const request = (wanted: readonly TopicPartition[]): Observable<PartialAnswer<TopicPartition, CommittedOffset>> => {
    const reader = group?.reader ?? null
    return context.calls.offsetFetch(groupId, wanted.map(identified), reader).pipe(
      map((answer): PartialAnswer<TopicPartition, CommittedOffset> => {
        if (isLeft(answer)) return allRefused(wanted, answer.left)
        const { code, offsets } = answer.right
        const verdict = offsetFetchVerdict(code)
        switch (verdict) {
          case 'found':
            return {
              found: offsets.filter((entry) => entry.code === errorCode.NONE).map(storedOf),
              refused: refusalsOf('OffsetFetch', wanted, offsets)
            }
          case 'group refused':
            return allRefused(wanted, { _tag: 'AuthorizationFault', resource: 'group', name: groupId })
          case 'member refused':
          case 'retry':
            if (verdict === 'member refused' && reader !== null) group?.readerRefused(reader.generation)
            return allRefused(wanted, brokerFault('OffsetFetch', code))
        }
      })
    )
  }
  const tell = telling(context, waitsForCommitted, 'group coordinator')
  const retry: OnRetry = (fault, attempt, inMs) => {
    if (fault._tag === 'BrokerFault' && offsetLookupVerdict(fault.code) === 'topic id unknown') metadata.refresh()
    tell(fault, attempt, inMs)
  }
  return inParts(context, partitions, (wanted) => [request(wanted)], retry)
}

const storedOf = (
  entry: TopicPartition & { offset: bigint; leaderEpoch: number; metadata: string }
): CommittedOffset => ({
  topic: entry.topic,
  partition: entry.partition,
  offset: entry.offset < 0n ? null : entry.offset,
  leaderEpoch: entry.leaderEpoch,
  metadata: entry.metadata
})

/** Looks up offsets at the partitions' leaders; retried until they are known, separately for each leader. */
export const offsetsAtLeaders = (
  context: SessionContext,
  metadata: ConsumerMetadata,
  queries: readonly OffsetLookup[]
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
  metadata: ConsumerMetadata,
  queries: readonly OffsetLookup[]
): readonly Observable<PartialAnswer<OffsetLookup, Committed>>[] => {
  const byLeader = groupedBy(queries, (query) => metadata.leaderOf(query))
  return [...byLeader].map(([node, asked]) =>
    node === null ? of(withoutLeader(metadata, asked)) : askLeader(context, metadata, node, asked)
  )
}

const withoutLeader = (
  metadata: ConsumerMetadata,
  queries: readonly OffsetLookup[]
): PartialAnswer<OffsetLookup, never> => ({
  found: [],
  refused: queries.map((query) => ({ query, fault: metadata.whyNoLeader(query) }))
})

const askLeader = (
  context: SessionContext,
  metadata: ConsumerMetadata,
  node: number,
  queries: readonly OffsetLookup[]
): Observable<PartialAnswer<OffsetLookup, Committed>> => {
  const ask = (wanted: readonly OffsetLookup[]): Observable<PartialAnswer<OffsetLookup, ListedOffset>> =>
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
          const found = answer.right.filter((entry) => entry.code === errorCode.NONE)
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
      // No record at or after the timestamp: the lookup returns the end.
      const isBeyond = (entry: ListedOffset): boolean =>
        entry.offset < 0n && !orNone.has(partitionKey(entry.topic, entry.partition))
      const beyond = found.filter(isBeyond)
      if (beyond.length === 0) return of({ found, refused })
      const within = found.filter((entry) => !isBeyond(entry))
      const atEnd: readonly OffsetLookup[] = beyond.map(({ topic, partition }) => ({ topic, partition, at: 'latest' }))
      return ask(atEnd).pipe(
        map((ends) => ({ found: [...within, ...ends.found], refused: [...refused, ...ends.refused] }))
      )
    })
  )
}

const allRefused = <Q>(queries: readonly Q[], fault: Fault): PartialAnswer<Q, never> => ({
  found: [],
  refused: queries.map((query) => ({ query, fault }))
})

/** The errors of an answer, and the partitions that it leaves out. */
const refusalsOf = <Q extends TopicPartition>(
  api: string,
  wanted: readonly Q[],
  answered: readonly PartitionCode[]
): PartialAnswer<Q, never>['refused'] => {
  const codes = new Map(answered.map((entry) => [partitionKey(entry.topic, entry.partition), entry.code]))
  return wanted.flatMap((query): PartialAnswer<Q, never>['refused'] => {
    const { topic, partition } = query
    const code = codes.get(partitionKey(topic, partition)) ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION
    switch (offsetLookupVerdict(code)) {
      case 'found':
        return []
      case 'unauthorized':
        return [{ query, fault: { _tag: 'AuthorizationFault', resource: 'topic', name: topic } }]
      case 'topic id unknown':
      case 'retry':
        return [{ query, fault: brokerFault(api, code, topic, partition) }]
    }
  })
}

const telling =
  ({ handlers }: SessionContext, reason: string, whom: string): OnRetry =>
  (fault, attempt, inMs) => {
    handlers.event(
      isAnswer(fault) ? { _tag: 'waiting', reason, fault, inMs } : reconnecting(fault, whom, attempt, inMs)
    )
  }

/** Whether the fault is a broker's answer, which means that the broker can be reached. */
const isAnswer = ({ _tag }: Fault): boolean =>
  _tag === 'BrokerFault' || _tag === 'UnknownTopicFault' || _tag === 'UnknownPartitionFault'

const timestampOf = ({ at }: OffsetLookup): number =>
  at === 'earliest' ? earliestTimestamp : at === 'latest' ? latestTimestamp : at.timestamp
