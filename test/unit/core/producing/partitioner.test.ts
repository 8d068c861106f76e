import { describe, expect, it } from 'vitest'
import { partitionForKey } from '../../../../src/core/producing/murmur2.js'
import { Partitioner } from '../../../../src/core/producing/partitioner.js'
import { seededRandom } from '../../../../src/internal/seeded-random.js'

const key = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Where records of this size go, if each fills a batch. */
const chosen = (partitioner: Partitioner, records: number, bytes: number, count: number): readonly number[] =>
  Array.from({ length: records }, () => {
    const partition = partitioner.choose('t', null, { count })
    if (partitioner.placed('t', bytes, true)) partitioner.moveOn('t', { count })
    return partition
  })

const countsOf = (partitions: readonly number[], count: number): readonly number[] =>
  Array.from({ length: count }, (_, partition) => partitions.filter((one) => one === partition).length)

describe('Partitioner', () => {
  it('chooses the partition of a key by its hash, also of an empty one, whatever was sent before', () => {
    const partitioner = new Partitioner(seededRandom(1))
    for (const text of ['a', 'b', '', 'a']) {
      partitioner.choose('t', null, { count: 7 })
      expect(partitioner.choose('t', key(text), { count: 7 })).toBe(partitionForKey(key(text), 7))
    }
  })

  it('uses one partition for a batch of records without a key', () => {
    const partitions = chosen(new Partitioner(seededRandom(1)), 64, 1_024, 4)
    for (let batch = 0; batch < 4; batch++) expect(new Set(partitions.slice(batch * 16, batch * 16 + 16)).size).toBe(1)
    expect(new Set(partitions).size).toBeGreaterThan(1)
  })

  it('continues with a batch that lingers half full, up to twice the size', () => {
    const partitioner = new Partitioner(() => 0.99)
    expect(partitioner.choose('t', null, { count: 2 })).toBe(1)
    const place = (): boolean => partitioner.placed('t', 1_024, false)
    for (let record = 0; record < 31; record++) expect(place()).toBe(false)
    expect(place()).toBe(true)
  })

  it('spreads batches evenly', () => {
    for (const count of countsOf(chosen(new Partitioner(seededRandom(1)), 4_000, 16_384, 4), 4))
      expect(Math.abs(count - 1_000)).toBeLessThan(100)
  })

  it('chooses a partition more often the shorter its queue is, as Java does', () => {
    const partitioner = new Partitioner(seededRandom(1))
    const partitions = { count: 3, available: [0, 1, 2], queued: [3, 1, 0] }
    const seen: number[] = []
    for (let batch = 0; batch < 7_000; batch++) {
      seen.push(partitioner.choose('t', null, partitions))
      if (partitioner.placed('t', 16_384, true)) partitioner.moveOn('t', partitions)
    }
    // Weights 1, 3 and 4, of 8 in all.
    countsOf(seen, 3).forEach((count, partition) => {
      expect(Math.abs(count - ([1, 3, 4][partition] ?? 0) * 875)).toBeLessThan(150)
    })
  })

  it('chooses among those that have a leader; where none has, among all', () => {
    const partitioner = new Partitioner(seededRandom(1))
    const among = (available: readonly number[]): ReadonlySet<number> => {
      const seen = new Set<number>()
      for (let batch = 0; batch < 200; batch++) {
        if (partitioner.placed('t', 16_384, true)) partitioner.moveOn('t', { count: 4, available })
        seen.add(partitioner.choose('t', null, { count: 4, available }))
      }
      return seen
    }
    partitioner.choose('t', null, { count: 4, available: [1] })
    expect(among([1, 3])).toEqual(new Set([1, 3]))
    expect(among([])).toEqual(new Set([0, 1, 2, 3]))
  })

  it('counts each topic on its own, and leaves a partition that is gone', () => {
    const partitioner = new Partitioner(() => 0.99)
    expect([partitioner.choose('a', null, { count: 8 }), partitioner.choose('b', null, { count: 3 })]).toEqual([7, 2])
    expect(partitioner.choose('a', null, { count: 2 })).toBe(1)
  })

  it('always chooses the only partition', () => {
    expect(chosen(new Partitioner(seededRandom(1)), 5, 20_000, 1)).toEqual([0, 0, 0, 0, 0])
  })
})
