import { describe, expect, it } from 'vitest'
import { partitionForKey } from '../../../src/core/murmur2.js'
import { Partitioner } from '../../../src/core/partitioner.js'
import { seededRandom } from '../../../src/internal/seeded-random.js'

const key = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('Partitioner', () => {
  it('puts a key where its hash says, an empty one too, whatever came before', () => {
    const partitioner = new Partitioner(seededRandom(1))
    for (const text of ['a', 'b', '', 'a']) {
      partitioner.choose('t', null, 100, 7)
      expect(partitioner.choose('t', key(text), 100, 7)).toBe(partitionForKey(key(text), 7))
    }
  })

  it('keeps to one partition for a batch of records without a key, then goes to another', () => {
    const partitioner = new Partitioner(seededRandom(1))
    const chosen = Array.from({ length: 64 }, () => partitioner.choose('t', null, 1_024, 4))
    for (let batch = 0; batch < 4; batch++) {
      const partitions = new Set(chosen.slice(batch * 16, batch * 16 + 16))
      expect(partitions.size).toBe(1)
      if (batch > 0) expect(partitions.has(chosen[batch * 16 - 1] ?? -1)).toBe(false)
    }
  })

  it('spreads batches evenly', () => {
    const partitioner = new Partitioner(seededRandom(1))
    const counts = [0, 0, 0, 0]
    for (let batch = 0; batch < 4_000; batch++) {
      const partition = partitioner.choose('t', null, 16_384, 4)
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(100)
  })

  it('counts each topic on its own, and leaves a partition that is gone', () => {
    const partitioner = new Partitioner(() => 0.99)
    expect([partitioner.choose('a', null, 1, 8), partitioner.choose('b', null, 1, 3)]).toEqual([7, 2])
    expect(partitioner.choose('a', null, 1, 2)).toBe(1)
  })

  it('has no other to go to where there is only one', () => {
    const partitioner = new Partitioner(seededRandom(1))
    expect(Array.from({ length: 5 }, () => partitioner.choose('t', null, 20_000, 1))).toEqual([0, 0, 0, 0, 0])
  })
})
