import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bareAnswer } from '../../src/core/producing/batch-answer.js'
import { groupedBy } from '../../src/core/protocol/grouped-by.js'
import type { FetchRequest, ProduceRequest } from '../../src/ports/kafka-calls.js'
import type { Api } from '../../src/sources/kafka/protocol/api.js'
import { fetch } from '../../src/sources/kafka/protocol/fetch.js'
import type { Fields, MessageOf } from '../../src/sources/kafka/protocol/message.js'
import { messageCodec } from '../../src/sources/kafka/protocol/message-codec.js'
import { produce } from '../../src/sources/kafka/protocol/produce.js'
import { RequestWriter } from '../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../src/sources/kafka/protocol/response-reader.js'
import { anyMessage, describedApis, eachVersion } from '../support/described-apis.js'
import { fetchDescription, produceDescription } from '../support/described-hot-paths.js'

const described = <F extends Fields>(fields: F, version: number, flexible: boolean, value: MessageOf<F>): Buffer => {
  const writer = new RequestWriter()
  messageCodec(fields, version, flexible).write(writer, value)
  return Buffer.concat(writer.parts())
}
const written = <Request>(api: Api<Request, unknown>, version: number, request: Request): Buffer => {
  const writer = new RequestWriter()
  api.write(writer, request, version)
  return Buffer.concat(writer.parts())
}

const topics = new Map([
  ['a', 'AAAAAAAAAAAAAAAAAAAAAQ'],
  ['b', 'AAAAAAAAAAAAAAAAAAAAAg']
])
const nameOf = (id: string): string => [...topics].find(([, one]) => one === id)?.[0] ?? `? ${id}`
const byId = fetch(nameOf)
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const bytes = fc.uint8Array({ maxLength: 9 }).map((all) => Buffer.from(all))
const places = fc.record({ topic: fc.constantFrom('a', 'b'), partition: fc.nat(9) })
const named = <A extends { readonly topic: string }>(one: A): A & { readonly topicId: string | null } => ({
  ...one,
  topicId: topics.get(one.topic) ?? null
})

/** A leader is named where there is one. */
const leaderOf = ({ leaderId, leaderEpoch }: { readonly leaderId: number; readonly leaderEpoch: number }): object =>
  leaderId < 0 ? {} : { currentLeader: { nodeId: leaderId, leaderEpoch } }
const endpointOf = ({
  nodeId,
  host,
  port
}: {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}): object => ({ nodeId, host, port })

const fetchRequests: fc.Arbitrary<FetchRequest> = fc.record({
  maxWaitMs: fc.integer(),
  minBytes: fc.integer(),
  maxBytes: fc.integer(),
  isolation: fc.constantFrom('read_committed', 'read_uncommitted'),
  rack: fc.string({ maxLength: 5 }),
  session: fc.record({ id: fc.integer(), epoch: fc.integer() }),
  byTopicId: fc.constant(true),
  partitions: fc.array(
    fc
      .tuple(places, fc.record({ offset: int64, leaderEpoch: fc.integer(), maxBytes: fc.integer() }))
      .map(([place, more]) => ({ ...named(place), ...more }))
  ),
  forgotten: fc.array(places.map(named))
})

describe('Fetch', () => {
  const { flexibleFrom, request, response } = fetchDescription

  it.each(eachVersion(byId.versions))('v%d is written by hand as Kafka describes it', (version) => {
    fc.assert(
      fc.property(fetchRequests, (asked) => {
        const grouped = <A extends { readonly topic: string }>(all: readonly A[]): Map<string, A[]> =>
          groupedBy(all, ({ topic }) => topic)
        const message: MessageOf<typeof request> = {
          clusterId: null,
          replicaId: -1,
          replicaState: request.replicaState.absent,
          maxWaitMs: asked.maxWaitMs,
          minBytes: asked.minBytes,
          maxBytes: asked.maxBytes,
          isolationLevel: asked.isolation === 'read_committed' ? 1 : 0,
          sessionId: asked.session.id,
          sessionEpoch: asked.session.epoch,
          topics: [...grouped(asked.partitions)].map(([topic, those]) => ({
            topic,
            topicId: topics.get(topic) ?? null,
            partitions: those.map((one) => ({
              partition: one.partition,
              currentLeaderEpoch: one.leaderEpoch,
              fetchOffset: one.offset,
              lastFetchedEpoch: -1,
              logStartOffset: -1n,
              partitionMaxBytes: one.maxBytes,
              replicaDirectoryId: null,
              highWatermark: 0x7fff_ffff_ffff_ffffn
            }))
          })),
          forgottenTopicsData: [...grouped(asked.forgotten)].map(([topic, those]) => ({
            topic,
            topicId: topics.get(topic) ?? null,
            partitions: those.map(({ partition }) => partition)
          })),
          rackId: asked.rack
        }
        expect(written(byId, version, asked)).toEqual(described(request, version, version >= flexibleFrom, message))
      }),
      { numRuns: 50 }
    )
  })

  it.each(eachVersion(byId.versions))('v%d is read by hand as Kafka describes it', (version) => {
    const asked = fc.sample(fetchRequests, { numRuns: 1, seed: 1 })[0] as FetchRequest
    fc.assert(
      fc.property(anyMessage(response, version), (answer) => {
        const reader = new ResponseReader(described(response, version, version >= flexibleFrom, answer))
        const { throttleMs, value } = byId.read(reader, version, asked)
        expect({ throttleMs, ...value }).toMatchObject({
          throttleMs: answer.throttleTimeMs,
          code: answer.errorCode,
          sessionId: answer.sessionId,
          endpoints: answer.nodeEndpoints.map(endpointOf),
          partitions: answer.responses.flatMap(({ topic, topicId, partitions }) =>
            partitions.map((one) => ({
              topic: version < 13 ? topic : nameOf(topicId ?? ''),
              partition: one.partitionIndex,
              code: one.errorCode,
              highWatermark: one.highWatermark,
              lastStableOffset: one.lastStableOffset,
              logStart: one.logStartOffset,
              aborted: one.abortedTransactions ?? [],
              preferredReplica: one.preferredReadReplica,
              records: one.records,
              ...leaderOf(one.currentLeader)
            }))
          )
        })
      }),
      { numRuns: 50 }
    )
  })
})

const produceRequests: fc.Arbitrary<ProduceRequest> = fc.record({
  transaction: fc.option(
    fc.record({ transactionalId: fc.string({ maxLength: 5 }), version: fc.constantFrom(1 as const, 2 as const) })
  ),
  acks: fc.constantFrom('all' as const, 1 as const, 0 as const),
  timeoutMs: fc.integer(),
  batches: fc.array(fc.tuple(places, bytes).map(([place, records]) => ({ ...named(place), bytes: records })))
})

describe('Produce', () => {
  const { flexibleFrom, request, response } = produceDescription

  it.each(eachVersion(produce.versions))('v%d is written by hand as Kafka describes it', (version) => {
    fc.assert(
      fc.property(produceRequests, (asked) => {
        const message: MessageOf<typeof request> = {
          transactionalId: asked.transaction?.transactionalId ?? null,
          acks: asked.acks === 'all' ? -1 : asked.acks,
          timeoutMs: asked.timeoutMs,
          topicData: [...groupedBy(asked.batches, ({ topic }) => topic)].map(([name, those]) => ({
            name,
            topicId: topics.get(name) ?? null,
            partitionData: those.map((one) => ({ index: one.partition, records: one.bytes }))
          }))
        }
        expect(written(produce, version, asked)).toEqual(described(request, version, version >= flexibleFrom, message))
      }),
      { numRuns: 50 }
    )
  })

  it.each(eachVersion(produce.versions))('v%d is read by hand as Kafka describes it', (version) => {
    const sample = fc.sample(produceRequests, { numRuns: 1, seed: 1 })[0] as ProduceRequest
    const batches = [...topics].map(([topic, topicId]) => ({ topic, topicId, partition: 0, bytes: new Uint8Array(0) }))
    const asked = { ...sample, batches }
    const answeredName = ({ name, topicId }: { readonly name: string; readonly topicId: string | null }): string =>
      version < 13 ? name : (batches.find((one) => one.topicId === topicId)?.topic ?? '')
    fc.assert(
      fc.property(anyMessage(response, version), (answer) => {
        const reader = new ResponseReader(described(response, version, version >= flexibleFrom, answer))
        expect(produce.read(reader, version, asked)).toMatchObject({
          throttleMs: answer.throttleTimeMs,
          value: {
            endpoints: answer.nodeEndpoints.map(endpointOf),
            batches: answer.responses.flatMap(({ partitionResponses, ...topic }) =>
              partitionResponses.map((one) => ({
                topic: answeredName(topic),
                partition: one.index,
                ...bareAnswer(one.errorCode, one.baseOffset),
                refused: one.recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => ({
                  index: batchIndex,
                  message: batchIndexErrorMessage
                })),
                message: one.errorMessage,
                ...leaderOf(one.currentLeader)
              }))
            )
          }
        })
      }),
      { numRuns: 50 }
    )
  })
})

const each = describedApis.flatMap((api) =>
  eachVersion(api.versions).map((version) => [api.name, version, api] as const)
)

describe('what is described', () => {
  it.each(each)('%s v%d is read as it was written, request and answer', (_name, version, api) => {
    for (const fields of [api.request, api.response])
      fc.assert(
        fc.property(anyMessage(fields, version), (message) => {
          const flexible = version >= api.flexibleFrom
          const reader = new ResponseReader(described(fields, version, flexible, message))
          expect(messageCodec(fields, version, flexible).read(reader)).toEqual(message)
        }),
        { numRuns: 30 }
      )
  })
})
