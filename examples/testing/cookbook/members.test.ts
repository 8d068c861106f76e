// Recipes for members that come, go, die and hang, and for what they keep in mind.
import { describe } from 'vitest'
import { map, mergeMap, timer } from 'rxjs'
import { ack, commit, type ConsumerRecord, eachPartition, filterRecords, handle } from 'ackstream'
import type { Pipeline } from 'ackstream/testing'
import { recipe } from './recipe.js'

const letterOf = ({ value }: ConsumerRecord): string => new TextDecoder().decode(value ?? undefined)
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

const writing: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

describe('members', () => {
  // # offsets of one's own
  /** How far a table has been filled: written in one transaction with the row. */
  let next = 0n
  let row: (letter: string) => void = () => undefined
  const filling =
    (inOneTransaction: boolean, begin: () => bigint = () => next): Pipeline =>
    (orders) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            filterRecords((_, { offset }) => offset >= begin()),
            handle(async (record) => {
              await wait(1)
              row(letterOf(record))
              if (!inOneTransaction) await wait(2)
              next = record.offset + 1n
            }),
            ack()
          )
        )
      )

  recipe(
    'a row is in the table once, whatever dies',
    `
    orders/0      ab------------------
    one           ^-#-----------------
    two           --^-----------------
    rows          -a---------b--------
    `,
    ({ mark }) => {
      next = 0n
      row = mark('rows')
      return { pipeline: filling(true), config: { 'enable.auto.commit': false, 'session.timeout.ms': 10 } }
    },
    {
      bugs: ['drops the last'],
      own: {
        'writes the offset later than the row': () => filling(false),
        'begins where the group has committed': () => filling(true, () => 0n)
      }
    }
  )

  // # a deploy under load
  recipe(
    'a deploy repeats nothing and loses nothing',
    `
    orders/0          a*3---b*3-------
    sink a[2]         --|
    one               ^-T-------------
    two               ----^-----------
    sink              a[1]------------
    sink              --(a[2..3])-----
    sink              ------b[1..3]---
    one ends          --|-------------
    `,
    {
      pipeline: (orders, tools) => {
        process.once('SIGTERM', () => void orders.drain())
        return writing(orders, tools)
      }
    },
    {
      bugs: ['forgets the drain', 'commits without acknowledgement'],
      own: {
        'exits before it is drained': () => (orders, tools) => {
          process.once('SIGTERM', () => {
            void orders.drain()
            process.exit(0)
          })
          return writing(orders, tools)
        }
      }
    }
  )

  // # a member that hangs
  recipe(
    'what a member that hangs has not written, another writes',
    `
    orders/0          ab--------
    sink b            ------------|
    one               ^--x------
    two               -^--------
    orders/0 commits  a---------..b
    one rebalances    A--L--A---
    two orders/0      ---(^b)---
    `,
    { pipeline: writing },
    {
      bugs: ['acknowledges early', 'commits without acknowledgement', 'never acknowledges']
    }
  )

  // # plain operators of rxjs
  const plain =
    (concurrency: number): Pipeline =>
    (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            mergeMap(
              (record: ConsumerRecord) => timer(letterOf(record) === 'a' ? 3 : 1).pipe(map(() => record)),
              concurrency
            ),
            handle(sink),
            commit({ every: 1 })
          )
        )
      )

  recipe(
    'operators of rxjs keep the order',
    `
    orders/0          ab-----
    one               ^------
    sink              ---ab--
    orders/0 commits  ---ab--
    `,
    { pipeline: plain(1) },
    { bugs: ['acknowledges early', 'drops the last'], own: { 'works on several at once': () => plain(2) } }
  )

  // # a memory that is rebuilt
  let stored = new Set<string>()
  const once =
    (memory: () => Set<string>, remembers = true): Pipeline =>
    (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) => {
          const seen = memory()
          return partition.pipe(
            filterRecords((_, record) => !seen.has(letterOf(record))),
            handle((record) => {
              if (remembers) seen.add(letterOf(record))
              stored.add(letterOf(record))
              return sink(record)
            }),
            commit({ every: 1 })
          )
        })
      )

  recipe(
    'what was seen is known to the next owner of the partition',
    `
    orders/0          aab-----a-c-
    one               ^---|-------
    two               -----^------
    sink              a-b-------c-
    orders/0 commits  aab-------c-
    `,
    () => {
      stored = new Set()
      return { pipeline: once(() => new Set(stored)) }
    },
    {
      bugs: ['writes twice'],
      own: {
        'begins with nothing in mind': () => once(() => new Set()),
        'never remembers': () => once(() => new Set(stored), false)
      }
    }
  )
})
