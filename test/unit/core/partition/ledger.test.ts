import { describe, expect, it } from 'vitest'
import { Ledger } from '../../../../src/core/partition/ledger.js'

const deliver = (ledger: Ledger, ...offsets: readonly number[]): readonly number[] =>
  offsets.map((offset) => ledger.deliver(offset, 0))

describe('Ledger', () => {
  it('commits up to the first unsettled record, over gaps', () => {
    const ledger = new Ledger(40n)
    const [a = 0, b = 0, c = 0] = deliver(ledger, 0, 1, 5)
    ledger.settle(b)
    expect(ledger.committable).toBe(40n)
    ledger.settle(a)
    expect(ledger.committable).toBe(45n)
    ledger.settle(c)
    expect(ledger.committable).toBe(46n)
  })

  it('commits the position after what holds no record, once everything is settled', () => {
    const ledger = new Ledger(0n)
    const [a = 0] = deliver(ledger, 0)
    ledger.advanceTo(9n)
    expect(ledger.committable).toBe(0n)
    ledger.settle(a)
    expect(ledger.committable).toBe(9n)
  })

  it('returns credit when a record is settled and held by nobody, in either order', () => {
    const ledger = new Ledger(0n)
    const [a = 0, b = 0] = deliver(ledger, 0, 1)
    ledger.hold(a)
    ledger.hold(a)
    ledger.settle(a)
    ledger.release(a)
    expect(ledger.inFlight).toBe(2)
    ledger.release(a)
    expect(ledger.inFlight).toBe(1)
    ledger.hold(b)
    ledger.release(b)
    expect([ledger.inFlight, ledger.heldCount]).toEqual([1, 0])
    ledger.settle(b)
    expect([ledger.inFlight, ledger.span]).toEqual([0, 0])
  })

  it('ignores a second acknowledgement, and one of a record that was never delivered', () => {
    const ledger = new Ledger(0n)
    const [a = 0] = deliver(ledger, 0)
    expect([ledger.settle(a), ledger.settle(a), ledger.settle(99), ledger.settle(-1)]).toEqual([
      true,
      false,
      false,
      false
    ])
    expect(ledger.settledCount).toBe(1)
  })

  it('is exact beyond the integers of a double', () => {
    const ledger = new Ledger(9_007_199_254_740_993n)
    const [a = 0] = deliver(ledger, 0, 2)
    ledger.settle(a)
    expect(ledger.committable).toBe(9_007_199_254_740_995n)
  })
})
