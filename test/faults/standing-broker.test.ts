import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { firstValueFrom, from, interval, lastValueFrom, map, reduce, take } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type RunningKafka, startKafka } from '../../scripts/kafka-cluster.mjs'
import {
  commit,
  consumer,
  eachPartition,
  producer,
  produceTo,
  subscribe,
  transactionalProducer
} from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { collect, until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'

const mebibyte = 2 ** 20
const bufferMemory = 4 * mebibyte
const partitions = 4

// What is merely not collected yet says nothing about what the pipeline holds.
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const heldBytes = (): number => {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

const brokers = inject('kafkaBrokers') ?? ''

// A node of its own, to be stopped; where only KAFKA_BROKERS is given there may be no Java to run one.
describe.skipIf(brokers === '' || process.env['KAFKA_BROKERS'] !== undefined)('a broker that stands still', () => {
  let other: RunningKafka
  beforeAll(async () => {
    other = await startKafka({ nodes: 1 })
  })
  afterAll(() => other.stop())

  it('has a pipeline that writes to it take buffer.memory and little more, read no further, and go on with everything once it moves', async () => {
    const source = kafka({ 'bootstrap.servers': brokers })
    const target = kafka({ 'bootstrap.servers': other.brokers })
    const topic = uniqueName('standing')
    await firstValueFrom(source.createTopics([{ topic, partitions }]))
    await firstValueFrom(target.createTopics([{ topic, partitions }]))
    const count = 60_000
    const value = 'x'.repeat(1_000)
    await lastValueFrom(
      from(Array.from({ length: count }, (_, n) => ({ partition: n % partitions, value }))).pipe(
        produceTo(source, { topic })
      )
    )
    // Its connection is there before the broker stands still.
    const writer = producer(target, { 'buffer.memory': bufferMemory })
    await firstValueFrom(writer.send({ topic, value: 'first' }))
    other.signal(1, 'SIGSTOP')
    const input = consumer(source, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      maxInFlight: 5_000,
      'fetch.max.bytes': 4 * mebibyte,
      subscription: subscribe(topic)
    })
    const before = heldBytes()
    const run = collect(
      input.pipe(
        eachPartition((partition) =>
          partition.pipe(produceTo(target, { topic, properties: { 'buffer.memory': bufferMemory } }), commit())
        )
      )
    )
    const standing = (): boolean =>
      input.positions().length === partitions && input.positions().every((one) => one.standing === 'no credit')
    await until(standing, 'every partition to have used up its credit')
    const taken = await lastValueFrom(
      interval(100).pipe(
        take(30),
        map(() => heldBytes() - before),
        reduce((most, now) => Math.max(most, now))
      )
    )
    expect(taken / mebibyte).toBeLessThan(bufferMemory / mebibyte + 32)
    expect(input.positions().map(({ inFlight }) => inFlight)).toEqual(Array.from({ length: partitions }, () => 5_000))
    other.signal(1, 'SIGCONT')
    const stored = (): number => input.positions().reduce((sum, { committed }) => sum + Number(committed ?? 0n), 0)
    await until(() => stored() === count, 'everything to be written and committed')
    await input.drain()
    expect(await run.ended).toBe('complete')
    await writer.close()
  })

  it('is not waited for by producers that close by a deadline', async () => {
    const target = kafka({ 'bootstrap.servers': other.brokers })
    const topic = uniqueName('frozen')
    await target.createTopics([{ topic, partitions: 1 }])
    const plain = producer(target)
    const writer = transactionalProducer(target, { 'transactional.id': topic })
    await plain.send({ topic, value: 'first' })
    await writer.transaction((tx) => tx.send({ topic, value: 'second' }))
    other.signal(1, 'SIGSTOP')
    try {
      const waiting = [
        plain.send({ topic, value: 'third' }).pipe(),
        from(writer.transaction((tx) => tx.send({ topic, value: 'fourth' })))
      ].map((one) => collect(one))
      await Promise.all([plain.close({ timeoutMs: 500 }), writer.close({ timeoutMs: 500 })])
      for (const { ended } of waiting) expect(await ended).toMatchObject({ fault: { _tag: 'ClosedFault' } })
    } finally {
      other.signal(1, 'SIGCONT')
    }
  })
})
