import { createServer } from 'node:net'
import { once } from 'node:events'
import { firstValueFrom, from, lastValueFrom, mergeAll } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import { ack, consumer, type ConsumerRecord, produceTo, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { collect, until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'

const quick = { 'heartbeat.interval.ms': 200, 'session.timeout.ms': 6_000, 'retry.backoff.max.ms': 500 } as const

describe('a consumer of a cluster that is down', () => {
  it('says so, goes on trying, and ends at once when it is closed', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const address = closed.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    closed.close()
    const hour = { 'request.timeout.ms': 3_600_000, 'socket.connection.setup.timeout.ms': 3_600_000 }
    const reader = consumer(kafka({ 'bootstrap.servers': `127.0.0.1:${String(port)}`, ...hour }), {
      'group.id': 'g',
      subscription: subscribe('orders'),
      ...quick,
      'request.timeout.ms': 3_600_000
    })
    const events = collect(reader.events)
    const run = collect(reader)
    await until(() => events.values.length >= 3, 'three attempts')
    expect(events.values.every(({ _tag }) => _tag === 'reconnecting')).toBe(true)
    // Were anything waited for, it would be for an hour.
    await reader.close()
    expect(await run.ended).toBe('complete')
  })
})

// A cluster of its own, to be killed; where only KAFKA_BROKERS is given there is nothing that may be killed.
describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a broker that is killed and comes back',
  () => {
    let own: RunningKafka
    beforeAll(async () => {
      own = await startKafka()
    })
    afterAll(() => own.stop())

    it('is waited for by its consumers and producers; within the session nothing is lost or read twice', async () => {
      const cluster = kafka({ 'bootstrap.servers': own.brokers })
      const topic = uniqueName('restart')
      await firstValueFrom(cluster.createTopics([{ topic, partitions: 3 }]))
      const reader = consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': 'earliest',
        subscription: subscribe(topic),
        ...quick,
        'session.timeout.ms': 60_000
      })
      const events = collect(reader.events)
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      const send = (first: number): Promise<unknown> =>
        lastValueFrom(
          from(Array.from({ length: 50 }, (_, n) => ({ key: String(n), value: String(first + n) }))).pipe(
            produceTo(cluster, { topic })
          )
        )
      await send(0)
      await until(() => run.values.length === 50, 'the first fifty')
      await own.kill(1)
      await until(() => events.values.some(({ _tag }) => _tag === 'reconnecting'), 'that it noticed')
      const sending = send(50)
      await own.restart(1)
      await sending
      await until(() => run.values.length >= 100, 'the other fifty')
      await reader.drain()
      expect(await run.ended).toBe('complete')
      const places = new Set(run.values.map(({ partition, offset }) => `${String(partition)}/${String(offset)}`))
      expect(places.size).toBe(run.values.length)
    })
  }
)
