import { isRight } from 'fp-ts/lib/Either.js'
import * as zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import { firstValueFrom, from, lastValueFrom, map, mergeAll, take, toArray } from 'rxjs'
import { expect, it } from 'vitest'
import { assign, type CompressionType, consumer, ConsumerError, producer, produceTo } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { javaReads, javaWrites } from '../support/java-records.js'
import { describeKafka, uniqueName } from '../support/kafka.js'

const zstdHere = 'zstdCompressSync' in zlib
const writable: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', ...(zstdHere ? (['zstd'] as const) : [])]

describeKafka('a producer on Kafka', (brokers) => {
  const cluster = kafka({ 'bootstrap.servers': brokers })
  const newTopic = async (partitions = 1): Promise<string> => {
    const topic = uniqueName('producer')
    await firstValueFrom(cluster.createTopics([{ topic, partitions }]))
    return topic
  }

  const readAll = (topic: string, count: number): Promise<readonly (string | null)[]> => {
    const text = new TextDecoder()
    const records = consumer(cluster, { 'enable.auto.commit': false, subscription: assign([{ topic, partition: 0, from: 'beginning' }]) }) // prettier-ignore
    return lastValueFrom(
      records.pipe(
        mergeAll(),
        take(count),
        map(({ value }) => (value === null ? null : text.decode(value))),
        toArray()
      )
    )
  }

  it.each(writable)(
    "Java's consumer reads what was written with %s: keys, headers, times, tombstones",
    async (codec) => {
      const topic = await newTopic()
      const writer = producer(cluster, { 'compression.type': codec })
      const records = Array.from({ length: 500 }, (_, number) => ({
        topic,
        partition: 0,
        key: `key-${String(number)}`,
        value: number % 100 === 99 ? null : `${codec} ${String(number)} ${'äbc'.repeat(number % 50)}`,
        headers: number % 3 === 0 ? [{ name: 'h', value: String(number) }, { name: 'h', value: null }] : [], // prettier-ignore
        timestamp: 1_000 + number
      }))
      const results = await lastValueFrom(writer.sendAll(records).pipe(toArray()))
      await writer.close()
      expect(results.filter(({ outcome }) => !isRight(outcome))).toEqual([])
      expect(await javaReads(brokers, topic)).toEqual(
        records.map(({ key, value, headers, timestamp }, offset) => ({
          partition: 0,
          offset,
          timestamp,
          key,
          value,
          headers: headers.map(({ name, value: of }) => [name, of])
        }))
      )
    }
  )

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])("reads what Java's producer wrote with %s", async (codec) => {
    const topic = await newTopic()
    await javaWrites(brokers, topic, codec, 300)
    const expected = Array.from({ length: 300 }, (_, n) => `${codec} ${String(n)} ${'abc'.repeat(n % 50)}`)
    expect(await readAll(topic, 300)).toEqual(expected)
  })

  it('reads what kafkajs wrote with gzip', async () => {
    const topic = await newTopic()
    const other = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).producer()
    await other.connect()
    const messages = Array.from({ length: 50 }, (_, number) => ({ value: String(number), partition: 0 }))
    await other.send({ topic, messages, compression: kafkajs.CompressionTypes.GZIP })
    await other.disconnect()
    expect(await readAll(topic, 50)).toEqual(messages.map(({ value }) => value))
  })

  it.skipIf(zstdHere)('says what zstd needs before it connects', () => {
    expect(() => producer(cluster, { 'compression.type': 'zstd' })).toThrow(ConsumerError)
    expect(() => producer(cluster, { 'compression.type': 'zstd' })).toThrow(/Node 22\.15/)
  })

  it('takes a batch apart that is larger than the topic allows; what is too large by itself fails alone', async () => {
    const topic = uniqueName('producer')
    await firstValueFrom(cluster.createTopics([{ topic, partitions: 1, config: { 'max.message.bytes': '2000' } }]))
    const writer = producer(cluster)
    const values = ['a'.repeat(900), 'b'.repeat(900), 'c'.repeat(3_000), 'd'.repeat(900)]
    const results = await lastValueFrom(writer.sendAll(values.map((value) => ({ topic, value }))).pipe(toArray()))
    await writer.close()
    const failed = results.flatMap(({ index, outcome }) => (isRight(outcome) ? [] : [{ index, fault: outcome.left }]))
    expect(failed).toMatchObject([{ index: 2, fault: { _tag: 'ProduceFault', trouble: 'record too large', permanent: true, topic, partition: 0 } }]) // prettier-ignore
    expect(await readAll(topic, 3)).toEqual([values[0], values[1], values[3]])
  })

  it('writes a million records given at once, in order, none twice', async () => {
    const topic = await newTopic()
    const count = 1_000_000
    const values = Array.from({ length: count }, (_, number) => ({ partition: 0, value: String(number) }))
    const last = await lastValueFrom(from(values).pipe(produceTo(cluster, { topic })))
    expect(last.offset).toBe(BigInt(count - 1))
  })

  it('keeps no socket once it is closed', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
    const topic = await newTopic()
    const before = sockets()
    for (let round = 0; round < 5; round++) {
      const writer = producer(cluster)
      await firstValueFrom(writer.send({ topic, value: 'a' }))
      await writer.close()
    }
    await expect.poll(sockets).toBeLessThanOrEqual(before)
  })
})
