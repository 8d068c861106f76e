import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/core/records/crc32c.js'
import { encodeBatch } from '../../src/core/records/encode-batch.js'
import { batchAt, joined, recordsIn, runOf } from '../support/record-runs.js'

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null })
const record = fc.record({
  timestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 45 })),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ name: fc.string({ maxLength: 10, unit: 'grapheme' }), value: bytes }), { maxLength: 3 })
})

describe('a record batch', () => {
  it('gives back what was put in', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 60n }),
        fc.array(record, { minLength: 1, maxLength: 20 }),
        (baseOffset, records) => {
          const read = recordsIn(runOf(encodeBatch({ baseOffset, records }), { fetchOffset: baseOffset }))
          expect(read.map(({ timestamp, key, value, headers }) => ({ timestamp, key, value, headers }))).toEqual(
            records
          )
          expect(read.map(({ offset }) => offset)).toEqual(records.map((_, index) => baseOffset + BigInt(index)))
        }
      ),
      { numRuns: 500 }
    )
  })

  it('never throws, whatever was done to its bytes, with checksums or without', () => {
    const whole = joined(batchAt(0n, 'alpha', 'beta'), batchAt(2n, 'gamma'), batchAt(3n, 'delta', 'epsilon'))
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.nat(whole.length),
        fc.boolean(),
        (changes, length, checked) => {
          const mutated = whole.slice(0, length)
          for (const [at, byte] of changes) if (at < length) mutated[at] = byte
          for (const { key, value, headers } of recordsIn(runOf(mutated, { checksum: checked ? crc32c : null })))
            expect([key, value, headers]).toHaveLength(3)
        }
      ),
      { numRuns: 20_000 }
    )
  })

  it('finds every single flipped bit behind the checksum', () => {
    const whole = batchAt(0n, 'alpha')
    fc.assert(
      fc.property(fc.integer({ min: 21, max: whole.length - 1 }), fc.nat(7), (at, bit) => {
        const mutated = whole.slice()
        mutated[at] = (mutated[at] ?? 0) ^ (1 << bit)
        const run = runOf(mutated)
        expect(recordsIn(run)).toEqual([])
        expect(run.fault?._tag).toBe('CorruptBatchFault')
      })
    )
  })
})

/** CRC-32C as it is defined, bit by bit. */
const slowCrc = (from: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of from) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('crc32c', () => {
  it('is that of the definition, wherever the bytes lie', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(40),
        fc.nat(40),
        fc.nat(40),
        (given, skipped, from, less) => {
          // A view that begins at any byte of its buffer, as a batch within a response does.
          const view = Uint8Array.of(...new Uint8Array(skipped), ...given).subarray(skipped)
          const start = Math.min(from, view.length)
          const end = Math.max(start, view.length - less)
          expect(crc32c(view, start, end)).toBe(slowCrc(given.subarray(start, end)))
        }
      ),
      { numRuns: 2_000 }
    )
  })
})
