import { describe, expect, it } from 'vitest'
import { randomId } from '../../../../../src/core/group/consumer-protocol/random-id.js'
import { seededRandom } from '../../../../../src/internal/seeded-random.js'

describe('randomId', () => {
  it('is a UUID as Kafka writes it, in 22 characters of base64, and begins with no dash', () => {
    const random = seededRandom(1)
    const ids = Array.from({ length: 2_000 }, () => randomId(random))
    expect(new Set(ids).size).toBe(2_000)
    for (const id of ids) {
      expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
      const bytes = Buffer.from(id, 'base64url')
      expect([bytes.length, bytes.toString('base64url'), (bytes[6] ?? 0) >> 4, (bytes[8] ?? 0) >> 6]).toEqual([
        16,
        id,
        4,
        2
      ])
    }
  })
})
