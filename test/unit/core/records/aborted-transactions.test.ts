import { describe, expect, it } from 'vitest'
import { AbortedTransactions } from '../../../../src/core/records/aborted-transactions.js'

describe('AbortedTransactions', () => {
  it('begins each at its first offset, though the list is not sorted', () => {
    const aborted = new AbortedTransactions([
      { producerId: 7n, firstOffset: 20n },
      { producerId: 5n, firstOffset: 10n }
    ])
    aborted.advanceTo(9n)
    expect([aborted.includes(5n), aborted.includes(7n)]).toEqual([false, false])
    aborted.advanceTo(10n)
    expect([aborted.includes(5n), aborted.includes(7n)]).toEqual([true, false])
    aborted.advanceTo(25n)
    expect([aborted.includes(5n), aborted.includes(7n)]).toEqual([true, true])
  })

  it('ends one at its marker, and begins a later one of the same producer', () => {
    const aborted = new AbortedTransactions([
      { producerId: 5n, firstOffset: 0n },
      { producerId: 5n, firstOffset: 30n }
    ])
    aborted.advanceTo(0n)
    aborted.ended(5n)
    expect(aborted.includes(5n)).toBe(false)
    aborted.advanceTo(30n)
    expect(aborted.includes(5n)).toBe(true)
  })
})
