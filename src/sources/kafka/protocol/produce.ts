import { bareAnswer } from '../../../core/producing/batch-answer.js'
import type { ProducedBatch, ProduceRequest } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'
import { mostInOneTurn } from './fetch.js'
import { type NodeEndpoint, NamedLeader, readNodeEndpoints, type WithEndpoints } from './named-leader.js'
import type { ResponseReader } from './response-reader.js'
import { writeTopics } from './write-topics.js'

const flexibleFrom = 9
/** The first version that identifies topics by ID. */
export const produceByIdFrom = 13
/** The first version that names refused records (KIP-467). */
const refusedFrom = 8
const leaderTag = 0
const endpointsTag = 0

/** The results of the batches. */
export interface ProduceAnswer extends WithEndpoints {
  readonly batches: readonly ProducedBatch[]
}

/**
 * Written by hand for speed; `test/properties/described-requests.test.ts` compares it with Kafka's definition. From version 10
 * on a broker that does not lead a partition names the leader and its address (KIP-951). A write by version 12 joins its
 * transaction (KIP-890). 13 identifies topics by ID, so that nothing is written to a later topic of the same name (KIP-516).
 * Under acks 0 there is no answer.
 */
export const produce: Api<ProduceRequest, ProduceAnswer | undefined> = {
  name: 'Produce',
  key: 0,
  versions: { from: 7, to: 13 },
  flexibleFrom,
  expectsAnswer: ({ acks }) => acks !== 0,
  write: (writer, { transaction, acks, timeoutMs, batches }, version) => {
    const transactionalId = transaction?.transactionalId ?? null
    if (version < flexibleFrom) writer.nullableString(transactionalId)
    else writer.compactNullableString(transactionalId)
    writer.int16(acks === 'all' ? -1 : acks).int32(timeoutMs)
    if (version < flexibleFrom) writer.byTopic(batches, ({ partition, bytes }) => writer.int32(partition).bytes(bytes))
    else {
      const by = version < produceByIdFrom ? 'name' : 'id'
      writeTopics(writer, batches, by, ({ partition, bytes }) => writer.int32(partition).compactBytes(bytes).noTags())
      writer.noTags()
    }
  },
  read: (reader, version, request) => {
    reader.limitTo(mostInOneTurn)
    if (version < flexibleFrom) {
      const batches = reader.byTopic(leastBatch, (topic) => readBatch(reader, topic, version))
      return { value: { batches, endpoints: [] }, throttleMs: reader.int32() }
    }
    const names = version < produceByIdFrom ? null : namesOf(request)
    const leader = new NamedLeader(reader, leaderTag)
    const batches = reader
      .compactArray(3, () => {
        const topic = names === null ? reader.compactString() : (names.get(reader.uuid()) ?? '')
        const those = reader.compactArray(leastBatch, () => {
          const produced = readBatch(reader, topic, version)
          const currentLeader = leader.read()
          return currentLeader === null ? produced : { ...produced, currentLeader }
        })
        reader.skipTags()
        return those
      })
      .flat()
    const throttleMs = reader.int32()
    let endpoints: readonly NodeEndpoint[] = []
    reader.tags((tag) => {
      if (tag === endpointsTag) endpoints = readNodeEndpoints(reader)
    })
    return { value: { batches, endpoints }, throttleMs }
  }
}

const namesOf = ({ batches }: ProduceRequest): ReadonlyMap<string | null, string> =>
  new Map(batches.map(({ topic, topicId = null }) => [topicId, topic]))

/** The minimum size of a partition, in the shorter encoding. */
const leastBatch = 4 + 2 + 8 + 8 + 8

const readBatch = (reader: ResponseReader, topic: string, version: number): ProducedBatch => {
  const partition = reader.int32()
  const code = reader.int16()
  const produced = { topic, partition, ...bareAnswer(code, reader.int64()) }
  // The append time and the log start, which are not used.
  reader.int64()
  reader.int64()
  if (version < refusedFrom) return produced
  if (version < flexibleFrom) {
    const refused = reader.array(6, () => ({ index: reader.int32(), message: reader.nullableString() }))
    return { ...produced, refused, message: reader.nullableString() }
  }
  const refused = reader.compactArray(6, () => {
    const record = { index: reader.int32(), message: reader.compactNullableString() }
    reader.skipTags()
    return record
  })
  return { ...produced, refused, message: reader.compactNullableString() }
}
