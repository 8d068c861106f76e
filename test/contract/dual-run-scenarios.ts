import {
  ack,
  atMostOnce,
  batch,
  commit,
  deadLetter,
  deserialize,
  eachPartition,
  exponential,
  fanOut,
  filterRecords,
  handle,
  mapValue,
  produceTo,
  utf8,
  writeTo,
  type ConsumerRecord
} from '../../src/index.js'
import type { Pipeline, Scenario } from '../../src/testing.js'

/** Something that has to come out alike on the embedded cluster and on Kafka. */
export interface DualScenario {
  readonly name: string
  readonly diagram: string
  readonly scenario: Scenario
}

const written: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const through =
  (operators: (stage: Parameters<Pipeline>[1]) => Parameters<typeof eachPartition>[0]): Pipeline =>
  (orders, stage) =>
    orders.pipe(eachPartition(operators(stage)))

const eager = { 'partition.assignment.strategy': ['range'] } as const

export const dualScenarios: readonly DualScenario[] = [
  {
    name: 'one member reads one partition',
    diagram: `
      orders/0  -abc-d----
      one       ^---------
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'one member reads three partitions',
    diagram: `
      orders/0  -ab--c----
      orders/1  --d-e-----
      orders/2  ---f------
      one       ^---------
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'what was written before the member came is read',
    diagram: `
      orders/0  (abcde)-----
      one       --------^---
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'latest skips what was written before',
    diagram: `
      orders/0  (abc)------------------def---
      one       -------^---------------------
    `,
    scenario: { pipeline: written, config: { 'auto.offset.reset': 'latest' } }
  },
  {
    name: 'a second life begins where the first has ended',
    diagram: `
      orders/0  -abc-----------------------de------
      one       ^---------------|-----^------------
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'a slow record is waited for by a drain',
    diagram: `
      orders/0  -ab------------------
      sink b    ----------------|
      one       ^------------|-------
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'records behind a gap are committed with it',
    diagram: `
      orders/0  -abc--------------
      sink a    ------|
      one       ^-----------------
    `,
    scenario: {
      pipeline: through(
        ({ sink }) =>
          (p) =>
            p.pipe(handle(sink, { concurrency: 4, order: 'none' }), commit({ every: 1 }))
      )
    }
  },
  {
    name: 'two members share two partitions, cooperatively',
    diagram: `
      orders/0  -a----------------b-------
      orders/1  --c---------------d-------
      one       ^-------------------------
      two       -----^--------------------
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'two members share two partitions, eagerly',
    diagram: `
      orders/0  -a----------------b-------
      orders/1  --c---------------d-------
      one       ^-------------------------
      two       -----^--------------------
    `,
    scenario: { pipeline: written, config: eager }
  },
  {
    name: 'a rebalance waits for what is in flight',
    diagram: `
      orders/0  -a----------------b-------
      orders/1  --c---------------d-------
      sink c    ----------|
      one       ^-------------------------
      two       -----^--------------------
    `,
    scenario: { pipeline: written, config: eager }
  },
  {
    name: 'the partitions of a member that leaves go to the other',
    diagram: `
      orders/0  -a------------------b----------------------c-----
      orders/1  -d------------------e----------------------f-----
      one       ^---------------------------------|--------------
      two       -----^-------------------------------------------
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'an unsubscribed member commits what is settled, and the rest comes again',
    diagram: `
      orders/0  -ab------------------------
      sink b    --------------------------------|
      one       ^-------------!-------------
      two       ----------------------^-----
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'a paused partition is held back until it is resumed',
    diagram: `
      orders/0             ------abc------------------
      orders/1             ------def------------------
      one                  ^--------------------------
      one pauses orders/0  ^------------------------!-
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'a seek delivers again',
    diagram: `
      orders/0            -abc---------------------
      one                 ^------------------------
      one seeks orders/0  --------------------b----
    `,
    scenario: { pipeline: written }
  },
  {
    name: 'what a filter refuses is settled',
    diagram: `
      orders/0  -abcd-----
      one       ^---------
    `,
    scenario: {
      pipeline: through(
        ({ sink }) =>
          (p) =>
            p.pipe(
              deserialize({ value: utf8 }),
              filterRecords((value) => value !== 'd'),
              handle(sink),
              commit()
            )
      )
    }
  },
  {
    name: 'dead letters are written, and settled',
    diagram: `
      orders/0           -abc------
      sink b             #
      one                ^---------
      writes orders.dlq  ----------
    `,
    scenario: {
      pipeline: through(
        ({ sink, cluster }) =>
          (p) =>
            p.pipe(handle(sink, { onFailure: deadLetter(cluster, { topic: 'orders.dlq' }) }), commit({ every: 1 }))
      )
    }
  },
  {
    name: 'what fails is tried again',
    diagram: `
      orders/0  -abc------------
      sink b    #-#-|
      one       ^---------------
    `,
    scenario: {
      pipeline: through(
        ({ sink }) =>
          (p) =>
            p.pipe(
              handle(sink, { retry: { attempts: 5, backoff: exponential({ initialMs: 20, maxMs: 50 }) } }),
              commit({ every: 1 })
            )
      )
    }
  },
  {
    name: 'what is skipped is settled',
    diagram: `
      orders/0  -abc------
      sink b    #
      one       ^---------
    `,
    scenario: {
      pipeline: through(
        ({ sink }) =>
          (p) =>
            p.pipe(handle(sink, { onFailure: 'skip' }), commit({ every: 1 }))
      )
    }
  },
  {
    name: 'batches are written whole',
    diagram: `
      orders/0  -abcde----
      one       ^---------
    `,
    scenario: {
      pipeline: through(
        ({ sink }) =>
          (p) =>
            p.pipe(batch({ records: 2, withinMs: 300 }), writeTo(sink), commit({ every: 1 }))
      )
    }
  },
  {
    name: 'copies are written before they are committed',
    diagram: `
      orders/0     -abc------
      one          ^---------
      writes copy  ----------
    `,
    scenario: {
      pipeline: through(
        ({ cluster }) =>
          (p) =>
            p.pipe(
              produceTo(cluster, {
                topic: 'copy',
                record: (record: ConsumerRecord) => ({ key: record.key, value: record.value })
              }),
              commit({ every: 1 })
            )
      )
    }
  },
  {
    name: 'both branches of a fanOut are waited for',
    diagram: `
      orders/0     -abc------
      one          ^---------
      writes copy  ----------
    `,
    scenario: {
      pipeline: through(
        ({ cluster, sink }) =>
          (p) =>
            p.pipe(
              fanOut(
                (records) => records.pipe(writeTo(sink)),
                (records) =>
                  records.pipe(
                    produceTo(cluster, { topic: 'copy', record: (record: ConsumerRecord) => ({ value: record.value }) })
                  )
              ),
              commit({ every: 1 })
            )
      )
    }
  },
  {
    name: 'at most once: stored before it is passed on',
    diagram: `
      orders/0  -abc------
      one       ^---------
    `,
    scenario: {
      pipeline: through(
        ({ sink }) =>
          (p) =>
            p.pipe(atMostOnce<ConsumerRecord>({ every: 1 }), writeTo(sink))
      )
    }
  },
  {
    name: 'nothing is stored without auto commit and commit()',
    diagram: `
      orders/0  -abc-----------------------
      one       ^----------------|-----^---
    `,
    scenario: {
      pipeline: through(
        ({ sink }) =>
          (p) =>
            p.pipe(writeTo(sink), ack())
      ),
      config: { 'enable.auto.commit': false }
    }
  },
  {
    name: 'auto commit stores what was acknowledged',
    diagram: `
      orders/0  -abc---------------d------
      one       ^-------------------------
    `,
    scenario: {
      pipeline: through(
        ({ sink }) =>
          (p) =>
            p.pipe(
              mapValue((value) => value),
              handle(sink),
              ack()
            )
      ),
      config: { 'auto.commit.interval.ms': 300 }
    }
  }
]
