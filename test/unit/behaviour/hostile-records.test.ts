import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { batchLayout as at } from '../../../src/core/records/batch-header.js'
import { crc32c } from '../../../src/core/records/crc32c.js'
import {
  type Codec,
  commit,
  consumer,
  type ConsumerConfig,
  type ConsumerEvent,
  type ConsumerRecord,
  deserialize,
  eachPartition,
  handle,
  json,
  subscribe,
  utf8
} from '../../../src/index.js'
import { type Batch, compressedCluster, type CompressedCluster } from '../../support/compressed-cluster.js'
import { plainRecord } from '../../support/record-runs.js'

const mebibyte = 2 ** 20
const quick = {
  'fetch.max.wait.ms': 10,
  'retry.backoff.ms': 10,
  'session.timeout.ms': 6_000,
  'auto.commit.interval.ms': 100
}

interface Outcome {
  readonly handled: readonly ConsumerRecord[]
  readonly events: readonly ConsumerEvent[]
  readonly standing: string | undefined
  readonly committed: readonly (bigint | null | undefined)[]
  readonly error: unknown
  /** how often partitions were assigned or lost */
  readonly rebalances: readonly string[]
}

/**
 * What becomes of a consumer that reads the attacker's partition, 0, and another one, for many sessions of the group: of the
 * other every record is handled and committed, the member stays in the group, nothing ends it.
 */
const attacked = (
  batches: readonly Batch[],
  {
    config = {},
    codec = utf8,
    handler = (): unknown => undefined,
    made = compressedCluster(2)
  }: {
    readonly config?: Partial<ConsumerConfig>
    readonly codec?: Codec<unknown>
    readonly handler?: (record: { readonly value: unknown; readonly source: ConsumerRecord }) => unknown
    readonly made?: CompressedCluster
  } = {}
): Outcome => {
  for (const batch of batches) made.append(0, batch)
  for (let count = 0; count < 5; count++) made.append(1, { records: [plainRecord('"good"')], codec: 'gzip' })
  const handled: ConsumerRecord[] = []
  const events: ConsumerEvent[] = []
  const rebalances: string[] = []
  let error: unknown = null
  const orders = consumer(made.cluster, {
    ...quick,
    'group.id': 'billing',
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders'),
    ...config
  })
  orders.events.subscribe((event) => events.push(event))
  orders.rebalances.subscribe(({ _tag }) => rebalances.push(_tag))
  const pipeline = eachPartition((p) =>
    p.pipe(
      deserialize({ value: codec }, { onFailure: 'skip' }),
      handle(
        (record) => {
          handled.push(record.source)
          return handler(record) as undefined
        },
        { order: 'key', concurrency: 16, onFailure: 'skip' }
      ),
      commit()
    )
  )
  orders.pipe(pipeline).subscribe({ error: (thrown: unknown) => (error = thrown) })
  made.clock.advance(30_000)
  const positions = orders.positions()
  const outcome = {
    handled,
    events,
    error,
    rebalances,
    standing: positions.find(({ partition }) => partition === 0)?.standing,
    committed: [0, 1].map((partition) => positions.find((one) => one.partition === partition)?.committed)
  }
  expect(outcome).toMatchObject({ error: null, rebalances: ['assigned'] })
  expect([outcome.committed[1], handled.filter(({ partition }) => partition === 1)]).toMatchObject([5n, { length: 5 }])
  void orders.close()
  return outcome
}

/** With a checksum that is right again: whoever lies makes it so. */
const changed =
  (change: (view: DataView) => void) =>
  (bytes: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(bytes)
    const view = new DataView(copy.buffer)
    change(view)
    view.setUint32(at.checksum, crc32c(copy, at.attributes, copy.length))
    return copy
  }

const good = { records: [plainRecord('"a"')], codec: 'gzip' } as const
const ofZeros = (bytes: number): Batch['records'] => [plainRecord('0'.repeat(bytes))]

describe('an attack by a producer of records', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'with a batch that grows beyond its limit stops its partition, and no other (%s)',
    (codec) => {
      const { standing, committed, events } = attacked([good, { records: ofZeros(2 * mebibyte), codec }, good], {
        config: { 'max.decompressed.bytes': mebibyte }
      })
      expect([standing, committed[0]]).toEqual(['unreadable', 1n])
      expect(events).toMatchObject([
        { _tag: 'unreadable', offset: 1n, fault: { _tag: 'OversizedBatchFault', limitBytes: mebibyte } }
      ])
    }
  )

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'with many batches that grow a thousandfold is decompressed one by one (%s)',
    (codec) => {
      const batches = Array.from({ length: 12 }, () => ({ records: ofZeros(mebibyte), codec }))
      const { standing, committed } = attacked(batches, { config: { maxInFlightBytes: 2 * mebibyte }, codec: utf8 })
      expect([standing, committed[0]]).toEqual(['no data', 12n])
    }
  )

  it.each([
    ['of 128 MiB is read', 0x88, 'no data', 3n],
    ['of 144 MiB is unreadable', 0x89, 'unreadable', 1n],
    ['of 3.75 TiB is unreadable', 0xff, 'unreadable', 1n]
  ] as const)('with a window of zstd %s', (_what, window, standing, committed) => {
    // A block that stands as it is, of so many bytes.
    const compress = (bytes: Uint8Array): Uint8Array =>
      Buffer.concat([
        Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, window, ((bytes.length << 3) & 255) | 1, bytes.length >> 5, 0),
        bytes
      ])
    const outcome = attacked([good, { records: [plainRecord('"b"')], codec: 'zstd', compress }, good])
    expect([outcome.standing, outcome.committed[0]]).toEqual([standing, committed])
  })

  it('with a key for each record keeps no more than is in flight', () => {
    const batches = Array.from({ length: 20 }, (_, batch) => ({
      records: Array.from({ length: 1_000 }, (_, index) =>
        plainRecord('"a"', { key: Buffer.from(`${String(batch)} ${String(index)}`) })
      ),
      codec: 'lz4' as const
    }))
    const { handled, committed } = attacked(batches, { config: { maxInFlight: 100 } })
    expect([handled.length, committed[0]]).toEqual([20_005, 20_000n])
  })

  it('with keys of a megabyte is read as any other', () => {
    const key = Buffer.alloc(mebibyte, 'k')
    const { committed } = attacked([{ records: [plainRecord('"a"', { key }), plainRecord('"b"', { key })] }])
    expect(committed[0]).toBe(2n)
  })

  it('with a hundred thousand headers costs nothing if they are not read, and in proportion if they are', () => {
    const headers = Array.from({ length: 100_000 }, (_, index) => ({ name: 'h', value: Buffer.from([index & 255]) }))
    const { handled, committed } = attacked([{ records: [plainRecord('"a"', { headers })], codec: 'gzip' }])
    expect([committed[0], handled.find(({ partition }) => partition === 0)?.headers.length]).toEqual([1n, 100_000])
  })

  it('with nested JSON, or a value for an untagged recursive union, is skipped, and says why', () => {
    type Tree = { readonly l: Tree; readonly x: string } | { readonly l: Tree } | { readonly leaf: string }
    const tree: t.Type<Tree> = t.recursion('Tree', () =>
      t.union([t.type({ l: tree, x: t.string }), t.type({ l: tree }), t.type({ leaf: t.string })])
    )
    const deep = '['.repeat(100_000)
    // Each level would be tried twice.
    let grown = '{"leaf":1}'
    for (let level = 0; level < 40; level++) grown = `{"l":${grown}}`
    const { events, committed } = attacked([{ records: [plainRecord(deep), plainRecord(grown)] }], {
      codec: json(t.union([tree, t.string]))
    })
    expect(events.map(({ _tag }) => _tag).filter((tag) => tag !== 'slow decode')).toEqual(['skipped', 'skipped'])
    expect(committed[0]).toBe(2n)
  })

  it('with a record that the handler fails for is skipped, and the event names it', () => {
    const handler = ({ value }: { readonly value: unknown }): unknown => {
      if (value === 'poison')
        throw new Proxy(
          {},
          {
            get: () => {
              throw new Error('no')
            }
          }
        )
      return undefined
    }
    const { events, committed } = attacked([{ records: [plainRecord('poison'), plainRecord('"a"')] }], { handler })
    expect(events).toMatchObject([{ _tag: 'skipped', offset: 0n }])
    expect(committed[0]).toBe(2n)
  })

  it.each([
    ['a last offset below its records', (view: DataView) => view.setInt32(at.lastOffsetDelta, 0)],
    ['a count of none', (view: DataView) => view.setInt32(at.count, 0)]
  ] as const)('with a batch of %s is unreadable there', (_what, change) => {
    const { standing, events } = attacked([
      good,
      { records: [plainRecord('"a"'), plainRecord('"b"')], spoil: changed(change) },
      good
    ])
    expect(standing).toBe('unreadable')
    expect(events).toMatchObject([{ _tag: 'unreadable', fault: { _tag: 'CorruptBatchFault' } }])
  })

  it.each([-1n, 2n ** 63n - 1n, -(2n ** 63n)])('with a timestamp of %d is read unchanged', (time) => {
    const spoil = changed((view) => {
      view.setBigInt64(at.firstTimestamp, time)
    })
    const { handled, committed } = attacked([{ records: [plainRecord('"a"')], spoil }, good])
    expect([committed[0], handled.find(({ partition }) => partition === 0)?.timestamp]).toEqual([2n, Number(time)])
  })
})
