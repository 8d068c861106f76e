import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { atMostOnce, commit, eachPartition, handle } from '../../../../src/index.js'
import { rig } from '../../../support/rig.js'
import { eachUnacknowledged } from '../../../support/unacknowledged.js'

describe('positions() says why a partition is not moving', () => {
  it('waits for the acknowledgement of a record, since when, and where that record is', () => {
    const { clock, orders } = rig(1, { maxInFlight: 2 }, 10)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => NEVER),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(5_000)
    expect(orders.positions()).toMatchObject([
      { standing: 'no credit', lag: 8n, waitingFor: { offset: 0n, lastOperator: 'source', held: true } }
    ])
    const { waitingFor } = orders.positions()[0] ?? {}
    expect(waitingFor?.forMs).toBeGreaterThan(4_900)
  })

  it('names the operator behind which a record was swallowed', () => {
    const { clock, orders } = rig(1, { maxInFlight: 2 }, 10)
    orders.pipe(eachUnacknowledged((p) => p.pipe(handle(() => undefined)))).subscribe()
    clock.advance(500)
    expect(orders.positions()).toMatchObject([{ waitingFor: { offset: 0n, lastOperator: 'handle', held: false } }])
  })

  it('waits for nothing where everything is settled', () => {
    const { clock, orders } = rig(1, {}, 10)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(500)
    expect(orders.positions()).toMatchObject([{ standing: 'no data', lag: 0n, waitingFor: null, fault: null }])
  })

  it('names what the group has against its commits, where records wait for one', () => {
    const { clock, cluster, orders } = rig(1, { maxInFlight: 2 }, 10)
    cluster.failNext('OffsetCommit', 14, 1_000)
    orders.pipe(eachPartition((p) => p.pipe(atMostOnce()))).subscribe()
    clock.advance(5_000)
    expect(orders.positions()).toMatchObject([
      { standing: 'commit failing', fault: { name: 'COORDINATOR_LOAD_IN_PROGRESS' } }
    ])
  })

  it('names the broker that cannot be reached, and no longer once it can', () => {
    const { clock, cluster, orders } = rig(1, {}, 10)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(500)
    cluster.failNext('Fetch', 'disconnect', 5)
    clock.advance(600)
    expect(orders.positions()).toMatchObject([{ standing: 'broker down', fault: { _tag: 'ConnectionFault' } }])
    clock.advance(20_000)
    expect(orders.positions()).toMatchObject([{ standing: 'no data', fault: null }])
  })
})

describe('a partition without answers, for no known reason', () => {
  it('is not one that is only idle, paused, without credit, or whose broker is down', () => {
    const { clock, cluster, orders, events } = rig(3, { maxInFlight: 1 }, 3)
    orders.pause([{ topic: 'orders', partition: 1 }])
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => (p.partition === 2 ? NEVER : undefined)),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(100_000)
    cluster.failNext('Fetch', 'disconnect', 100)
    clock.advance(80_000)
    expect(events.filter(({ _tag }) => _tag === 'silent')).toEqual([])
  })
})
