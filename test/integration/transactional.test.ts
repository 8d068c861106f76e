import { firstValueFrom } from 'rxjs'
import { afterEach, expect, it } from 'vitest'
import {
  ack,
  assign,
  type Cluster,
  consumer,
  type Consumer,
  type ConsumerRecord,
  eachPartition,
  producer,
  subscribe,
  transactional,
  type TransactionCommitted,
  transactionalProducer
} from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { collect, type Collected, until } from '../support/collect.js'
import { describeKafka, uniqueName } from '../support/kafka.js'

const open: { close: () => Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at))

interface Topics {
  readonly cluster: Cluster
  readonly from: string
  readonly to: string
}

const topicsOf = async (brokers: string, partitions: number): Promise<Topics> => {
  const cluster = kafka({ 'bootstrap.servers': brokers })
  const from = uniqueName('from')
  const to = uniqueName('to')
  await firstValueFrom(cluster.createTopics([from, to].map((topic) => ({ topic, partitions }))))
  return { cluster, from, to }
}

const fill = async ({ cluster, from }: Topics, count: number, partitions: number): Promise<void> => {
  const writer = producer(cluster)
  writer.sendAll(numbered(count).map((value, at) => ({ topic: from, partition: at % partitions, value }))).subscribe()
  await writer.close()
}

/** What a reader of `read_committed` sees, up to a last record: it is seen only when all transactions before it are over. */
const visible = async (cluster: Cluster, topic: string, partitions: number): Promise<readonly string[][]> => {
  const writer = producer(cluster)
  writer.sendAll(numbered(partitions).map((at) => ({ topic, partition: Number(at), value: 'end' }))).subscribe()
  await writer.close()
  const reader = consumer(cluster, {
    'isolation.level': 'read_committed',
    subscription: assign(numbered(partitions).map((at) => ({ topic, partition: Number(at), from: 'beginning' })))
  })
  const values = numbered(partitions).map((): string[] => [])
  const reading = reader.pipe(eachPartition((one) => one.pipe(ack()))).subscribe(({ partition, value }) => {
    values[partition]?.push(Buffer.from(value ?? []).toString())
  })
  await until(() => values.every((part) => part.at(-1) === 'end'), 'the ends are reached')
  reading.unsubscribe()
  return values.map((part) => part.slice(0, -1))
}

const copy = (
  { cluster, from, to }: Topics,
  id: string,
  records = 500
): Collected<TransactionCommitted> & { readonly source: Consumer } => {
  const source = consumer(cluster, {
    'group.id': `copy-${from}`,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    'heartbeat.interval.ms': 300,
    'session.timeout.ms': 6_000,
    subscription: subscribe(from)
  })
  open.push(source)
  const collected = collect(
    source.pipe(
      transactional(
        cluster,
        { 'transactional.id': `${from}-${id}` },
        (partition, tx) =>
          partition.pipe(
            tx.produceTo<ConsumerRecord>({
              topic: to,
              record: ({ value, partition: number }) => ({ value, partition: number })
            })
          ),
        { records }
      )
    )
  )
  return { source, ...collected }
}

const sumOf = ({ values }: Collected<TransactionCommitted>): number =>
  values.reduce((sum, { records }) => sum + records, 0)

/** Asks the group until it has this offset of all four partitions. */
const allCommitted = async ({ cluster, from }: Topics, end: bigint): Promise<void> => {
  const admin = cluster.admin()
  for (let stored = 0; stored < 4;) {
    const offsets = await firstValueFrom(admin.fetchOffsets(`copy-${from}`))
    stored = offsets.filter(({ offset }) => offset === end).length
  }
  admin.close()
}

describeKafka('transactional copies on Kafka', (brokers) => {
  it('write each record once, in order, though a member is cut off in mid-transaction and another takes over', async () => {
    const topics = await topicsOf(brokers, 4)
    await fill(topics, 4_000, 4)
    const one = copy(topics, 'one', 100)
    await until(() => sumOf(one) >= 500, 'the first is at work')
    const two = copy(topics, 'two', 100)
    await until(() => sumOf(one) >= 1_000, 'the first goes on')
    one.subscription.unsubscribe()
    await until(() => two.values.length > 3, 'the second has taken over')
    const three = copy(topics, 'one', 100)
    await allCommitted(topics, 1_000n)
    await two.source.drain()
    await three.source.drain()
    const all = numbered(4_000)
    expect(await visible(topics.cluster, topics.to, 4)).toEqual(
      [0, 1, 2, 3].map((part) => all.filter((_, at) => at % 4 === part))
    )
  })

  it('show all of a transaction of its own, or nothing', async () => {
    const topics = await topicsOf(brokers, 1)
    const writer = transactionalProducer(topics.cluster, { 'transactional.id': topics.to })
    open.push(writer)
    await writer.transaction((tx) => {
      for (const value of numbered(50)) void tx.send({ topic: topics.to, value })
    })
    const failed = writer.transaction(async (tx) => {
      await tx.send({ topic: topics.to, value: 'hidden' })
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await writer.transaction((tx) => tx.send({ topic: topics.to, value: 'last' }))
    expect(await visible(topics.cluster, topics.to, 1)).toEqual([[...numbered(50), 'last']])
  })

  it('hold up no reader when their producer is closed by a deadline in the middle of one', async () => {
    const topics = await topicsOf(brokers, 1)
    // Left open, it would hold up readers for a quarter of an hour.
    const writer = transactionalProducer(topics.cluster, {
      'transactional.id': topics.to,
      'transaction.timeout.ms': 900_000
    })
    let isWritten: () => void = () => undefined
    const written = new Promise<void>((resolve) => (isWritten = resolve))
    const hung = writer.transaction(async (tx) => {
      await tx.send({ topic: topics.to, value: 'hidden' })
      isWritten()
      await new Promise(() => undefined)
    })
    const failed = expect(hung).rejects.toMatchObject({ fault: { _tag: 'ClosedFault' } })
    await written
    await writer.close({ timeoutMs: 0 })
    await failed
    expect(await visible(topics.cluster, topics.to, 1)).toEqual([[]])
  })
})
