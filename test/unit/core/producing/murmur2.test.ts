import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { murmur2, partitionForKey } from '../../../../src/core/producing/murmur2.js'

describe('murmur2', () => {
  // The vectors of Kafka's own UtilsTest.
  it.each([
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
    ['abc', 479_470_107]
  ])('hashes %s as Java does', (text, hash) => {
    expect(murmur2(new TextEncoder().encode(text))).toBe(hash)
  })

  // SHA-256 of the hashes that Java's client gives, one after the other, as big-endian integers:
  // java -cp '.kafka/kafka-4.1.0/*' test/support/java/JavaRecords.java murmur2 100000 1 | sha256sum
  it('hashes 100,000 random keys of 0 to 63 bytes as Java does', () => {
    let state = 1
    const next = (): number => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state
    }
    const hashes = Buffer.alloc(400_000)
    for (let number = 0; number < 100_000; number++) {
      const key = new Uint8Array((next() >>> 8) & 63).map(() => next() >>> 16)
      hashes.writeInt32BE(murmur2(key), number * 4)
    }
    expect(createHash('sha256').update(hashes).digest('hex')).toBe(
      '6ca575199adb63e32021f9641c149ce09b4dd686b022c930a90bd861414a17d1'
    )
  })

  it('gives a partition of the topic for every key, the empty one too', () => {
    expect(partitionForKey(new Uint8Array(0), 7)).toBe((murmur2(new Uint8Array(0)) & 0x7fffffff) % 7)
  })
})
