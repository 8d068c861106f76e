import { isLeft } from 'fp-ts/lib/Either.js'
import { concatMap, map, type Observable, of } from 'rxjs'
import { errorCode } from '../../core/protocol/error-code.js'
import { groupedBy } from '../../core/protocol/grouped-by.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { IsAwaited, LocatedOffset, OffsetLookup } from '../../ports/consumer-session.js'
import type { ListedOffset } from '../../ports/kafka-calls.js'
import type { Parts } from '../../ports/step.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'
import { retryMissing, type PartialAnswer } from '../retry-missing.js'
import type { SessionContext } from '../session-context.js'
import { waitsForEnds } from '../wait-events.js'
import { allRefused, refusalsOf, reportRetries } from './partial-answers.js'

/** Kafka's constants for the two ends of a log in ListOffsets. */
const earliestTimestamp = -2
const latestTimestamp = -1

/** Looks up offsets at the partitions' leaders; retried until they are known, separately for each leader. */
export const offsetsAtLeaders = (
  context: SessionContext,
  metadata: ConsumerMetadata,
  queries: readonly OffsetLookup[],
  isAwaited: IsAwaited
): Parts<LocatedOffset> => {
  const { retry, over } = reportRetries(context, waitsForEnds, 'leader')
  return retryMissing(context, queries, (remaining) => requestsFor(context, metadata, remaining), {
    retry: (fault, attempt, inMs) => {
      metadata.refresh()
      retry(fault, attempt, inMs)
    },
    over,
    isAwaited
  })
}

const requestsFor = (
  context: SessionContext,
  metadata: ConsumerMetadata,
  queries: readonly OffsetLookup[]
): readonly Observable<PartialAnswer<OffsetLookup, LocatedOffset>>[] => {
  const byLeader = groupedBy(queries, (query) => metadata.leaderOf(query))
  return [...byLeader].map(([node, own]) =>
    node === null ? of(withoutLeader(metadata, own)) : askLeader(context, metadata, node, own)
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
): Observable<PartialAnswer<OffsetLookup, LocatedOffset>> => {
  const ask = (remaining: readonly OffsetLookup[]): Observable<PartialAnswer<OffsetLookup, ListedOffset>> =>
    context.calls
      .listOffsets(node, {
        isolation: context.settings.isolation,
        partitions: remaining.map((query) => ({
          topic: query.topic,
          partition: query.partition,
          timestamp: timestampOf(query),
          leaderEpoch: metadata.leaderEpochOf(query)
        }))
      })
      .pipe(
        map((answer) => {
          if (isLeft(answer)) return allRefused(remaining, answer.left)
          const found = answer.right.filter((entry) => entry.code === errorCode.NONE)
          return {
            found,
            refused: refusalsOf('ListOffsets', remaining, answer.right, (topic) => metadata.isNamed(topic))
          }
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

const timestampOf = ({ at }: OffsetLookup): number =>
  at === 'earliest' ? earliestTimestamp : at === 'latest' ? latestTimestamp : at.timestamp
