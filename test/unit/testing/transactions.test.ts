import { describe, it } from 'vitest'
import { handle, transactional } from '../../../src/index.js'
import { marbles, type Pipeline, type Scenario } from '../../../src/testing.js'

const byHand = { 'enable.auto.commit': false } as const

const play = (diagram: string, pipeline: Pipeline, more: Partial<Scenario> = {}): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline, config: byHand, topics: { invoices: 1 }, ...more })
  })()

/** From Kafka to Kafka, with the offsets, or not at all. */
const invoicing: Pipeline = (orders, { cluster, member, sink }) =>
  orders.pipe(
    transactional(
      cluster,
      { 'transactional.id': member, 'linger.ms': 0 },
      (partition, tx) =>
        partition.pipe(handle(sink), tx.produceTo({ topic: 'invoices', record: ({ key }) => ({ key, value: key }) })),
      { withinMs: 2 }
    )
  )

describe('a transaction in a diagram', () => {
  it('shows what it writes, and its offsets, when it is committed', () =>
    play(
      `
      orders/0          ab-------
      one               ^--------
      writes invoices   --(ab)---
      orders/0 commits  --b------
      `,
      invoicing
    ))

  it('shows nothing of one that was aborted', () =>
    play(
      `
      orders/0          a--------
      sink a            --#
      one               ^--------
      writes invoices   ---------
      orders/0 commits  ---------
      one ends          --#------
      `,
      invoicing
    ))

  it('does not go on when its process has died', () =>
    play(
      `
      orders/0          a--------
      takes EndTxn      ---|
      one               ^--#-----
      writes invoices   ---------
      orders/0 commits  ---------
      `,
      invoicing
    ))

  it.each(['InitProducerId', 'TxnOffsetCommit', 'EndTxn'])('waits for a slow answer: %s', (api) =>
    play(
      [
        ['orders/0', 'a--------'],
        [`takes ${api}`, '---|'],
        ['one', '^--------'],
        ['writes invoices', '-----a---']
      ]
        .map(([name = '', row = '']) => name.padEnd(24) + row)
        .join('\n'),
      invoicing
    )
  )
})
