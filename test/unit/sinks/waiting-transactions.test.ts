import type { Subscription } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../src/core/protocol/error-code.js'
import { transactional } from '../../../src/index.js'
import type { MemoryCluster } from '../../../src/testing.js'
import { rig, type Rig } from '../../support/rig.js'

type Said = readonly [string, string]

interface Copying extends Rig {
  readonly waits: () => readonly Said[]
  readonly pipeline: Subscription
}

/** Copies records in transactions, and has read the first. */
const copying = (before: (cluster: MemoryCluster) => void = () => undefined): Copying => {
  const made = rig(1, { 'enable.auto.commit': false }, 1)
  const { clock, cluster, orders, events } = made
  cluster.createTopic('copies', 1)
  before(cluster)
  const pipeline = orders
    .pipe(
      transactional(cluster, { 'transactional.id': 'copy' }, (partition, tx) =>
        partition.pipe(tx.produceTo({ topic: 'copies' }))
      )
    )
    .subscribe()
  clock.advance(5_000)
  const waits = (): readonly Said[] =>
    events.flatMap((event): readonly Said[] => {
      if (event._tag === 'waiting') return [['waiting', event.reason]]
      return event._tag === 'recovered' ? [['recovered', event.what]] : []
    })
  return { ...made, waits, pipeline }
}

const copies = ({ cluster }: Rig): number => cluster.records({ topic: 'copies', partition: 0 }).length
const aborted = 'the transaction was aborted'
const late = (step: string): string => `the ${step} of a transaction has no answer for records of orders/0 yet`

describe('a transaction that waits', () => {
  it.each([
    ['commit', 'EndTxn'],
    ['commit', 'TxnOffsetCommit']
  ] as const)('for its %s (%s) is reported after ten seconds, and when it goes on', (step, api) => {
    const made = copying()
    const { clock, cluster, orders, waits } = made
    cluster.failNext(api, errorCode.COORDINATOR_LOAD_IN_PROGRESS, 30)
    cluster.produce('orders', { partition: 0, value: '1' })
    clock.advance(9_000)
    expect(waits()).toEqual([])
    clock.advance(2_000)
    expect(waits()).toEqual([['waiting', late(step)]])
    expect(orders.status().waits).toMatchObject([{ what: late(step) }])
    clock.advance(60_000)
    expect([waits().at(-1), copies(made), orders.status().waits]).toEqual([['recovered', late(step)], 2, []])
    expect(orders.status().reason).toBeNull()
  })

  it('for its beginning is reported too', () => {
    const made = copying((cluster) => {
      cluster.failNext('InitProducerId', errorCode.COORDINATOR_LOAD_IN_PROGRESS, 30)
    })
    made.clock.advance(90_000)
    expect(made.waits()[0]).toEqual(['waiting', late('beginning')])
    expect([made.waits().at(-1), copies(made)]).toEqual([['recovered', late('beginning')], 1])
  })

  it('is no longer reported once its pipeline has ended', () => {
    const { clock, cluster, pipeline, waits } = copying()
    cluster.failNext('EndTxn', errorCode.COORDINATOR_LOAD_IN_PROGRESS, 1_000)
    cluster.produce('orders', { partition: 0, value: '1' })
    clock.advance(11_000)
    expect(waits()).toHaveLength(1)
    pipeline.unsubscribe()
    clock.advance(60_000)
    expect(waits().length).toBeLessThan(3)
  })
})

describe('a transaction that was aborted', () => {
  it('is over for the status once its records are committed with another', () => {
    const made = copying()
    const { clock, cluster, orders, waits } = made
    cluster.failNext('TxnOffsetCommit', errorCode.GROUP_ID_NOT_FOUND)
    cluster.produce('orders', { partition: 0, value: '1' })
    clock.advance(10_000)
    expect(waits()).toEqual([
      ['waiting', aborted],
      ['recovered', aborted]
    ])
    // One of them is in the aborted transaction.
    expect([copies(made), orders.status().waits, orders.status().reason]).toEqual([3, [], null])
  })
})
