import fc from 'fast-check'
import { left } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/core/records/crc32c.js'
import { PartitionLog } from '../../src/sources/memory/partition-log.js'
import { recordRun } from '../../src/core/records/record-run.js'

type Isolation = 'read_uncommitted' | 'read_committed'

type Deed =
  | { readonly _tag: 'append'; readonly keys: readonly (string | null)[]; readonly producer: number | null }
  | { readonly _tag: 'end'; readonly producer: number; readonly how: 'commit' | 'abort' }
  | { readonly _tag: 'delete'; readonly share: number }
  | { readonly _tag: 'compact' }

const producer = fc.nat(2)
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      _tag: fc.constant('append' as const),
      keys: fc.array(fc.option(fc.constantFrom('', 'a', 'b', 'c')), { minLength: 1, maxLength: 4 }),
      producer: fc.option(producer, { freq: 2 })
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({ _tag: fc.constant('end' as const), producer, how: fc.constantFrom('commit', 'abort') })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      _tag: fc.constant('delete' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true })
    })
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant('compact' as const) }) }
)

/** A record as the plainest possible log remembers it. */
interface Plain {
  readonly offset: number
  readonly key: string | null
  readonly producer: number | null
  fate: 'open' | 'commit' | 'abort'
}

/** The same deeds done to a log and to a list. */
const both = (
  deeds: readonly Deed[]
): { log: PartitionLog; plain: Plain[]; start: number; end: number; ends: number[] } => {
  const log = new PartitionLog()
  let plain: Plain[] = []
  let start = 0
  let end = 0
  /** where batches end: places that a reader gets to */
  const ends: number[] = []
  for (const done of deeds) {
    switch (done._tag) {
      case 'append': {
        const records = done.keys.map((key) => ({
          timestamp: 0,
          key: key === null ? null : new TextEncoder().encode(key),
          value: null,
          headers: []
        }))
        const base = log.append(records, done.producer === null ? -1n : BigInt(done.producer))
        expect(base).toBe(BigInt(end))
        const fate = done.producer === null ? 'commit' : 'open'
        for (const key of done.keys) plain.push({ offset: end++, key, producer: done.producer, fate })
        ends.push(end)
        break
      }
      case 'end': {
        const open = plain.filter((record) => record.producer === done.producer && record.fate === 'open')
        // Retention may have taken all of it: then the log alone knows that a transaction is open.
        const before = log.logEnd
        log.endTransaction(BigInt(done.producer), done.how, 0)
        for (const record of open) record.fate = done.how
        if (log.logEnd > before) ends.push(++end)
        else expect(open).toEqual([])
        break
      }
      case 'delete': {
        const to = Math.floor(done.share * end)
        log.deleteBefore(BigInt(to))
        start = Math.max(start, to)
        plain = plain.filter(({ offset }) => offset >= start)
        break
      }
      case 'compact': {
        log.compact()
        const latest = new Map(plain.map(({ key, offset }) => [key, offset]))
        plain = plain.filter(({ key, offset }) => key === null || latest.get(key) === offset)
        break
      }
    }
  }
  return { log, plain, start, end, ends }
}

/** Reads on and on, at most `maxBytes` at a time, as a consumer does. */
const readAll = (log: PartitionLog, from: number, maxBytes: number, isolation: Isolation): readonly number[] => {
  const offsets: number[] = []
  const below = isolation === 'read_committed' ? log.lastStable : log.logEnd
  for (let position = BigInt(from); position < below;) {
    const { bytes, aborted } = log.read(position, maxBytes, below)
    const run = recordRun({
      topic: 't',
      partition: 0,
      fetchOffset: position,
      behindEpoch: -1,
      highWatermark: log.logEnd,
      bytes,
      aborted,
      isolation,
      checksum: crc32c,
      maxDecompressedBytes: 1_000_000,
      decompress: (codec) => left({ _tag: 'corrupt', reason: codec })
    })
    while (run.advance()) offsets.push(run.offsetFrom({ base: 0n }))
    expect(run.fault).toBeNull()
    // A reader that does not get on reads for ever.
    expect(run.nextOffset).toBeGreaterThan(position)
    position = run.nextOffset
  }
  return offsets
}

const history = fc.array(deed, { maxLength: 25 })
const sizes = fc.constantFrom(1, 100, 200, 1_000_000)

describe('PartitionLog', () => {
  it('is read from anywhere, in pieces of any size, as what was written and not taken away', () => {
    fc.assert(
      fc.property(history, fc.double({ min: 0, max: 1, noNaN: true }), sizes, (deeds, share, maxBytes) => {
        const { log, plain, start, end } = both(deeds)
        const from = start + Math.floor(share * (end - start))
        const expected = plain.map(({ offset }) => offset).filter((offset) => offset >= from)
        expect(readAll(log, from, maxBytes, 'read_uncommitted')).toEqual(expected)
        expect([log.logStart, log.logEnd]).toEqual([BigInt(start), BigInt(end)])
        expect(log.records().map(({ offset }) => Number(offset))).toEqual(plain.map(({ offset }) => offset))
      }),
      { numRuns: 300 }
    )
  })

  it('shows those who read committed records only these, up to the first open transaction', () => {
    fc.assert(
      fc.property(history, sizes, fc.nat(1_000), (deeds, maxBytes, choice) => {
        const { log, plain, start, ends } = both(deeds)
        // A consumer's position is the start, or a place that it has read up to.
        const places = [start, ...ends.filter((place) => place > start)]
        const from = places[choice % places.length] ?? start
        const stable = Number(log.lastStable)
        const expected = plain.filter(({ offset, fate }) => offset >= from && offset < stable && fate === 'commit')
        expect(readAll(log, from, maxBytes, 'read_committed')).toEqual(expected.map(({ offset }) => offset))
        for (const { offset, fate } of plain) if (fate === 'open') expect(offset).toBeGreaterThanOrEqual(stable)
      }),
      { numRuns: 300 }
    )
  })
})
