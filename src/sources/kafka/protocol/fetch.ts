import type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'
import { type NodeEndpoint, NamedLeader, readNodeEndpoints, type WithEndpoints } from './named-leader.js'
import type { RequestWriter } from './request-writer.js'
import type { ResponseReader } from './response-reader.js'
import { writeTopics } from './write-topics.js'

/** The first version that identifies topics by ID, so that nothing is read from a later topic of the same name. */
export const fetchByIdFrom = 13
const flexibleFrom = 12
const leaderTag = 1
/** More elements than any answer has: it is read in one turn. */
export const mostInOneTurn = 300_000
const endpointsTag = 0

/**
 * Written by hand for speed; `test/properties/described-requests.test.ts` compares it with Kafka's definition. Version 11 is
 * the first that may name a nearer replica to read from (KIP-392). 13 identifies topics by ID (KIP-516). From 16 on a broker
 * that does not lead a partition names the leader and its address (KIP-951). The answer has only IDs: `nameOf` knows the topics
 * of all requests of the session.
 */
export const fetch = (nameOf: (topicId: string) => string): Api<FetchRequest, FetchResponse & WithEndpoints> => ({
  name: 'Fetch',
  key: 1,
  versions: { from: 11, to: 18 },
  flexibleFrom,
  write: (writer, request, version) => {
    // Only followers name themselves; from version 15 on in a tagged field.
    if (version < 15) writer.int32(-1)
    writer
      .int32(request.maxWaitMs)
      .int32(request.minBytes)
      .int32(request.maxBytes)
      .int8(request.isolation === 'read_committed' ? 1 : 0)
      .int32(request.session.id)
      .int32(request.session.epoch)
    if (version < flexibleFrom) {
      writer
        .byTopic(request.partitions, (one) => writePartition(writer, one, version))
        .byTopic(request.forgotten, ({ partition }) => writer.int32(partition))
        .string(request.rack)
      return
    }
    const by = version < fetchByIdFrom ? 'name' : 'id'
    writeTopics(writer, request.partitions, by, (one) => writePartition(writer, one, version).noTags())
    writeTopics(writer, request.forgotten, by, ({ partition }) => writer.int32(partition))
    writer.compactString(request.rack).noTags()
  },
  read: (reader, version) => {
    reader.limitTo(mostInOneTurn)
    const throttleMs = reader.int32()
    const code = reader.int16()
    const sessionId = reader.int32()
    if (version < flexibleFrom) {
      const partitions = reader.byTopic(leastPartition, (topic) => readPartition(reader, topic, false))
      return { throttleMs, value: { code, sessionId, partitions, endpoints: [] } }
    }
    const leader = new NamedLeader(reader, leaderTag)
    const partitions = reader
      .compactArray(3, () => {
        const topic = version < fetchByIdFrom ? reader.compactString() : nameOf(reader.uuid() ?? '')
        const those = reader.compactArray(leastPartition, () => {
          const fetched = readPartition(reader, topic, true)
          const currentLeader = leader.read()
          return currentLeader === null ? fetched : { ...fetched, currentLeader }
        })
        reader.skipTags()
        return those
      })
      .flat()
    let endpoints: readonly NodeEndpoint[] = []
    reader.tags((tag) => {
      if (tag === endpointsTag) endpoints = readNodeEndpoints(reader)
    })
    return { throttleMs, value: { code, sessionId, partitions, endpoints } }
  }
})

const writePartition = (
  writer: RequestWriter,
  { partition, leaderEpoch, offset, maxBytes }: FetchPartition,
  version: number
): RequestWriter => {
  writer.int32(partition).int32(leaderEpoch).int64(offset)
  // Only followers send the last fetched epoch and their log start.
  if (version >= flexibleFrom) writer.int32(-1)
  return writer.int64(-1n).int32(maxBytes)
}

/** The minimum size of a partition without aborted transactions and records, in the shorter encoding. */
const leastPartition = 4 + 2 + 8 + 8 + 8 + 1 + 4 + 1

const readPartition = (reader: ResponseReader, topic: string, isFlexible: boolean): FetchedPartition => ({
  topic,
  partition: reader.int32(),
  code: reader.int16(),
  highWatermark: reader.int64(),
  lastStableOffset: reader.int64(),
  logStart: reader.int64(),
  aborted: isFlexible
    ? reader.compactArray(17, () => {
        const aborted = { producerId: reader.int64(), firstOffset: reader.int64() }
        reader.skipTags()
        return aborted
      })
    : reader.array(16, () => ({ producerId: reader.int64(), firstOffset: reader.int64() })),
  preferredReplica: reader.int32(),
  records: isFlexible ? reader.compactNullableBytes() : reader.nullableBytes()
})
