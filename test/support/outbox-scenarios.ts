import { afterEach, expect, it } from 'vitest'
import {
  commit,
  ConsumerError,
  consumer,
  type ConsumerRecord,
  eachPartition,
  handle,
  subscribe,
  transactionalProducer
} from '../../src/index.js'
import type { Outbox, OutboxEvent, OutboxOptions } from '../../src/postgres.js'
import { messageId } from '../../src/sqlite.js'
import { memoryCluster, type MemoryCluster } from '../../src/testing.js'
import { collect, type Collected, until } from './collect.js'

/** A row as an application inserts it. */
export interface NewRow {
  readonly topic?: string
  readonly key?: string | null
  readonly value?: string | Uint8Array | null
  readonly headers?: string
}

/** An outbox table with no rows, in a database whose statements can be made to fail. */
export interface OutboxUnderTest {
  readonly open: (cluster: MemoryCluster, options: OutboxOptions) => Outbox
  readonly insert: (...rows: readonly NewRow[]) => Promise<void>
  /** How many rows are neither published nor set aside, published, set aside. */
  readonly counts: () => Promise<{ readonly due: number; readonly published: number; readonly aside: number }>
  /** The lease of whoever has it is over. */
  readonly expireLease: () => Promise<void>
  /** Fails the next statements that begin so. */
  readonly failNext: (statement: string, times: number) => void
}

const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString())
const numbered = (from: number, to: number): NewRow[] =>
  Array.from({ length: to - from }, (_, at) => ({ key: `k${String((from + at) % 5)}`, value: String(from + at) }))

const open: { close: () => Promise<unknown> }[] = []

/** What every outbox reader does, whatever its database. */
export const outboxScenarios = (make: () => Promise<OutboxUnderTest> | OutboxUnderTest): void => {
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
  })

  const start = (
    under: OutboxUnderTest,
    cluster: MemoryCluster,
    options: OutboxOptions = {}
  ): { readonly outbox: Outbox; readonly events: OutboxEvent[] } & Collected<unknown> => {
    const outbox = under.open(cluster, { pollMs: 2, ...options })
    open.push(outbox)
    const events: OutboxEvent[] = []
    outbox.events.subscribe((event) => events.push(event))
    return { outbox, events, ...collect(outbox) }
  }
  const allDone = async (under: OutboxUnderTest): Promise<void> => {
    while ((await under.counts()).due > 0) await new Promise((go) => setImmediate(go))
  }
  const valuesIn = (cluster: MemoryCluster, partitions = 3): (string | null)[][] =>
    Array.from({ length: partitions }, (_, partition) =>
      cluster.records({ topic: 'out', partition }).map(({ value }) => textOf(value))
    )
  const committed = async (cluster: MemoryCluster, count: number): Promise<readonly ConsumerRecord[]> => {
    const reader = consumer(cluster, {
      'group.id': 'reader',
      'auto.offset.reset': 'earliest',
      'isolation.level': 'read_committed',
      subscription: subscribe('out')
    })
    const records: ConsumerRecord[] = []
    collect(
      reader.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle((record) => void records.push(record)),
            commit()
          )
        )
      )
    )
    await until(() => records.length >= count, 'they are committed')
    await reader.close()
    return records
  }

  it('publishes rows in the order of the table, with their headers and an id, and marks them', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 3 } })
    await under.insert(
      ...numbered(0, 40),
      { key: null, value: null },
      { key: 'k', value: 'v', headers: '{"a":"b","c":null}' }
    )
    const { outbox, values, ended } = start(under, cluster, { records: 7 })
    await allDone(under)
    await outbox.drain()
    expect(await ended).toBe('complete')
    const byKey = new Map<string, string[]>()
    const ids = new Set<string>()
    for (let partition = 0; partition < 3; partition++)
      for (const record of cluster.records({ topic: 'out', partition })) {
        const key = textOf(record.key) ?? ''
        byKey.set(key, [...(byKey.get(key) ?? []), textOf(record.value) ?? 'null'])
        ids.add(messageId(record as ConsumerRecord))
        if (key === 'k') expect(record.headers.slice(0, 2).map(({ name, value }) => [name, textOf(value)])).toEqual([['a', 'b'], ['c', null]]) // prettier-ignore
      }
    for (let key = 0; key < 5; key++)
      expect(byKey.get(`k${String(key)}`)).toEqual(Array.from({ length: 8 }, (_, at) => String(at * 5 + key)))
    expect(byKey.get('')).toEqual(['null'])
    expect(ids.size).toBe(42)
    expect(await under.counts()).toEqual({ due: 0, published: 42, aside: 0 })
    expect((values as (readonly unknown[])[]).map(({ length }) => length)).toEqual([7, 7, 7, 7, 7, 7])
  })

  it('publishes rows that come later, and again under another subscription', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 1 } })
    const first = start(under, cluster)
    for (let at = 0; at < 5; at++) {
      await under.insert({ value: String(at) })
      await allDone(under)
    }
    await first.outbox.close()
    expect(await first.ended).toBe('complete')
    await under.insert({ value: '5' })
    const again = collect(first.outbox)
    await allDone(under)
    await first.outbox.drain()
    expect(await again.ended).toBe('complete')
    expect(valuesIn(cluster, 1)).toEqual([['0', '1', '2', '3', '4', '5']])
  })

  it('publishes again, with the same id, what was not marked when the process died', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 1 } })
    await under.insert(...numbered(0, 10))
    under.failNext('mark', 1_000)
    const first = start(under, cluster, { records: 4 })
    await until(() => first.events.some(({ _tag }) => _tag === 'waiting'), 'it cannot mark')
    await first.outbox.close()
    under.failNext('mark', 0)
    await under.expireLease()
    const second = start(under, cluster)
    await allDone(under)
    await second.outbox.drain()
    const records = cluster.records({ topic: 'out', partition: 0 })
    expect(records.map(({ value }) => textOf(value))).toEqual(['0', '1', '2', '3', ...numbered(0, 10).map(({ value }) => value)]) // prettier-ignore
    const ids = records.map((record) => messageId(record as ConsumerRecord))
    expect(ids.slice(0, 4)).toEqual(ids.slice(4, 8))
    expect(new Set(ids).size).toBe(10)
  })

  it('waits while the database fails, says so, and publishes nothing twice for it', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 1 } })
    await under.insert(...numbered(0, 10))
    under.failNext('mark', 1)
    const { outbox, events } = start(under, cluster, { records: 3 })
    await allDone(under)
    under.failNext('read', 1)
    await under.insert(...numbered(10, 12))
    await allDone(under)
    await outbox.drain()
    expect(valuesIn(cluster, 1)).toEqual([numbered(0, 12).map(({ value }) => value)])
    expect(events.map(({ _tag }) => _tag)).toEqual(['publishing', 'waiting', 'recovered', 'waiting', 'recovered'])
    expect(events[1]).toMatchObject({
      fault: { _tag: 'SinkFault', sink: expect.stringContaining('the outbox ') as string }
    })
  })

  it('keeps the order while the cluster fails', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 1 } })
    await under.insert(...numbered(0, 20))
    cluster.failNext('Produce', 'disconnect', 2)
    cluster.failNext('Produce', 'answer lost', 2)
    const { outbox } = start(under, cluster, { records: 5 })
    await allDone(under)
    await outbox.drain()
    expect(valuesIn(cluster, 1)).toEqual([numbered(0, 20).map(({ value }) => value)])
  })

  it.each([{}, { 'transactional.id': 'outbox' }])(
    'errors at a row that Kafka refuses, or sets it aside and goes on (%j)',
    async (producer) => {
      const under = await make()
      const cluster = memoryCluster({ topics: { out: 1 } })
      await under.insert({ value: 'a' }, { value: 'x'.repeat(2_000_000) }, { value: 'b' }, { value: 'c', headers: '3' })
      const failing = start(under, cluster, { producer })
      const error = await failing.ended
      expect(error).toBeInstanceOf(ConsumerError)
      expect(failing.events.at(-1)?._tag).toBe('refused')
      const skipping = start(under, cluster, { producer, onFailure: 'skip' })
      await allDone(under)
      await skipping.outbox.drain()
      expect(skipping.events.filter(({ _tag }) => _tag === 'refused')).toHaveLength(2)
      expect(await under.counts()).toEqual({ due: 0, published: 2, aside: 2 })
      const last = (await committed(cluster, 2)).map(({ value }) => textOf(value))
      expect(last).toEqual(['a', 'b'])
    }
  )

  it.each([
    ['Produce', 31 /* CLUSTER_AUTHORIZATION_FAILED */, {}],
    ['Produce', 76 /* UNSUPPORTED_COMPRESSION_TYPE */, {}],
    ['Produce', 21 /* INVALID_REQUIRED_ACKS */, {}],
    ['Produce', 76, { 'transactional.id': 'outbox' }],
    ['InitProducerId', 53 /* TRANSACTIONAL_ID_AUTHORIZATION_FAILED */, { 'transactional.id': 'outbox' }]
  ] as const)(
    'errors at a refusal of the producer, and sets no row aside for it (%s, %i, %j)',
    async (api, code, producer) => {
      const under = await make()
      const cluster = memoryCluster({ topics: { out: 1 } })
      await under.insert({ value: '0' }, { value: '1' })
      cluster.failNext(api, code)
      const { ended, events } = start(under, cluster, { producer, onFailure: 'skip' })
      expect(await ended).toBeInstanceOf(ConsumerError)
      expect(events.map(({ _tag }) => _tag)).toEqual(['publishing'])
      expect((await under.counts()).aside).toBe(0)
    }
  )

  it('publishes the later rows of a key again behind one that was given up, and no row of another key', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 1 } })
    await under.insert(
      ...['0', '1', '2'].map((value) => ({ key: 'k', value })),
      { key: 'other', value: 'a' },
      { value: 'b' }
    )
    cluster.failNext('Produce', 120 /* TRANSACTION_ABORTABLE: no verdict about the record */)
    const { outbox, values } = start(under, cluster, { producer: { 'batch.size': 1, 'linger.ms': 0 } })
    await allDone(under)
    await outbox.drain()
    const ofKey = valuesIn(cluster, 1)[0]?.filter((value) => value !== 'a' && value !== 'b')
    expect(ofKey).toEqual(['1', '2', '0', '1', '2'])
    expect(valuesIn(cluster, 1)[0]).toHaveLength(7)
    expect((values as (readonly unknown[])[]).map(({ length }) => length)).toEqual([2, 3])
  })

  it('lets one of several readers publish; another takes over when it ends, or its lease does', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 1 } })
    const first = start(under, cluster)
    await until(() => first.events.length === 1, 'the first publishes')
    const second = start(under, cluster)
    await until(() => second.events.length === 1, 'the second stands by')
    expect([...first.events, ...second.events].map(({ _tag }) => _tag)).toEqual(['publishing', 'standing by'])
    await under.insert({ value: '0' })
    await allDone(under)
    await first.outbox.drain()
    await until(() => second.events.length === 2, 'the second publishes')
    const third = start(under, cluster)
    await until(() => third.events.length === 1, 'the third stands by')
    // As if the second did not renew it; whichever comes first has it then.
    await under.expireLease()
    await under.insert({ value: '1' })
    await allDone(under)
    await Promise.all([second.outbox.drain(), third.outbox.drain()])
    // What the second had read when its lease ended is written by both: without a transactional.id it is at least once.
    const [values = []] = valuesIn(cluster, 1)
    expect(values.filter((value, at) => value !== values[at - 1])).toEqual(['0', '1'])
  })

  it('publishes each batch in a transaction, if it has a transactional id', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 3 } })
    await under.insert(...numbered(0, 20))
    cluster.failNext('EndTxn', 'answer lost', 1)
    const { outbox } = start(under, cluster, { records: 5, producer: { 'transactional.id': 'outbox' } })
    await allDone(under)
    await outbox.drain()
    const values = (await committed(cluster, 20)).map(({ value }) => Number(textOf(value)))
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at))
  })

  it('goes on with a new producer when another reader had the lease for a while, and it is fenced', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 1 } })
    const producer = { 'transactional.id': 'outbox' }
    await under.insert({ value: '0' })
    const first = start(under, cluster, { producer })
    let hasEnded = false
    void first.ended.then(() => (hasEnded = true))
    await until(() => first.values.length === 1, 'it publishes')
    for (const value of ['1', '3']) {
      // As a reader that took the lease, published and died.
      const other = transactionalProducer(cluster, producer)
      await other.transaction((tx) => tx.send({ topic: 'out', value }))
      await other.close()
      await under.insert({ value: String(Number(value) + 1) })
      const seen = first.values.length
      await until(() => first.values.length > seen || hasEnded, 'it goes on')
    }
    await first.outbox.drain()
    expect(await first.ended).toBe('complete')
    expect((await committed(cluster, 5)).map(({ value }) => textOf(value))).toEqual(['0', '1', '2', '3', '4'])
    expect(first.events.map(({ _tag }) => _tag)).toEqual(['publishing'])
  })

  it('errors if a new producer is fenced before it has published anything', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 1 } })
    await under.insert({ value: '0' })
    cluster.failNext('InitProducerId', 90 /* PRODUCER_FENCED */, 2)
    const { ended } = start(under, cluster, { producer: { 'transactional.id': 'outbox' } })
    expect(await ended).toMatchObject({ fault: { _tag: 'FencedFault' } })
    expect(await under.counts()).toEqual({ due: 1, published: 0, aside: 0 })
  })

  it('deletes what it has published, if told so', async () => {
    const under = await make()
    const cluster = memoryCluster({ topics: { out: 1 } })
    await under.insert(...numbered(0, 10))
    const { outbox } = start(under, cluster, { published: 'delete', records: 4 })
    await allDone(under)
    await outbox.drain()
    expect(await under.counts()).toEqual({ due: 0, published: 0, aside: 0 })
    expect(valuesIn(cluster, 1)[0]).toHaveLength(10)
  })

  it('waits for a topic that comes later, and reports that', async () => {
    const under = await make()
    const cluster = memoryCluster()
    await under.insert({ value: '0' })
    const { outbox, events } = start(under, cluster)
    await until(() => events.some(({ _tag }) => _tag === 'producer'), 'it waits for the topic')
    cluster.createTopic('out', 1)
    await allDone(under)
    await outbox.drain()
    expect(valuesIn(cluster, 1)).toEqual([['0']])
  })

  it('has one subscription at a time', async () => {
    const under = await make()
    const { outbox } = start(under, memoryCluster({ topics: { out: 1 } }))
    expect(await collect(outbox).ended).toMatchObject({ fault: { _tag: 'UsageFault' } })
  })
}
