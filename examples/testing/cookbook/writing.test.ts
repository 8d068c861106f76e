// Recipes for what is written, and for what fails.
import { describe } from 'vitest'
import {
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
  produceTo,
  transactional,
  utf8,
  writeTo
} from 'ackstream'
import { failingCodec, type Pipeline } from 'ackstream/testing'
import { recipe } from './recipe.js'

const atOnce = { 'linger.ms': 0 }
const backoff = exponential({ initialMs: 1, maxMs: 1, random: () => 1 })

describe('what is written', () => {
  // # payments are tried again
  const paying =
    (attempts: number): Pipeline =>
    (orders, { cluster, sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(sink, { retry: { attempts, backoff }, onFailure: deadLetter(cluster, { topic: 'dlq' }) }),
            commit({ every: 1 })
          )
        )
      )

  recipe(
    'a payment is tried three times, then put aside',
    `
    orders/0          ab---------
    sink a            -#-|
    sink b            #
    one               ^----------
    handles a         ^#^|-------
    handles b         ---(^#)----
    handles b         ----(^#)---
    handles b         -----(^#)--
    writes dlq        -----b-----
    orders/0 commits  ---a-b-----
    `,
    { pipeline: paying(3) },
    { bugs: ['swallows errors', 'writes twice'], own: { 'tries only twice': () => paying(2) } }
  )

  // # a batch with a row that cannot be read
  const batching =
    (onFailure?: 'skip'): Pipeline =>
    (orders, { cluster, sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            deserialize(
              { value: failingCodec(utf8, ['b']) },
              { onFailure: onFailure ?? deadLetter(cluster, { topic: 'dlq' }) }
            ),
            batch({ records: 2 }),
            writeTo(sink),
            commit({ every: 1 })
          )
        )
      )

  recipe(
    'a batch is written without the row that cannot be read',
    `
    orders/0          -abc-d----
    one               ^---------
    writes dlq        --b-------
    sink              ---(ac)---..d
    orders/0 commits  ---c------..d
    `,
    { pipeline: batching() },
    { bugs: ['acknowledges early', 'writes twice'], own: { 'skips the bad row': () => batching('skip') } }
  )

  // # enrichment
  const cities: Readonly<Record<string, string>> = { a: 'Ulm', b: 'Bonn' }
  const enriching =
    (order: 'key' | 'none'): Pipeline =>
    (orders, { cluster }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            deserialize({ value: utf8 }),
            handle(
              async ({ value }) => {
                await new Promise((done) => setTimeout(done, value === 'a' ? 3 : 1))
                return JSON.stringify({ id: value, city: cities[value] })
              },
              { concurrency: 2, order }
            ),
            produceTo(cluster, { topic: 'enriched', properties: atOnce }),
            commit({ every: 1 })
          )
        )
      )

  recipe(
    'orders are enriched in the order of their key',
    `
    orders/0          ab-------
    takes Produce     -|
    one               ^--------
    writes enriched   ----AB---
    orders/0 commits  ----ab---
    `,
    {
      pipeline: enriching('key'),
      records: { a: { key: 'anna', value: 'a' }, b: { key: 'anna', value: 'b' } },
      values: { A: { id: 'a', city: 'Ulm' }, B: { id: 'b', city: 'Bonn' } },
      written: { A: { key: 'anna' }, B: { key: 'anna' } }
    },
    {
      bugs: ['writes another value', 'does not wait'],
      own: { 'keeps no order': () => enriching('none') }
    }
  )

  // # fan-out
  const both: Pipeline = (orders, { cluster, sink }) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          fanOut(
            (records) => records.pipe(writeTo(sink)),
            (records) => records.pipe(produceTo(cluster, { topic: 'archive', properties: atOnce }))
          ),
          commit({ every: 1 })
        )
      )
    )
  const onlyOne: Pipeline = (orders, { sink }) =>
    orders.pipe(eachPartition((partition) => partition.pipe(writeTo(sink), commit({ every: 1 }))))

  recipe(
    'what goes to two stores is committed when both have it',
    `
    orders/0          a--------
    sink a            -|
    takes Produce     ---|
    one               ^--------
    sink              -a-------
    writes archive    ---a-----
    orders/0 commits  ---a-----
    `,
    { pipeline: both },
    { bugs: ['acknowledges early', 'does not wait'], own: { 'leaves the archive out': () => onlyOne } }
  )

  // # at most once
  const mailing: Pipeline = (orders, { sink }) =>
    orders.pipe(eachPartition((partition) => partition.pipe(atMostOnce({ every: 1 }), handle(sink))))
  const mailingTwice: Pipeline = (orders, { sink }) =>
    orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

  recipe(
    'nobody gets a mail twice, whatever dies',
    `
    orders/0          a-----b---------
    sink a            ----|
    one               ^-#-------------
    two               --^-------------
    sink              ----------b-----
    `,
    { pipeline: mailing, config: { 'session.timeout.ms': 10 } },
    { bugs: ['writes twice', 'drops the last'], own: { 'commits only afterwards': () => mailingTwice } }
  )

  // # transactions
  const invoicing =
    (all: boolean): Pipeline =>
    (orders, { cluster, member }) =>
      orders.pipe(
        transactional(
          cluster,
          { 'transactional.id': member, ...atOnce },
          (partition, tx) =>
            partition.pipe(
              filterRecords(() => all),
              tx.produceTo({ topic: 'invoices', record: ({ key }) => ({ key, value: key }) })
            ),
          { withinMs: 2 }
        )
      )

  recipe(
    'invoices and offsets are there together, or not at all',
    `
    orders/0          ab-------
    takes EndTxn      ---|
    one               ^--------
    writes invoices   -----(ab)
    orders/0 commits  -----b---
    `,
    { pipeline: invoicing(true), config: { 'enable.auto.commit': false } },
    { bugs: ['drops the last', 'never acknowledges'], own: { 'writes none': () => invoicing(false) } }
  )
})
