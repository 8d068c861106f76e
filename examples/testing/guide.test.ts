// The tests that docs/testing.md shows, run.
import { from, tap } from 'rxjs'
import { expect, it } from 'vitest'
import {
  ack,
  batch,
  commit,
  deserialize,
  eachPartition,
  filterRecords,
  handle,
  mapValue,
  produceTo,
  run,
  utf8,
  writeOnce,
  writeTo
} from 'ackstream'
import type { Consumer, ConsumerRecord } from 'ackstream'
import {
  catches,
  dualRun,
  marbles,
  memoryCluster,
  memoryStore,
  type Pipeline,
  type SharePipeline,
  testPartition,
  testRecord
} from 'ackstream/testing'
import { losesNothing } from 'ackstream/testing/fast-check'
import 'ackstream/testing/vitest'

// # the pipeline
const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

// # the first test
it(
  'holds the commit back for a slow record',
  marbles(({ cluster }) => {
    cluster(
      `
      orders/0              -abc-----
      sink b                ---|
      one                   ^--------
      one orders/0          ^abc-----
      one orders/0 commits  -a---(bc)
      `,
      { pipeline }
    )
  })
)

// # a pipeline of one's own
const billing = (orders: Consumer, charging: (record: ConsumerRecord) => Promise<void>) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(charging), commit({ every: 1 }))))

it(
  'charges, and then commits',
  marbles(({ cluster, mark }) => {
    const charged = mark('charged')
    const slowly = async (record: ConsumerRecord): Promise<void> => {
      await new Promise((done) => setTimeout(done, 3))
      charged(new TextDecoder().decode(record.value ?? undefined))
    }
    cluster(
      `
      orders/0          -a--b-----
      one               ^---------
      charged           ----a--b--
      orders/0 commits  ----a--b--
      `,
      { pipeline: (orders) => billing(orders, slowly) }
    )
  })
)

// # values
const prices: Readonly<Record<string, number>> = { a: 12, b: 7 }
const pricing: Pipeline = (orders, { cluster }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        mapValue((id) => JSON.stringify({ id, price: prices[id] })),
        produceTo(cluster, { topic: 'priced', properties: { 'linger.ms': 0 } }),
        commit({ every: 1 })
      )
    )
  )

it(
  'writes what an order costs',
  marbles(({ cluster }) => {
    cluster(
      `
      orders/0       ab----
      one            ^-----
      writes priced  AB----
      `,
      {
        pipeline: pricing,
        values: { A: { id: 'a', price: 12 }, B: { id: 'b', price: 7 } },
        written: { A: { key: 'a' }, B: { key: 'b' } }
      }
    )
  })
)

// # time
it(
  'commits once an hour',
  marbles(({ cluster }) => {
    cluster(
      `
      orders/0          -a- 30m b 30m ------
      one               ^-------------------
      orders/0 commits  ---------b----------
      `,
      {
        pipeline: (orders) =>
          orders.pipe(eachPartition((partition) => partition.pipe(commit({ withinMs: 3_600_000 })))),
        config: { 'heartbeat.interval.ms': 3_000, 'enable.auto.commit': false }
      }
    )
  })
)

// # a crash
it(
  'repeats what a crash has interrupted',
  marbles(
    ({ cluster }) => {
      cluster(
        `
        orders/0      -ab------------------
        sink b        ---------|
        one           ^---#----------------
        two           ----^----------------
        one orders/0  ^ab------------------
        two orders/0  -------------(^b)----
        `,
        { pipeline, config: { 'session.timeout.ms': 10_000 } }
      )
    },
    { columnMs: 1_000 }
  )
)

// # a signal
const stopping: Pipeline = (orders, tools) => from(run(pipeline(orders, tools)))

it(
  'finishes what it has begun when it is asked to end',
  marbles(({ cluster }) => {
    cluster(
      `
      orders/0          ab---c-----
      sink a            ----|
      one               ^-T--------
      sink              ----(ab)---
      orders/0 commits  ----(ab)---
      one ends          ----|------
      `,
      { pipeline: stopping }
    )
  })
)

// # a store of each member
it(
  'writes each row once, whoever dies',
  marbles(({ cluster }) => {
    const store = memoryStore<bigint>()
    const filling = () => {
      const offsets = store.offsets('billing')
      const pipeline: Pipeline = (orders) =>
        orders.pipe(
          eachPartition((partition) =>
            partition.pipe(
              writeOnce({
                store,
                offsets,
                write: (tx, records) => {
                  tx.insert(...records.map(({ offset }) => offset))
                }
              }),
              ack()
            )
          )
        )
      return {
        pipeline,
        config: { startFrom: offsets.startFrom, 'enable.auto.commit': false, 'session.timeout.ms': 10 }
      }
    }
    cluster(
      `
      orders/0           -a---b--------c---------------
      one                ^--#---------^----------------
      two                ---^--------#-----------------
      one orders/0 acks  -a------------------c---------
      two orders/0 acks  ----------b-------------------
      `,
      { ...filling(), members: { one: filling, two: filling } }
    )
    return () => {
      expect(store.rows).toEqual([0n, 1n, 2n])
      expect(store.committed('billing', { topic: 'orders', partition: 0 })).toBe(3n)
    }
  })
)

// # the final drain
it(
  'writes what is left of a batch when it ends',
  marbles(({ cluster }) => {
    const inPairs: Pipeline = (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) => partition.pipe(batch({ records: 2 }), writeTo(sink), commit({ every: 1 })))
      )
    cluster(
      `
      orders/0  -abc--
      one       ^-----
      sink      --(ab)..c
      `,
      { pipeline: inPairs }
    )
  })
)

// # faults
it(
  'tries a commit again',
  marbles(({ cluster }) => {
    cluster(
      `
      orders/0            -a------
      fails OffsetCommit  -r------
      one                 ^-------
      orders/0 refused    -a------
      orders/0 commits    ---a----
      `,
      { pipeline, faults: { r: 'REBALANCE_IN_PROGRESS' }, config: { 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2 } }
    )
  })
)

// # share groups
const jobs: SharePipeline = (records, { sink }) =>
  records.pipe(
    handle((record) => sink(record), { order: 'none', concurrency: 4, onFailure: 'release' }),
    ack()
  )

it(
  'tries a job again that has failed',
  marbles(({ cluster }) => {
    cluster(
      `
      jobs/0           -a-b----
      sink a           #-|
      one              ^-------
      one jobs/0       -aab----
      jobs/0 counts    -121----
      jobs/0 releases  --a-----
      jobs/0 accepts   ---ab---
      `,
      { share: jobs }
    )
  })
)

it(
  'gives the job of a host that lost its power to another',
  marbles(
    ({ cluster }) => {
      cluster(
        `
        jobs/0          -a---- 10s ------
        sink a          ---|
        one             ^--~-------------
        two             ----^------------
        jobs/0 expires  ------a----------
        two jobs/0      ------a----------
        jobs/0 accepts  ------a----------
        `,
        { share: jobs, group: { 'share.record.lock.duration.ms': 10_000 } }
      )
    },
    { columnMs: 1_000 }
  )
)

// # one operator
it(
  'collects two records',
  marbles(({ partition, expectRecords }) => {
    const orders = partition('-a-b-c-|')
    expectRecords(orders.stream.pipe(batch({ records: 2 }))).toBe('---(ab)(c|)')
  })
)

// # without marbles
it('acknowledges what it filters out', () => {
  const partition = testPartition()
  partition.stream.pipe(filterRecords((value) => value !== null)).subscribe()
  partition.deliver({ key: 'a' })
  partition.deliver({ key: 'b', value: 'text' })
  expect(partition.acked).toEqual([0n])
})

it('sees the place of a record', () => {
  const record = testRecord({ key: 'a', value: { amount: 12 }, offset: 7n })
  expect([record.offset, record.value.amount]).toEqual([7n, 12])
})

// # bugs
const slow = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -ab-----
    sink a            ---|
    one               ^--|----
    sink              ----(ab)
    orders/0 commits  ----(ab)
    one ends          ----|---
    `,
    { pipeline }
  )
})

it('commits what is written', slow)

it('has a test that sees bugs', () =>
  catches({ slow }, { bugs: ['acknowledges early', 'does not wait', 'writes twice', 'forgets the drain'] }))

// # bugs of one's own
const unacknowledged: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(ack(), handle(sink))))

it('sees a pipeline that acknowledges first', () =>
  catches({ slow }, { bugs: [], own: { 'acknowledges first': () => unacknowledged } }))

// # a matcher
it('commits at once', async () => {
  await expect(pipeline).toPlay(`
    orders/0          -ab--
    one               ^----
    orders/0 commits  -ab--
  `)
})

// # schedules
// # a pipeline that remembers
const remembering =
  (seen: Set<string>): Pipeline =>
  (orders, { sink }) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          tap(({ key }) => seen.add(String(key))),
          handle(sink),
          commit({ every: 1 })
        )
      )
    )

it('keeps the order of each key', async () => {
  await losesNothing(() => ({ pipeline: remembering(new Set()) }), { runs: 30, seed: 1, order: 'key' })
})

it('loses nothing', async () => {
  await losesNothing({ pipeline }, { runs: 30, seed: 1 })
})

// # dual run
it('does the same on a real cluster', async () => {
  const diagram = `
    orders/0  -abc----
    one       ^-------
  `
  await dualRun(diagram, { pipeline }, memoryCluster(), { columnMs: 10 }) // or kafka({ 'bootstrap.servers': … })
})
