import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { map, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  atMostOnce,
  commit,
  type ConsumerRecord,
  delayUntil,
  eachPartition,
  handle,
  type PartitionStream,
  produceTo
} from '../../../src/index.js'
import { firstOriginOf } from '../../../src/model/carried.js'
import { rig, type Rig } from '../../support/rig.js'

const place = { topic: 'orders', partition: 0 }
const rounds = 40

/** Runs a pipeline on one partition; returns how many runs of deliveries it has seen, and how many are still kept after `live`. */
const keptAfter = async (
  { clock, orders, cluster }: Rig,
  pipeline: (records: Observable<ConsumerRecord>, cluster: Rig['cluster']) => Observable<unknown>,
  live: (round: number) => void
): Promise<{ readonly seen: number; readonly kept: number }> => {
  const seen: WeakRef<object>[] = []
  let last: WeakRef<object> | null = null
  const watched = (stream: PartitionStream): Observable<ConsumerRecord> =>
    stream.pipe(
      map((record) => {
        const origin = firstOriginOf(record)
        if (origin !== null && origin !== last?.deref()) seen.push((last = new WeakRef(origin)))
        return record
      })
    )
  orders.pipe(eachPartition((stream) => pipeline(watched(stream), cluster) as Observable<never>)).subscribe()
  clock.advance(2_000)
  for (let round = 0; round < rounds; round++) {
    live(round)
    clock.advance(2_000)
  }
  // WeakRefs keep their objects until the end of the task.
  await new Promise(setImmediate)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return { seen: seen.length, kept: seen.filter((ref) => ref.deref() !== undefined).length }
}

interface Named {
  readonly name: string
  readonly pipeline: Parameters<typeof keptAfter>[1]
}

const pipelines: readonly Named[] = [
  {
    name: 'commit()',
    pipeline: (records) =>
      records.pipe(
        handle(() => undefined),
        commit()
      )
  },
  { name: 'atMostOnce()', pipeline: (records) => records.pipe(atMostOnce()) },
  {
    name: 'produceTo() and commit()',
    pipeline: (records, cluster) => records.pipe(produceTo(cluster, { topic: 'copies' }), commit())
  }
]

describe('of the deliveries before a seek', () => {
  it.each(pipelines)('a pipeline with $name keeps nothing, however many seeks there are', async ({ pipeline }) => {
    const made = rig(1, {}, 10)
    await made.cluster.createTopics([{ topic: 'copies', partitions: 1 }])
    const { seen, kept } = await keptAfter(made, pipeline, () => {
      made.orders.seek(place, { offset: 5n })
    })
    expect(seen).toBe(rounds + 1)
    expect(kept).toBeLessThan(5)
  })
})

describe('of the deliveries before a record that was put off', () => {
  it('a pipeline with delayUntil() keeps nothing, however many records are put off', async () => {
    const made = rig(1, {}, 1)
    const due = (records: Observable<ConsumerRecord>): Observable<unknown> =>
      records.pipe(
        delayUntil(({ timestamp }) => timestamp + 1_000),
        commit()
      )
    const { seen, kept } = await keptAfter(made, due, (round) => {
      made.cluster.produce('orders', { partition: 0, value: String(round), timestamp: made.clock.wallTime() })
    })
    expect(seen).toBeGreaterThan(rounds / 2)
    expect(kept).toBeLessThan(5)
  })
})
