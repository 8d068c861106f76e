import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom, from, lastValueFrom, map, mergeAll, take, toArray } from 'rxjs'
import { expect, it } from 'vitest'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { assign, consumer, ConsumerError, producer, produceTo } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { kafkaCalls } from '../../src/sources/kafka/kafka-calls.js'
import { describeKafka, uniqueName } from '../support/kafka.js'

describeKafka('a producer on Kafka', (brokers) => {
  const cluster = kafka({ 'bootstrap.servers': brokers })
  const newTopic = async (partitions = 1): Promise<string> => {
    const topic = uniqueName('producer')
    await firstValueFrom(cluster.createTopics([{ topic, partitions }]))
    return topic
  }

  const endOf = async (topic: string): Promise<bigint> => {
    const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
    if (isLeft(settings)) throw new ConsumerError(settings.left)
    const calls = kafkaCalls(settings.right, { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000 })
    try {
      const metadata = await firstValueFrom(calls.metadata([topic]))
      const leader = isRight(metadata) ? (metadata.right.topics[0]?.partitions[0]?.leader ?? -1) : -1
      const partitions = [{ topic, partition: 0, timestamp: -1, leaderEpoch: -1 }]
      const listed = await firstValueFrom(calls.listOffsets(leader, { isolation: 'read_uncommitted', partitions }))
      return isRight(listed) ? (listed.right[0]?.offset ?? -1n) : -1n
    } finally {
      calls.close()
    }
  }

  const readAll = (topic: string, count: number): Promise<readonly (string | null)[]> => {
    const text = new TextDecoder()
    const records = consumer(cluster, {
      'enable.auto.commit': false,
      subscription: assign([{ topic, partition: 0, from: 'beginning' }])
    })
    return lastValueFrom(
      records.pipe(
        mergeAll(),
        take(count),
        map(({ value }) => (value === null ? null : text.decode(value))),
        toArray()
      )
    )
  }

  it('takes a batch apart that is larger than the topic allows; what is too large by itself fails alone', async () => {
    const topic = uniqueName('producer')
    await firstValueFrom(cluster.createTopics([{ topic, partitions: 1, config: { 'max.message.bytes': '2000' } }]))
    const writer = producer(cluster)
    const values = ['a'.repeat(900), 'b'.repeat(900), 'c'.repeat(3_000), 'd'.repeat(900)]
    const results = await lastValueFrom(writer.sendAll(values.map((value) => ({ topic, value }))).pipe(toArray()))
    await writer.close()
    const failed = results.flatMap(({ index, outcome }) => (isRight(outcome) ? [] : [{ index, fault: outcome.left }]))
    expect(failed).toMatchObject([
      { index: 2, fault: { _tag: 'ProduceFault', trouble: 'record too large', permanent: true, topic, partition: 0 } }
    ])
    expect(await readAll(topic, 3)).toEqual([values[0], values[1], values[3]])
  })

  it('writes a million records given at once, in order, none twice', async () => {
    const topic = await newTopic()
    const count = 1_000_000
    const values = Array.from({ length: count }, (_, number) => ({ partition: 0, value: String(number) }))
    const last = await lastValueFrom(from(values).pipe(produceTo(cluster, { topic })))
    expect(last.offset).toBe(BigInt(count - 1))
  })

  it('has written under acks 0 what it says is written, also when it closes at once', async () => {
    const topic = await newTopic()
    const count = 200
    const value = 'x'.repeat(100_000)
    const writer = producer(cluster, { acks: 0 })
    const records = Array.from({ length: count }, () => ({ topic, partition: 0, value }))
    const results = await lastValueFrom(writer.sendAll(records).pipe(toArray()))
    await writer.close()
    expect(results.every(({ outcome }) => isRight(outcome))).toBe(true)
    await expect.poll(() => endOf(topic), { timeout: 60_000, interval: 100 }).toBe(BigInt(count))
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
    await expect.poll(sockets, { timeout: 60_000 }).toBeLessThanOrEqual(before)
  })
})
