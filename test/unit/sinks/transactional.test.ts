import { filter, map, mergeMap, type Observable } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  ack,
  assign,
  batch,
  type Carried,
  consumer,
  type Consumer,
  ConsumerError,
  type ConsumerRecord,
  deserialize,
  eachPartition,
  filterRecords,
  handle,
  mapValue,
  retryLater,
  subscribe,
  transactional,
  type TransactionalOptions,
  type TransactionCommitted,
  type TransactionWriter,
  utf8,
  type WithValue
} from '../../../src/index.js'
import { memoryCluster, type MemoryCluster } from '../../../src/testing.js'
import { collect, type Collected, until } from '../../support/collect.js'

const open: { close: () => Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

type Text = WithValue<ConsumerRecord, string>
type Project = (records: Observable<Text>, tx: TransactionWriter) => Observable<Carried<unknown>>

interface Copy extends Collected<TransactionCommitted> {
  readonly source: Consumer
}

const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => String(from + at))

const clusterWith = (count: number, partitions = 1): MemoryCluster => {
  const cluster = memoryCluster({ topics: { in: partitions, out: partitions, other: 1, dlq: 1 } })
  cluster.produce('in', ...numbered(count).map((value, at) => ({ value, partition: at % partitions })))
  return cluster
}

const toOut = (tx: TransactionWriter) =>
  tx.produceTo<Text>({ topic: 'out', record: ({ value, partition }) => ({ value, partition }) })

const copy = (
  cluster: MemoryCluster,
  project: Project = (records, tx) => records.pipe(toOut(tx)),
  { id = 'copy', ...options }: TransactionalOptions & { readonly id?: string } = {}
): Copy => {
  const source = consumer(cluster, {
    'group.id': 'g',
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    'heartbeat.interval.ms': 20,
    subscription: subscribe('in')
  })
  open.push(source)
  const collected = collect(
    source.pipe(
      transactional(
        cluster,
        { 'transactional.id': id },
        (partition, tx) => project(partition.pipe(deserialize({ value: utf8 })), tx),
        options
      )
    )
  )
  return { source, ...collected }
}

/** What a reader of `read_committed` sees of a topic until its last stable offset, in order per partition. */
const visible = async (cluster: MemoryCluster, topic: string, partitions = 1): Promise<string[][]> => {
  const reader = consumer(cluster, {
    'isolation.level': 'read_committed',
    'enable.partition.eof': true,
    subscription: assign(numbered(partitions).map((at) => ({ topic, partition: Number(at), from: 'beginning' })))
  })
  const ends = new Set<number>()
  reader.events.subscribe((event) => {
    if (event._tag === 'end reached') ends.add(event.partition)
  })
  const values = numbered(partitions).map((): string[] => [])
  const reading = collect(
    reader.pipe(
      eachPartition((partition) => partition.pipe(deserialize({ value: utf8 }), ack())),
      map(({ partition, value }) => values[partition]?.push(value))
    )
  )
  await until(() => ends.size === partitions, 'the ends are reached')
  reading.subscription.unsubscribe()
  return values
}

const committedOf = (cluster: MemoryCluster, partition = 0): bigint | null =>
  cluster.committed('g', { topic: 'in', partition })

describe('transactional', () => {
  it('copies each record once, in order, with the offsets in the same transactions', async () => {
    const cluster = clusterWith(90, 2)
    const { values, source } = copy(cluster, undefined, { records: 20 })
    await until(() => committedOf(cluster, 0) === 45n && committedOf(cluster, 1) === 45n, 'everything is committed')
    await source.drain()
    expect(values.reduce((sum, { records }) => sum + records, 0)).toBe(90)
    expect(values.every(({ records }) => records <= 20)).toBe(true)
    expect(values.length).toBeLessThan(10)
    const all = numbered(90)
    expect(await visible(cluster, 'out', 2)).toEqual([0, 1].map((half) => all.filter((_, at) => at % 2 === half)))
  })

  it('writes to several topics, and takes what is filtered out or dead lettered for done', async () => {
    const cluster = clusterWith(10)
    const { source } = copy(cluster, (records, tx) =>
      records.pipe(
        filterRecords((value) => value !== '3'),
        handle(
          ({ value }) => {
            if (value === '7') throw new Error('bad')
            return `${value}!`
          },
          { onFailure: tx.deadLetter({ topic: 'dlq' }) }
        ),
        toOut(tx),
        tx.produceTo({ topic: 'other', record: ({ value }: Text) => [{ value: `${value}a` }, { value: `${value}b` }] })
      )
    )
    await until(() => committedOf(cluster) === 10n, 'everything is committed')
    await source.drain()
    const kept = numbered(10).filter((value) => value !== '3' && value !== '7')
    expect(await visible(cluster, 'out')).toEqual([kept.map((value) => `${value}!`)])
    expect(await visible(cluster, 'other')).toEqual([kept.flatMap((value) => [`${value}!a`, `${value}!b`])])
    expect(await visible(cluster, 'dlq')).toEqual([['7']])
  })

  it('has what collects records within a pipeline let go of them when the transaction is full', async () => {
    const cluster = clusterWith(25)
    const { source } = copy(
      cluster,
      (records, tx) =>
        records.pipe(
          batch({ records: 1_000 }),
          tx.produceTo({ topic: 'out', record: ({ value }) => value.map((one) => ({ value: one.value })) })
        ),
      { records: 10 }
    )
    await until(() => committedOf(cluster) === 25n, 'everything is committed')
    await source.drain()
    expect(await visible(cluster, 'out')).toEqual([numbered(25)])
  })

  it('aborts when a pipeline fails, errors with that, and the next goes on from the last commit', async () => {
    const cluster = clusterWith(30)
    const first = copy(
      cluster,
      (records, tx) =>
        records.pipe(
          toOut(tx),
          mapValue((value) => {
            if (value === '25') throw new Error('no')
            return value
          })
        ),
      { records: 10 }
    )
    expect(await first.ended).toBeInstanceOf(ConsumerError)
    expect(committedOf(cluster)).toBe(20n)
    expect(await visible(cluster, 'out')).toEqual([numbered(20)])
    const second = copy(cluster)
    await until(() => committedOf(cluster) === 30n, 'everything is committed')
    await second.source.drain()
    expect(await visible(cluster, 'out')).toEqual([numbered(30)])
  })

  it.each([
    ['a transaction that can only be aborted', 'Produce', 120],
    ['offsets that are refused for now', 'TxnOffsetCommit', 120],
    ['a commit that is refused', 'EndTxn', 120],
    ['a connection that breaks', 'TxnOffsetCommit', 'disconnect'],
    ['a commit whose answer is lost', 'EndTxn', 'answer lost'],
    ['records whose answer is lost', 'Produce', 'answer lost']
  ] as const)('goes on after %s, and nothing is there twice', async (_what, api, fault) => {
    const cluster = clusterWith(40)
    cluster.failNext(api, fault)
    const { source } = copy(cluster, undefined, { records: 15 })
    await until(() => committedOf(cluster) === 40n, 'everything is committed')
    await source.drain()
    expect(await visible(cluster, 'out')).toEqual([numbered(40)])
  })

  it('errors for a record that can never be written, and commits nothing of its transaction', async () => {
    const cluster = clusterWith(5)
    cluster.createTopic('small', 1, { 'max.message.bytes': '100' })
    const { ended } = copy(cluster, (records, tx) =>
      records.pipe(
        toOut(tx),
        filter(({ value }) => value === '4'),
        tx.produceTo({ topic: 'small', record: () => ({ value: 'x'.repeat(1_000) }) })
      )
    )
    const error = await ended
    expect(error).toBeInstanceOf(ConsumerError)
    expect((error as ConsumerError).fault).toMatchObject({ _tag: 'ProduceFault', trouble: 'record too large' })
    expect(await visible(cluster, 'out')).toEqual([[]])
    expect(committedOf(cluster)).toBeNull()
  })

  it('hands partitions over between members, and nothing is lost or there twice', async () => {
    const cluster = clusterWith(200, 4)
    const slow: Project = (records, tx) =>
      records.pipe(
        handle(async ({ value }) => {
          await new Promise((resolve) => setImmediate(resolve))
          return value
        }),
        toOut(tx)
      )
    const one = copy(cluster, slow, { id: 'one', records: 16 })
    await until(() => one.values.length > 2, 'the first is at work')
    const two = copy(cluster, slow, { id: 'two', records: 16 })
    await until(() => {
      const { members, state } = cluster.describeGroup('g')
      return state === 'Stable' && members.length === 2 && members.every(({ assignment }) => assignment?.length === 2)
    }, 'both have their partitions')
    cluster.produce('in', ...numbered(200, 200).map((value, at) => ({ value, partition: at % 4 })))
    await until(() => two.values.length > 1, 'the second is at work')
    await one.source.drain()
    await until(() => [0, 1, 2, 3].every((at) => committedOf(cluster, at) === 100n), 'everything is committed')
    await two.source.drain()
    const all = numbered(400)
    expect(await visible(cluster, 'out', 4)).toEqual([0, 1, 2, 3].map((part) => all.filter((_, at) => at % 4 === part)))
  })

  it('commits nothing as a member that the group has given up, though it does not know it', async () => {
    const cluster = clusterWith(10)
    let letGo: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let handled = 0
    const zombie = copy(cluster, (records, tx) =>
      records.pipe(
        toOut(tx),
        handle(
          () => {
            handled++
            return held
          },
          { concurrency: 100, order: 'none' }
        )
      )
    )
    await until(() => handled === 10, 'the zombie has written everything')
    const [member] = cluster.describeGroup('g').members
    cluster.expireSession('g', member?.memberId ?? '')
    // Its transaction is open, and only the group says that it may not commit.
    letGo()
    const heir = copy(cluster, undefined, { id: 'heir' })
    await until(() => committedOf(cluster) === 10n, 'everything is committed')
    await heir.source.drain()
    await zombie.source.drain()
    expect([...zombie.values, ...heir.values].reduce((sum, { records }) => sum + records, 0)).toBe(10)
    expect(await visible(cluster, 'out')).toEqual([numbered(10)])
  })

  it('errors with a FencedFault once a newer one has its transactional.id', async () => {
    const cluster = clusterWith(10)
    const older = copy(cluster)
    await until(() => committedOf(cluster) === 10n, 'everything is committed')
    const other = consumer(cluster, {
      'group.id': 'h',
      'enable.auto.commit': false,
      'auto.offset.reset': 'earliest',
      subscription: subscribe('in')
    })
    open.push(other)
    const newer = collect(
      other.pipe(
        transactional(cluster, { 'transactional.id': 'copy' }, (partition, tx) =>
          partition.pipe(tx.produceTo<ConsumerRecord>({ topic: 'other' }))
        )
      )
    )
    await until(() => newer.values.length === 1, 'the newer one has committed')
    cluster.produce('in', { value: '10' })
    const error = await older.ended
    expect((error as ConsumerError).fault).toMatchObject({ _tag: 'FencedFault', id: 'copy' })
  })

  it('aborts the open transaction when it is unsubscribed from: readers do not wait for its time to be over', async () => {
    const cluster = clusterWith(5)
    let handled = 0
    const { subscription } = copy(cluster, (records, tx) =>
      records.pipe(
        toOut(tx),
        mergeMap(async (record) => {
          handled++
          await new Promise(() => undefined)
          return record
        })
      )
    )
    await until(() => handled === 5, 'it has written')
    await until(() => cluster.records({ topic: 'out', partition: 0 }).length === 5, 'the log has it')
    subscription.unsubscribe()
    expect(await visible(cluster, 'out')).toEqual([[]])
    cluster.produce('out', { value: 'later' })
    expect(await visible(cluster, 'out')).toEqual([['later']])
  })

  it('refuses a consumer that commits by itself: of two offsets the later in the log wins, and that may be the older', async () => {
    const cluster = clusterWith(3)
    const source = consumer(cluster, { 'group.id': 'g', subscription: subscribe('in') })
    open.push(source)
    const { ended } = collect(
      source.pipe(
        transactional(cluster, { 'transactional.id': 'x' }, (partition, tx) =>
          partition.pipe(tx.produceTo<ConsumerRecord>({ topic: 'out' }))
        )
      )
    )
    expect(String(await ended)).toContain('enable.auto.commit has to be false')
  })

  it('needs a group', async () => {
    const cluster = clusterWith(3)
    const source = consumer(cluster, {
      'enable.auto.commit': false,
      subscription: assign([{ topic: 'in', partition: 0, from: 'beginning' }])
    })
    open.push(source)
    const { ended } = collect(
      source.pipe(
        transactional(cluster, { 'transactional.id': 'x' }, (partition, tx) =>
          partition.pipe(tx.produceTo<ConsumerRecord>({ topic: 'out' }))
        )
      )
    )
    expect(String(await ended)).toContain('the consumer has no group.id')
  })

  it('refuses retryLater before its handler runs: the copy would be outside of the transaction', async () => {
    const cluster = clusterWith(3)
    const retries = retryLater(cluster, { topic: 'retry', tiers: ['1s'], then: 'fail' })
    const handled: unknown[] = []
    const { ended } = copy(cluster, (records) =>
      records.pipe(handle(({ offset }) => void handled.push(offset), { onFailure: retries }))
    )
    expect(String(await ended)).toMatch(/cannot be used within transactional.*tx\.deadLetter/)
    expect([handled, await visible(cluster, 'out')]).toEqual([[], [[]]])
  })
})
