import { type Observable, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  assign,
  batch,
  commit,
  consumer,
  type Consumer,
  type ConsumerConfig,
  type ConsumerRecord,
  eachPartition,
  handle
} from '../../../../src/index.js'
import { compressedCluster, type CompressedCluster } from '../../../support/compressed-cluster.js'
import { plainRecord } from '../../../support/record-runs.js'

const mebibyte = 2 ** 20
/** A record that is a mebibyte, once it is decompressed, and a little more. */
const large = plainRecord('x'.repeat(mebibyte))
const small = plainRecord('x'.repeat(1_000))

const quick = { 'fetch.max.wait.ms': 10, 'retry.backoff.ms': 10 }

interface Running {
  readonly orders: Consumer
  /** What was delivered, as partition and offset. */
  readonly delivered: string[]
  /** The handler of that record is done. */
  readonly finish: (name: string) => void
}

/** A consumer whose handlers wait. */
const waiting = (made: CompressedCluster, partitions: number, config: Partial<ConsumerConfig>): Running => {
  const delivered: string[] = []
  const under = new Map<string, Subject<never>>()
  const from = Array.from({ length: partitions }, (_, partition) => ({
    topic: 'orders',
    partition,
    from: 'beginning' as const
  }))
  const orders = consumer(made.cluster, { ...quick, subscription: assign(from), ...config })
  const work = ({ partition, offset }: ConsumerRecord): Observable<never> => {
    const name = `${String(partition)}/${String(offset)}`
    const ended = new Subject<never>()
    delivered.push(name)
    under.set(name, ended)
    return ended
  }
  const finish = (name: string): void => {
    under.get(name)?.complete()
    made.clock.advance(100)
  }
  orders.pipe(eachPartition((p) => p.pipe(handle(work, { concurrency: 1_000, order: 'none' }), commit()))).subscribe()
  made.clock.advance(1_000)
  return { orders, delivered, finish }
}

/** `maxInFlightBytes` of four mebibytes: two for whoever comes, two for those who have nothing. */
const four = { maxInFlightBytes: 4 * mebibyte }

describe('records in flight', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'take at most half of maxInFlightBytes and one batch, for a partition whose handlers wait (%s)',
    (codec) => {
      const made = compressedCluster(1)
      for (let count = 0; count < 20; count++) made.append(0, { records: [large], codec })
      const { orders, delivered, finish } = waiting(made, 1, four)
      expect(delivered).toEqual(['0/0', '0/1'])
      expect(orders.positions()).toMatchObject([{ inFlight: 2, standing: 'no memory', position: 2n }])
      // One is still there, which is half of what there is room for.
      finish('0/1')
      expect(delivered).toEqual(['0/0', '0/1', '0/2'])
      finish('0/0')
      expect(delivered).toEqual(['0/0', '0/1', '0/2', '0/3'])
      expect(orders.positions()).toMatchObject([{ inFlight: 2, standing: 'no memory', committed: null }])
      void orders.close()
    }
  )

  it('count by their decompressed size: 60 KB of gzip are 60 MiB', () => {
    const made = compressedCluster(1)
    const bomb = plainRecord('x'.repeat(60 * mebibyte))
    for (let count = 0; count < 3; count++) made.append(0, { records: [bomb], codec: 'gzip' })
    const { orders, delivered, finish } = waiting(made, 1, {})
    expect(delivered).toEqual(['0/0'])
    finish('0/0')
    expect(delivered).toEqual(['0/0', '0/1'])
    void orders.close()
  })

  it('keep their batch until its last record is settled', () => {
    const made = compressedCluster(1)
    for (let count = 0; count < 20; count++) made.append(0, { records: [large, small, small], codec: 'gzip' })
    const { orders, delivered, finish } = waiting(made, 1, four)
    expect(delivered).toHaveLength(6)
    for (const name of ['0/3', '0/4']) finish(name)
    expect(delivered).toHaveLength(6)
    finish('0/5')
    expect(delivered).toHaveLength(9)
    void orders.close()
  })

  it('of partitions that hang leave every other its equal share', () => {
    const made = compressedCluster(4)
    for (let count = 0; count < 20; count++) made.append(0, { records: [large], codec: 'gzip' })
    const { orders, delivered, finish } = waiting(made, 4, four)
    expect(delivered).toEqual(['0/0', '0/1'])
    // What fits in a share (half a mebibyte) goes on, one batch after the other; what does not waits.
    for (let count = 0; count < 3; count++) made.append(1, { records: [small], codec: 'gzip' })
    made.append(2, { records: [large], codec: 'gzip' })
    made.append(3, { records: [large], codec: 'none' })
    made.clock.advance(1_000)
    expect(delivered.slice(2).sort()).toEqual(['1/0', '3/0'])
    expect(orders.positions().map(({ standing }) => standing)).toEqual([
      'no memory',
      'no memory',
      'no memory',
      'no data'
    ])
    finish('1/0')
    expect(delivered.at(-1)).toBe('1/1')
    finish('1/1')
    expect(delivered.at(-1)).toBe('1/2')
    for (const name of ['0/0', '0/1', '3/0']) finish(name)
    expect(delivered).toContain('2/0')
    void orders.close()
  })

  it('do not stop a pipeline that collects records: it is flushed', () => {
    const made = compressedCluster(1)
    for (let count = 0; count < 6; count++) made.append(0, { records: [large], codec: 'gzip' })
    const sizes: number[] = []
    const orders = consumer(made.cluster, {
      ...quick,
      ...four,
      subscription: assign([{ topic: 'orders', partition: 0, from: 'beginning' }])
    })
    const flushed = eachPartition((p) =>
      p.pipe(
        batch({ records: 100, withinMs: 3_600_000 }),
        handle((records) => void sizes.push(records.value.length)),
        commit()
      )
    )
    orders.pipe(flushed).subscribe()
    made.clock.advance(1_000)
    // The last two are not asked for: nothing waits for them.
    expect(sizes).toEqual([2, 2])
    void orders.close()
  })

  it('no longer count after a seek', () => {
    const made = compressedCluster(1)
    for (let count = 0; count < 20; count++) made.append(0, { records: [large], codec: 'gzip' })
    const { orders, delivered } = waiting(made, 1, four)
    orders.seek({ topic: 'orders', partition: 0 }, { offset: 10n })
    made.clock.advance(1_000)
    expect(delivered).toEqual(['0/0', '0/1', '0/10', '0/11'])
    void orders.close()
  })
})
