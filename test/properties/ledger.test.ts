import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ledger } from '../../src/core/partition/ledger.js'

type Act =
  | { readonly kind: 'deliver'; readonly gap: number }
  | { readonly kind: 'settle' | 'hold' | 'release'; readonly at: number }

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('deliver' as const), gap: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('settle' as const, 'hold' as const, 'release' as const), at: fc.nat(80) })
)

/** The same book, kept by looking through all of it each time. */
class Naive {
  readonly records: { readonly offset: number; settled: boolean; holds: number }[] = []
  end = 0
  get committable(): number {
    return this.records.find(({ settled }) => !settled)?.offset ?? this.end
  }
  get inFlight(): number {
    return this.records.filter(({ settled, holds }) => !settled || holds > 0).length
  }
}

describe('Ledger', () => {
  it('agrees with a book that looks through everything, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
        const ledger = new Ledger(0n)
        const naive = new Naive()
        for (const step of acts) {
          if (step.kind === 'deliver') {
            const offset = naive.end + step.gap
            ledger.deliver(offset, 0)
            naive.records.push({ offset, settled: false, holds: 0 })
            naive.end = offset + 1
          } else {
            const record = naive.records[step.at]
            if (step.kind === 'settle') {
              expect(ledger.settle(step.at)).toBe(record !== undefined && !record.settled)
              if (record !== undefined) record.settled = true
            } else if (step.kind === 'hold' && record !== undefined && !(record.settled && record.holds === 0)) {
              // What is over for good may be forgotten, and is not held again.
              ledger.hold(step.at)
              record.holds++
            } else if (step.kind === 'release' && record !== undefined && record.holds > 0) {
              ledger.release(step.at)
              record.holds--
            }
          }
          expect(ledger.committable).toBe(BigInt(naive.committable))
          expect(ledger.inFlight).toBe(naive.inFlight)
          expect(ledger.heldCount).toBe(naive.records.filter(({ holds }) => holds > 0).length)
          expect(ledger.unsettled).toBe(naive.records.filter(({ settled }) => !settled).length)
        }
      }),
      { numRuns: 1_000 }
    )
  })
})
