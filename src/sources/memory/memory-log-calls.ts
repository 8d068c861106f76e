import { errorCode } from '../../core/protocol/error-code.js'
import { placeOf } from '../../model/topic-partition.js'
import type { FetchResponse, KafkaCalls } from '../../ports/kafka-calls.js'
import type { BrokerModel } from './broker-model.js'
import type { MemoryConnection } from './memory-connection.js'
import { serveFetch } from './serve-fetch.js'

/** The requests to the leaders of partitions. */
export const memoryLogCalls = (
  model: BrokerModel,
  connection: MemoryConnection
): Pick<KafkaCalls, 'listOffsets' | 'fetch' | 'offsetForLeaderEpoch'> => ({
  listOffsets: (_node, { partitions, isolation }) =>
    connection.now(
      'ListOffsets',
      (code) => partitions.map((place) => ({ ...placeOf(place), code, offset: -1n, leaderEpoch: -1 })),
      () =>
        partitions.map((query) => {
          const log = model.log(query)
          if (log === undefined)
            return { ...placeOf(query), code: errorCode.UNKNOWN_TOPIC_OR_PARTITION, offset: -1n, leaderEpoch: -1 }
          const end = isolation === 'read_committed' ? log.lastStable : log.logEnd
          const offset =
            query.timestamp === -2
              ? log.logStart
              : query.timestamp === -1
                ? end
                : (log.offsetAt(query.timestamp) ?? -1n)
          return { ...placeOf(query), code: errorCode.NONE, offset, leaderEpoch: log.leaderEpoch }
        })
    ),
  fetch: (_node, request) =>
    connection.call(
      'Fetch',
      (code): FetchResponse => ({ code, sessionId: 0, partitions: [] }),
      (give) => serveFetch(model, request, give)
    ),
  offsetForLeaderEpoch: (_node, queries) =>
    connection.now(
      'OffsetForLeaderEpoch',
      (code) => queries.map((query) => ({ ...placeOf(query), ...unknownEpoch, code })),
      () =>
        queries.map((query) => {
          const log = model.log(query)
          const refused =
            log === undefined ? errorCode.UNKNOWN_TOPIC_OR_PARTITION : log.refusalOf(query.currentLeaderEpoch)
          const end = refused === errorCode.NONE ? (log?.endOfEpoch(query.leaderEpoch) ?? unknownEpoch) : unknownEpoch
          return { ...placeOf(query), ...end, code: refused }
        })
    )
})

const unknownEpoch = { leaderEpoch: -1, endOffset: -1n }
