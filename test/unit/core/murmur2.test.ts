import { describe, expect, it } from 'vitest'
import { murmur2, partitionForKey } from '../../../src/core/murmur2.js'

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

  it('gives a partition of the topic for every key, the empty one too', () => {
    expect(partitionForKey(new Uint8Array(0), 7)).toBe((murmur2(new Uint8Array(0)) & 0x7fffffff) % 7)
  })
})
