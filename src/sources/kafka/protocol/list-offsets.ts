import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { ListedOffset, ListOffsetsRequest } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { requestedPartitions } from './in-turns.js'
import { array, int16, int32, int64, int8, string } from './message.js'
import type { Slices } from './message-codec.js'

/** From version 5 on the leader's epoch is checked and returned. Versions after 6 add special timestamps (KIP-734, KIP-405). */
export const listOffsets = describedApi({
  name: 'ListOffsets',
  key: 2,
  versions: '5-11',
  flexibleFrom: 6,
  request: {
    replicaId: int32('0+'),
    isolationLevel: int8('2+'),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        currentLeaderEpoch: int32('4+', -1),
        timestamp: int64('0+')
      })
    }),
    timeoutMs: int32('10+')
  },
  response: {
    throttleTimeMs: int32('2+'),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        timestamp: int64('1+', -1n),
        offset: int64('1+', -1n),
        leaderEpoch: int32('4+', -1)
      })
    })
  },
  toMessage: ({ isolation, partitions, timeoutMs }: ListOffsetsRequest & { readonly timeoutMs: number }) => ({
    replicaId: -1,
    isolationLevel: isolation === 'read_committed' ? 1 : 0,
    topics: [...groupedBy(partitions, ({ topic }) => topic)].map(([name, those]) => ({
      name,
      partitions: those.map(({ partition, leaderEpoch, timestamp }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: leaderEpoch,
        timestamp: BigInt(timestamp)
      }))
    })),
    timeoutMs
  }),
  fromLists: ({ topics }, { partitions: requested }): Slices<readonly ListedOffset[]> =>
    requestedPartitions(topics, requested, (place, { errorCode: code, offset, leaderEpoch }) => ({
      ...place,
      code,
      offset,
      leaderEpoch
    }))
})
