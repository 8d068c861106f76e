import { lastValueFrom, mergeAll, take, tap } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePort, startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import {
  type Cluster,
  commit,
  consumer,
  type ConsumerConfig,
  type ConsumerRecord,
  deserialize,
  producer,
  subscribe,
  transactional,
  utf8
} from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { fetch } from '../../src/sources/kafka/protocol/fetch.js'
import { produce } from '../../src/sources/kafka/protocol/produce.js'
import { collect, until } from '../support/collect.js'
import { describedApis } from '../support/described-apis.js'
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js'
import { uniqueName } from '../support/kafka.js'

interface ApiLimit {
  readonly key: number
  /** the newest version that the broker offers; null if it does not have the request */
  readonly newest: number | null
}

const apiVersionsKey = 18
const noSuchKey = 9_999

/** Where the array of an answer to ApiVersions v3 begins: behind its size, its correlation id and the error code. */
const arrayAt = 10

/** Changes the answer's compact array of (key, min, max, no tagged fields). */
const limitVersions = (answer: Buffer, { key, newest }: ApiLimit): void => {
  const count = answer.readUInt8(arrayAt) - 1
  for (let at = arrayAt + 1, left = count; left > 0; at += 7, left--) {
    if (answer.readInt16BE(at) !== key) continue
    if (newest === null) answer.writeInt16BE(noSuchKey, at)
    else answer.writeInt16BE(Math.min(newest, answer.readInt16BE(at + 4)), at + 4)
  }
}

/** The requests of this test, by name, with their versions here. */
const apis = [...describedApis, fetch(() => ''), produce].map(({ name, key, versions }) => ({ name, key, versions }))
const used = new Set([
  'Produce', 'Fetch', 'ListOffsets', 'Metadata', 'OffsetCommit', 'OffsetFetch', 'FindCoordinator', 'JoinGroup', 'Heartbeat',
  'LeaveGroup', 'SyncGroup', 'CreateTopics', 'InitProducerId', 'ConsumerGroupHeartbeat', 'GetTelemetrySubscriptions'
]) // prettier-ignore

/** Without them the work succeeds: it is over before the first heartbeat, and the other protocol is there without this one. */
const extras = new Set(['Heartbeat', 'LeaveGroup', 'ConsumerGroupHeartbeat', 'GetTelemetrySubscriptions'])

/** A broker without one of them ends the work. */
const needed = apis.filter(({ name }) => used.has(name) && !extras.has(name))

/** One older version after the other. The consumer protocol needs what it came with: topic ids and member epochs. */
const older = apis
  .filter(({ name }) => used.has(name))
  .flatMap(({ name, key, versions }) =>
    Array.from({ length: versions.to - versions.from }, (_, index) => ({ name, key, newest: versions.from + index }))
  )
const hasConsumerProtocol = (name: string, newest: number): boolean =>
  !(name === 'Metadata' && newest < 10) && !(name === 'OffsetCommit' && newest < 9)

/** A cluster with `transaction.version` 2, as this one, takes partitions into a transaction by Produce from version 12 on. */
const hasTransactions = (name: string, newest: number): boolean => !(name === 'Produce' && newest < 12)

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a broker that does not offer the newest version of one request',
  () => {
    const state: { limit: ApiLimit | null } = { limit: null }
    let broker: RunningKafka
    let proxy: FaultProxy
    beforeAll(async () => {
      let port = 0
      proxy = await faultProxy({
        target: () => port,
        lie: (key, answer) => {
          if (key === apiVersionsKey && state.limit !== null) limitVersions(answer, state.limit)
        }
      })
      const internal = await freePort()
      broker = await startKafka({
        properties: (_, listeners) => ({
          listeners: `${listeners},INTERNAL://127.0.0.1:${String(internal)}`,
          'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(proxy.port)},INTERNAL://127.0.0.1:${String(internal)}`,
          'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
          'inter.broker.listener.name': 'INTERNAL'
        })
      })
      port = Number(broker.brokers.split(':')[1])
    })
    afterAll(async () => {
      await proxy.stop()
      await broker.stop()
    })

    const limitedTo = (limit: ApiLimit): Cluster => {
      state.limit = limit
      return kafka({ 'bootstrap.servers': `127.0.0.1:${String(proxy.port)}`, 'request.timeout.ms': 5_000 })
    }

    const write = async (cluster: Cluster, topic: string): Promise<readonly string[]> => {
      const values = Array.from({ length: 20 }, (_, n) => `value ${String(n)}`)
      await cluster.createTopics([{ topic, partitions: 1 }])
      await using writer = producer(cluster, {})
      await writer.sendAll(values.map((value) => ({ topic, value })))
      return values
    }

    const member = (cluster: Cluster, topic: string, more: Partial<ConsumerConfig>) =>
      consumer(cluster, {
        'group.id': uniqueName('limited'),
        'auto.offset.reset': 'earliest',
        'enable.auto.commit': false,
        subscription: subscribe(topic),
        ...more
      })

    const readBy = async (cluster: Cluster, topic: string, more: Partial<ConsumerConfig>) => {
      const reader = member(cluster, topic, more)
      const seen: string[] = []
      const run = collect(
        reader.pipe(
          mergeAll(),
          deserialize({ value: utf8 }),
          tap(({ value }) => seen.push(value)),
          commit({ every: 20 })
        )
      )
      const failed = run.ended.then((how) => {
        if (how !== 'complete') throw how
      })
      const committed = until(() => reader.positions()[0]?.committed === 20n, 'what is read is committed')
      await Promise.race([committed, failed])
      await reader.drain()
      await failed
      return seen
    }

    it.each(older)('is used as it is: $name $newest', async ({ name, key, newest }) => {
      const cluster = limitedTo({ key, newest })
      const topic = uniqueName('limited')
      const values = await write(cluster, topic)
      expect(await readBy(cluster, topic, {})).toEqual(values)
      if (hasConsumerProtocol(name, newest))
        expect(await readBy(cluster, topic, { 'group.protocol': 'consumer' })).toEqual(values)
      if (!hasTransactions(name, newest)) return
      const copies = uniqueName('limited-copies')
      await cluster.createTopics([{ topic: copies, partitions: 1 }])
      await lastValueFrom(
        transactional(cluster, { 'transactional.id': topic }, (partition, tx) =>
          partition.pipe(tx.produceTo<ConsumerRecord>({ topic: copies, record: ({ value }) => ({ value }) }))
        )(member(cluster, topic, {})).pipe(take(1))
      )
      expect(await readBy(cluster, copies, { 'isolation.level': 'read_committed' })).toEqual(values)
    })

    it.each(needed)('ends what needs a request that it does not have, and names it: $name', async ({ name, key }) => {
      const cluster = limitedTo({ key, newest: null })
      const topic = uniqueName('limited')
      const work = async (): Promise<void> => {
        const values = await write(cluster, topic)
        expect(await readBy(cluster, topic, { 'commit.timeout.ms': 1_000 })).toEqual(values)
      }
      await expect(work()).rejects.toThrow(new RegExp(`does not support ${name} .*it offers nothing`))
    })
  }
)
