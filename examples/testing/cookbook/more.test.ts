// Recipes for records that are put aside, tried again, held back, or many.
import { describe } from 'vitest'
import {
  commit,
  deserialize,
  eachPartition,
  exponential,
  filterRecords,
  guard,
  handle,
  produceTo,
  utf8
} from 'ackstream'
import type { Pipeline } from 'ackstream/testing'
import { recipe } from './recipe.js'

const writing: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))
const copying: Pipeline = (orders, { cluster }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        produceTo(cluster, {
          topic: 'copies',
          properties: { 'linger.ms': 0, 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2 }
        }),
        commit({ every: 1 })
      )
    )
  )

describe('more', () => {
  // # what is filtered out is done
  const choosing =
    (chosen: string): Pipeline =>
    (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            deserialize({ value: utf8 }),
            filterRecords((value) => value === chosen),
            handle(sink),
            commit({ every: 1 })
          )
        )
      )

  recipe(
    'what is filtered out holds nothing back',
    `
    orders/0          aba---
    one               ^-----
    sink              a-a---
    orders/0 commits  aba---
    `,
    { pipeline: choosing('a') },
    { bugs: ['never acknowledges', 'writes twice'], own: { 'takes the others': () => choosing('b') } }
  )

  // # a slow record holds the commit back
  recipe(
    'a slow record holds the commit back',
    `
    orders/0          abc-----
    sink b            ---|
    one               ^-------
    sink              a---(bc)
    orders/0 commits  a---(bc)
    `,
    { pipeline: writing },
    { bugs: ['acknowledges early', 'does not wait', 'commits without acknowledgement'] }
  )

  // # a hundred records
  recipe(
    'a hundred records of ten customers keep their order',
    `
    orders/0  a*100------
    one       ^----------
    sink      a[1..100]--
    `,
    { pipeline: writing, records: { a: (n) => ({ key: `customer-${n % 10}`, value: String(n) }) } },
    {
      bugs: ['drops the last', 'writes twice'],
      own: {
        'works on several at once':
          () =>
          (orders, { sink }) =>
            orders.pipe(
              eachPartition((partition) =>
                partition.pipe(
                  handle(
                    async (record) => {
                      if (record.offset === 0n) await new Promise((done) => setTimeout(done, 1))
                      return record.value
                    },
                    { concurrency: 5, order: 'none' }
                  ),
                  handle(sink),
                  commit({ every: 1 })
                )
              )
            )
      }
    }
  )

  // # a broker that throttles
  recipe(
    'a broker that throttles loses nothing',
    `
    orders/0           ab--------
    throttles Produce  ----|
    one                ^---------
    writes copies      a---b-----
    orders/0 commits   a---b-----
    `,
    { pipeline: copying, values: { a: 'a', b: 'b' } },
    { bugs: ['does not wait', 'writes twice', 'writes another value'] }
  )

  // # a partition that refuses
  recipe(
    'what one partition refuses is written again there',
    `
    orders/0                (ab)------
    fails Produce copies/0  r---------
    one                     ^---------
    writes copies           --(ab)----
    orders/0 commits        --(ab)----
    `,
    { pipeline: copying, faults: { r: 'NOT_ENOUGH_REPLICAS' } },
    { bugs: ['acknowledges early', 'does not wait', 'writes twice'] }
  )

  // # a commit that is refused
  recipe(
    'a commit that is refused is tried again',
    `
    orders/0            -a------
    fails OffsetCommit  -r------
    one                 ^-------
    sink                -a------
    orders/0 refused    -a------
    orders/0 commits    ---a----
    `,
    {
      pipeline: writing,
      faults: { r: 'COORDINATOR_LOAD_IN_PROGRESS' },
      config: { 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2 }
    },
    { bugs: ['never acknowledges', 'drops the last', 'writes twice'] }
  )

  // # a rebalance
  recipe(
    'a rebalance repeats nothing that is being written',
    `
    orders/0          -a--------b----
    orders/1          -e---------f---
    sink e            ------|
    one               ^--------------
    two               --^------------
    sink              -a-----e--bf---
    two orders/1      ---------^-f---
    orders/1 commits  -------e---f---
    `,
    { pipeline: writing },
    { bugs: ['acknowledges early', 'does not wait', 'writes twice'] }
  )

  // # a service that is down is left alone
  const guarded =
    (probeEveryMs: number | null): Pipeline =>
    (orders, { sink }) => {
      const limit = probeEveryMs === null ? {} : { limit: guard({ breaker: { calls: 1, failureRatio: 1, probeEveryMs } }) } // prettier-ignore
      const retry = { attempts: 9, backoff: exponential({ initialMs: 1, maxMs: 1, random: () => 1 }) }
      return orders.pipe(
        eachPartition((partition) => partition.pipe(handle(sink, { ...limit, retry }), commit({ every: 1 })))
      )
    }

  recipe(
    'a service that is down is called once in five milliseconds, until it answers',
    `
    orders/0          -ab-------------
    sink a            ##-|
    sink b            |
    one               ^---------------
    handles a         -(^#)-(^#)-^|---
    handles b         ------------(^|)
    orders/0 commits  ------------(ab)
    `,
    { pipeline: guarded(5) },
    { bugs: ['swallows errors'], own: { 'has no guard': () => guarded(null), 'tries too soon': () => guarded(2) } }
  )
})
