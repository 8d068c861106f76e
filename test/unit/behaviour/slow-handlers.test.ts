import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle, mapValue } from '../../../src/index.js'
import { outcomeOf } from '../../support/life-cycles.js'
import { rig } from '../../support/rig.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

describe('a handler that does not return', () => {
  it('is reported after ten seconds, once, and again when it has returned and another does not', () => {
    const { clock, orders, events } = rig(1, { maxInFlight: 2 }, 3)
    const done: ((value: unknown) => void)[] = []
    orders
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(() => new Promise((resolve) => done.push(resolve))),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(9_900)
    expect(events).toEqual([])
    clock.advance(30_000)
    expect(events).toEqual([{ _tag: 'slow', topic: 'orders', partition: 0, offset: 0n, forMs: 10_000, inFlight: 2 }])
  })
})

describe('a pipeline without commit()', () => {
  const forgetful = (records: number) => {
    const made = rig(1, {}, records)
    made.orders.pipe(eachUnacknowledged((partition) => partition.pipe(mapValue((value) => value)))).subscribe()
    return made
  }

  it.each([1, 5, 2_000])('is reported, however few records there are: %i', (records) => {
    const { clock, events } = forgetful(records)
    clock.advance(50_000)
    expect(events).toMatchObject([
      { _tag: 'starved', inFlight: Math.min(records, 1_000), advice: expect.stringContaining('commit()') }
    ])
  })

  it('has not drained: its records are delivered again, as its report says', async () => {
    const { clock, orders } = forgetful(5)
    clock.advance(1_000)
    const drained = orders.drain({ timeoutMs: 5_000 })
    clock.advance(10_000)
    expect(await outcomeOf(drained)).toMatchObject({
      outcome: 'failed',
      partitions: [{ outcome: 'failed', committed: null, repeated: 5 }]
    })
  })
})
