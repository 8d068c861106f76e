import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeProducerConfig } from '../../../../src/config/producer-config.js'
import { commit, type ConsumerConfig, eachPartition, handle } from '../../../../src/index.js'
import type { TransactionSession } from '../../../../src/ports/transaction-session.js'
import { numberOf } from '../../../support/handlers.js'
import { rig, type Rig } from '../../../support/rig.js'

const reason = 'a transaction is open at offset 2 of orders/0, and read_committed stops there'
const timeoutMs = 600_000

interface Trial extends Rig {
  readonly seen: number[]
  readonly transaction: TransactionSession
  readonly said: () => readonly string[]
}

/** Two records are read; then one is written in a transaction that stays open, and another outside of it. */
const trial = (config: Partial<ConsumerConfig>): Trial => {
  const made = rig(1, config, 2)
  const { clock, cluster, orders, events } = made
  const seen: number[] = []
  orders
    .pipe(
      eachPartition((stream) =>
        stream.pipe(
          handle((record) => void seen.push(numberOf(record))),
          commit()
        )
      )
    )
    .subscribe()
  clock.advance(1_000)
  const settings = decodeProducerConfig({ 'linger.ms': 0 })
  if (isLeft(settings)) throw new Error('the configuration is wrong')
  const transaction = cluster.openTransactions(settings.right, {
    transactionalId: 'hung',
    transactionTimeoutMs: timeoutMs
  })
  transaction.begin().subscribe()
  clock.advance(100)
  const record = { topic: 'orders', partition: 0, key: null, value: '2', headers: [] }
  transaction.send(record, { written: () => undefined, failed: () => undefined }, 0)
  clock.advance(100)
  cluster.produce('orders', { partition: 0, value: '3' })
  const said = (): readonly string[] =>
    events.flatMap((event) => (event._tag === 'waiting' ? event.reason : event._tag === 'recovered' ? event.what : []))
  return { ...made, seen, transaction, said }
}

const committed = { 'isolation.level': 'read_committed' } as const

describe('a transaction that stays open', () => {
  it('is what holds up records under read_committed, though there is no lag', () => {
    const { clock, orders, seen } = trial(committed)
    clock.advance(2_000)
    expect(seen).toEqual([0, 1])
    const why = 'a transaction that is open at offset 2'
    expect(orders.positions()).toMatchObject([{ lag: 0n, position: 2n, standing: 'no data', heldUpBy: why }])
    expect(orders.status().reason).toBe(`orders/0: ${why}`)
  })

  it('is reported after ten seconds, again while it lasts, and when it has ended', () => {
    const { clock, orders, seen, transaction, said, events } = trial(committed)
    clock.advance(9_000)
    expect(said()).toEqual([])
    clock.advance(2_000)
    expect(said()).toEqual([reason])
    expect(orders.status().waits).toMatchObject([{ for: 'waiting', what: reason }])
    clock.advance(20_000)
    expect(said()).toEqual([reason, reason, reason])
    transaction.commit().subscribe()
    clock.advance(1_000)
    expect(seen).toEqual([0, 1, 2, 3])
    expect(events.at(-1)).toMatchObject({ _tag: 'recovered', from: 'waiting', what: reason })
    expect(orders.positions()).toMatchObject([{ heldUpBy: null }])
    clock.advance(60_000)
    expect([said().length, orders.status().waits]).toEqual([4, []])
  })

  it.each([
    ['is sought elsewhere', ({ orders }: Trial) => { orders.seek({ topic: 'orders', partition: 0 }, { offset: 0n }) }], // prettier-ignore
    ['is given up', ({ orders }: Trial) => void orders.drain()]
  ])('is no longer waited for by a partition that %s', (_what, leave) => {
    const made = trial(committed)
    made.clock.advance(11_000)
    leave(made)
    made.clock.advance(1)
    expect(made.said()).toEqual([reason, reason])
    expect(made.orders.status().waits).toEqual([])
  })

  it('is of no concern to a paused partition, nor under read_uncommitted', () => {
    const paused = trial(committed)
    paused.orders.pause([{ topic: 'orders', partition: 0 }])
    const uncommitted = trial({ 'isolation.level': 'read_uncommitted' })
    for (const { clock, said, orders } of [paused, uncommitted]) {
      clock.advance(60_000)
      expect([said(), orders.positions()[0]?.heldUpBy]).toEqual([[], null])
    }
    expect(uncommitted.seen).toEqual([0, 1, 2, 3])
  })

  it('is not reported where others follow each other, each for a short time', () => {
    const { clock, cluster, transaction, said, seen } = trial(committed)
    transaction.commit().subscribe()
    for (let more = 4; more < 30; more++) {
      transaction.begin().subscribe()
      clock.advance(10)
      const record = { topic: 'orders', partition: 0, key: null, value: String(more), headers: [] }
      transaction.send(record, { written: () => undefined, failed: () => undefined }, 0)
      clock.advance(3_000)
      transaction.commit().subscribe()
      clock.advance(10)
    }
    cluster.produce('orders', { partition: 0, value: '30' })
    clock.advance(1_000)
    expect([said(), seen.at(-1)]).toEqual([[], 30])
  })
})
