import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type RunningKafka, startKafka } from '../../scripts/kafka-cluster.mjs'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import {
  ack,
  type Cluster,
  consumer,
  type Consumer,
  type ConsumerRecord,
  eachPartition,
  producer,
  subscribe
} from '../../src/index.js'
import { kafka, type KafkaProperties } from '../../src/kafka.js'
import { kafkaCalls } from '../../src/sources/kafka/kafka-calls.js'
import { type Collected, collect, until } from '../support/collect.js'
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js'
import { uniqueName } from '../support/kafka.js'

const joinGroup = 11

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a broker that closes connections which are idle for three seconds',
  () => {
    let own: RunningKafka
    let proxy: FaultProxy
    beforeAll(async () => {
      proxy = await faultProxy({ target: () => Number(own.brokers.split(':')[1]) })
      const advertised = `PLAINTEXT://127.0.0.1:${String(proxy.port)}`
      own = await startKafka({ properties: { 'advertised.listeners': advertised, 'connections.max.idle.ms': 3_000 } })
    })
    afterAll(async () => {
      await proxy.stop()
      await own.stop()
    })

    const clusterOf = (more: Partial<KafkaProperties> = {}): Cluster =>
      kafka({ 'bootstrap.servers': `127.0.0.1:${String(proxy.port)}`, ...more })
    const member = (
      cluster: Cluster,
      topic: string
    ): { reader: Consumer; run: Collected<unknown>; events: unknown[] } => {
      const reader = consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': 'earliest',
        'heartbeat.interval.ms': 300,
        'partition.assignment.strategy': ['range'],
        subscription: subscribe(topic)
      })
      const events: unknown[] = []
      reader.events.subscribe((event) => {
        if (event._tag === 'reconnecting') events.push(event)
      })
      const run = collect<ConsumerRecord>(reader.pipe(eachPartition((partition) => partition.pipe(ack()))))
      return { reader, run, events }
    }

    it.each([
      ['it closes them first', {}],
      ['the client closes them first', { 'connections.max.idle.ms': 1_000 }]
    ] as const)('is written to, read from and joined again over new ones: %s', async (_who, more) => {
      const cluster = clusterOf(more)
      const topic = uniqueName('idle')
      await cluster.createTopics([{ topic, partitions: 2 }])
      const first = member(cluster, topic)
      const writer = producer(cluster)
      const troubles: unknown[] = []
      writer.events.subscribe((event) => troubles.push(event))
      const send = (partition: number): Promise<unknown> =>
        firstValueFrom(writer.send({ topic, partition, value: 'v' }))
      await send(0)
      await until(() => first.run.values.length === 1, 'the first record')
      // Fetches and heartbeats go on; metadata, joins and produce requests have nothing to do.
      await until(() => proxy.open() <= 2, 'that idle connections are closed')
      const before = proxy.connections()
      first.events.length = 0
      await send(1)
      const second = member(cluster, topic)
      await until(() => second.reader.positions().length === 1, 'the second member')
      await send(0)
      await send(1)
      await until(() => first.run.values.length + second.run.values.length === 4, 'all records')
      expect(proxy.connections()).toBeGreaterThan(before)
      for (const { reader } of [first, second]) expect((await reader.drain()).outcome).toBe('drained')
      await writer.close()
      expect([first.run.values.length + second.run.values.length, first.events, second.events, troubles]).toEqual([
        4,
        [],
        [],
        []
      ])
    })

    it('closes the connection of a JoinGroup that it holds, and the member joins nevertheless', async () => {
      const settings = decodeClusterConfig({ 'bootstrap.servers': own.brokers })
      if (isLeft(settings)) throw new Error('these properties are wrong')
      const timeouts = { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 300_000 }
      const calls = kafkaCalls(settings.right, timeouts)
      const topic = uniqueName('held')
      const cluster = clusterOf()
      await cluster.createTopics([{ topic, partitions: 1 }])
      const protocols = [{ name: 'range', metadata: new Uint8Array(0) }]
      const join = async (memberId: string): Promise<string> => {
        for (;;) {
          const asked = { groupId: topic, memberId, groupInstanceId: null, ...timeouts, protocols }
          const answer = await firstValueFrom(calls.joinGroup(asked))
          if (isLeft(answer)) continue
          // 79: here is an id, come again with it.
          if (answer.right.code === 0) return answer.right.memberId
          if (answer.right.code === 79) memberId = answer.right.memberId
        }
      }
      // A member that says nothing holds up all others.
      const silent = await join('')
      const before = proxy.requests(joinGroup)
      const { reader, run } = member(cluster, topic)
      await until(() => proxy.requests(joinGroup) >= before + 4, 'that it joins again and again')
      await firstValueFrom(calls.leaveGroup({ groupId: topic, memberId: silent, groupInstanceId: null }))
      const writer = producer(cluster)
      await firstValueFrom(writer.send({ topic, value: 'v' }))
      await until(() => run.values.length === 1, 'the record')
      expect((await reader.drain()).outcome).toBe('drained')
      await writer.close()
      calls.close()
    })
  }
)
