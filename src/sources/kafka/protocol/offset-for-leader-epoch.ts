import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { EpochEnd, EpochQuery } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { eachInTurn, requestedPartitions } from './in-turns.js'
import { array, int16, int32, int64, string } from './message.js'
import type { Slices } from './message-codec.js'

/** Requests where the log of an older leader epoch ends. From version 3 on the request says that it comes from a consumer. */
export const offsetForLeaderEpoch = describedApi({
  name: 'OffsetForLeaderEpoch',
  key: 23,
  versions: '3-4',
  flexibleFrom: 4,
  request: {
    replicaId: int32('3+', -2),
    topics: array('0+', {
      topic: string('0+'),
      partitions: array('0+', {
        partition: int32('0+'),
        currentLeaderEpoch: int32('2+', -1),
        leaderEpoch: int32('0+')
      })
    })
  },
  response: {
    throttleTimeMs: int32('2+'),
    topics: array('0+', {
      topic: string('0+'),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partition: int32('0+'),
        leaderEpoch: int32('1+', -1),
        endOffset: int64('0+', -1n)
      })
    })
  },
  toMessage: (partitions: readonly EpochQuery[]) => ({
    replicaId: -1,
    topics: [...groupedBy(partitions, ({ topic }) => topic)].map(([topic, those]) => ({ topic, partitions: those }))
  }),
  fromLists: function* ({ topics: answered }, requested): Slices<readonly EpochEnd[]> {
    const topics = yield* eachInTurn(answered, ({ topic: name, partitions }) => ({ name, partitions }))
    return yield* requestedPartitions(topics, requested, (place, { errorCode: code, leaderEpoch, endOffset }) => ({
      ...place,
      code,
      leaderEpoch,
      endOffset
    }))
  }
})
