import { isLeft } from 'fp-ts/lib/Either.js'
import { map, type Observable } from 'rxjs'
import { offsetFetchVerdict, offsetLookupVerdict } from '../../core/committing/offset-verdicts.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { CommittedOffset, IsAwaited } from '../../ports/consumer-session.js'
import type { GroupProtocol } from '../../ports/group-protocol.js'
import type { PartitionOfTopic } from '../../ports/kafka-calls.js'
import type { Parts } from '../../ports/step.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'
import { retryMissing, type PartialAnswer, type Retries } from '../retry-missing.js'
import type { SessionContext } from '../session-context.js'
import { waitsForCommitted } from '../wait-events.js'
import { allRefused, refusalsOf, reportRetries } from './partial-answers.js'

/**
 * The committed offsets of the group; retried until they are known. A group may refuse the member because its epoch has
 * changed: then the request is repeated with the new epoch, since the refusal says nothing about the offset.
 */
export const fetchCommitted = (
  context: SessionContext,
  metadata: ConsumerMetadata,
  groupId: string,
  partitions: readonly TopicPartition[],
  group: Pick<GroupProtocol, 'reader' | 'readerRefused'> | null,
  isAwaited: IsAwaited
): Parts<CommittedOffset> => {
  const identified = (place: TopicPartition): PartitionOfTopic =>
    metadata.isGone(place.topic) ? place : { ...place, topicId: metadata.idOf(place.topic) }
  const request = (
    requested: readonly TopicPartition[]
  ): Observable<PartialAnswer<TopicPartition, CommittedOffset>> => {
    const reader = group?.reader ?? null
    return context.calls.offsetFetch(groupId, requested.map(identified), reader).pipe(
      map((answer): PartialAnswer<TopicPartition, CommittedOffset> => {
        if (isLeft(answer)) return allRefused(requested, answer.left)
        const { code, offsets } = answer.right
        const verdict = offsetFetchVerdict(code)
        switch (verdict) {
          case 'found':
            return {
              found: offsets.filter((entry) => entry.code === errorCode.NONE).map(committedOf),
              refused: refusalsOf('OffsetFetch', requested, offsets, (topic) => metadata.isNamed(topic))
            }
          case 'group refused':
            return allRefused(requested, { _tag: 'AuthorizationFault', resource: 'group', name: groupId })
          case 'member refused':
          case 'retry':
            if (verdict === 'member refused' && reader !== null) group?.readerRefused(reader.generation)
            return allRefused(requested, brokerFault('OffsetFetch', code))
        }
      })
    )
  }
  const reports = reportRetries(context, waitsForCommitted, 'group coordinator')
  const retry: Retries<TopicPartition>['retry'] = (fault, attempt, inMs) => {
    if (fault._tag === 'BrokerFault' && offsetLookupVerdict(fault.code) === 'topic id unknown') metadata.refresh()
    reports.retry(fault, attempt, inMs)
  }
  return retryMissing(context, partitions, (requested) => [request(requested)], { ...reports, retry, isAwaited })
}

const committedOf = (
  entry: TopicPartition & { offset: bigint; leaderEpoch: number; metadata: string }
): CommittedOffset => ({
  topic: entry.topic,
  partition: entry.partition,
  offset: entry.offset < 0n ? null : entry.offset,
  leaderEpoch: entry.leaderEpoch,
  metadata: entry.metadata
})
