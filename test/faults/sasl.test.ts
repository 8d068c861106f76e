import { from, lastValueFrom, map, take, timer } from 'rxjs'
import { describe, expect, inject, it } from 'vitest'
import { type RunningKafka, startKafka } from '../../scripts/kafka-cluster.mjs'
import { ack, type Cluster, consumer, type Consumer, eachPartition, produceTo, subscribe } from '../../src/index.js'
import { kafka, type KafkaProperties } from '../../src/kafka.js'
import { type Collected, collect, until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'
import { credentials, password, unsecured, user } from '../support/sasl-credentials.js'
import { upTo } from '../support/witness.js'

const isLong = process.env['LONG'] !== undefined

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a broker that speaks SASL over TLS',
  () => {
    const clusterOf = (own: RunningKafka, more: Partial<KafkaProperties>): Cluster =>
      kafka({
        'bootstrap.servers': own.brokers,
        'ssl.ca.pem': own.certificate,
        'security.protocol': 'SASL_SSL',
        ...more
      })

    const createTopic = async (cluster: Cluster, name: string): Promise<string> => {
      const topic = uniqueName(name)
      await cluster.createTopics([{ topic, partitions: 1 }])
      return topic
    }

    interface Reading {
      readonly reader: Consumer
      readonly run: Collected<unknown>
    }
    const read = (cluster: Cluster, topic: string, group: string): Reading => {
      const reader = consumer(cluster, {
        'group.id': group,
        'auto.offset.reset': 'earliest',
        'retry.backoff.max.ms': 500,
        subscription: subscribe(topic)
      })
      return { reader, run: collect(reader.pipe(eachPartition((p) => p.pipe(ack())))) }
    }
    const send = (cluster: Cluster, topic: string, value: string): Promise<unknown> =>
      lastValueFrom(from([{ value }]).pipe(produceTo(cluster, { topic })))

    it('is read on from while it ends sessions every five seconds, by each mechanism', async () => {
      const own = await startKafka({ sasl: { user, password }, properties: { 'connections.max.reauth.ms': 5_000 } })
      try {
        // A token that ends before the session does is renewed with it.
        const oauth = { ...credentials.OAUTHBEARER, 'sasl.oauthbearer.token': () => Promise.resolve(unsecured(4_000)) }
        const [plain, ...others] = [credentials.PLAIN, credentials['SCRAM-SHA-512'], oauth].map((more) =>
          clusterOf(own, more)
        ) as [Cluster, ...Cluster[]]
        const topic = await createTopic(plain, 'renewed')
        const readings = [plain, ...others].map((cluster, index) => read(cluster, topic, `${topic}-${String(index)}`))
        const events = readings.map(({ reader }) => collect(reader.events))
        // Until the first record the coordinator of a new cluster may not be there yet.
        await send(plain, topic, 'first')
        await until(() => readings.every(({ run }) => run.values.length === 1), 'the first record')
        const before = events.map(({ values }) => values.length)
        // A record every half second: four sessions, or a minute of them.
        const count = isLong ? 120 : 40
        const records = timer(0, 500).pipe(
          take(count),
          map((number) => ({ value: String(number) }))
        )
        await lastValueFrom(records.pipe(produceTo(plain, { topic })))
        await until(() => readings.every(({ run }) => run.values.length === count + 1), 'all records')
        for (const { reader } of readings) expect((await reader.drain()).outcome).toBe('drained')
        const since = events.flatMap(({ values }, index) => values.slice(before[index]))
        expect(since.filter(({ _tag }) => _tag === 'reconnecting')).toEqual([])
      } finally {
        await own.stop()
      }
    })

    it('is read on from by twenty consumers when it has been started again, time after time', async () => {
      const own = await startKafka({ sasl: { user, password } })
      try {
        const byMechanism = [
          credentials.PLAIN,
          credentials['SCRAM-SHA-256'],
          credentials['SCRAM-SHA-512'],
          credentials.OAUTHBEARER
        ]
        const clusters = byMechanism.map((more) => clusterOf(own, more))
        const [plain] = clusters as [Cluster, ...Cluster[]]
        const topic = await createTopic(plain, 'restarted')
        const readings = upTo(20).map((n) => read(clusters[n % 4] ?? plain, topic, `${topic}-${String(n)}`))
        const hasAll = (count: number): boolean => readings.every(({ run }) => run.values.length >= count)
        await send(plain, topic, '0')
        await until(() => hasAll(1), 'the first record')
        const restarts = isLong ? 10 : 2
        for (const time of upTo(restarts)) {
          await own.kill(1)
          await own.restart(1)
          await send(plain, topic, String(time + 1))
          await until(() => hasAll(time + 2), `the record after restart ${String(time + 1)}`)
        }
        for (const { reader } of readings) expect((await reader.drain()).outcome).toBe('drained')
        for (const { run } of readings) expect(await run.ended).toBe('complete')
      } finally {
        await own.stop()
      }
    })
  }
)
