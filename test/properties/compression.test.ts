import fc from 'fast-check'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { describe, expect, it } from 'vitest'
import { BadCompression } from '../../src/core/compression/bounded-output.js'
import { lz4Decompress } from '../../src/core/compression/lz4.js'
import { snappyDecompress, snappyFrames } from '../../src/core/compression/snappy.js'

/** Bytes that repeat themselves, near and far, and some that do not. */
const content = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 400 })), { maxLength: 8 })
  .map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes))))

const codecs = [
  {
    name: 'snappy, in Java’s frames',
    compress: (bytes: Buffer): Uint8Array => snappyFrames(bytes, (block) => snappy.compressSync(block)),
    decompress: snappyDecompress
  },
  {
    name: 'snappy, as one block',
    compress: (bytes: Buffer): Uint8Array => snappy.compressSync(bytes),
    decompress: snappyDecompress
  },
  { name: 'lz4', compress: (bytes: Buffer): Uint8Array => lz4.compressFrameSync(bytes), decompress: lz4Decompress }
] as const

describe.each(codecs)('$name', ({ compress, decompress }) => {
  it('gives back what was put in', () => {
    fc.assert(
      fc.property(content, (bytes) => {
        expect(Buffer.compare(decompress(compress(bytes), bytes.length), bytes)).toBe(0)
      }),
      { numRuns: 150 }
    )
  })

  it('stops at the limit', () => {
    const bomb = compress(Buffer.alloc(5_000_000))
    expect(() => decompress(bomb, 4_999_999)).toThrow(expect.objectContaining({ oversized: true }))
    expect(decompress(bomb, 5_000_000)).toHaveLength(5_000_000)
  })

  it('says that bytes are broken, whatever was done to them, and never takes more than the limit', () => {
    const whole = compress(Buffer.from('a rose is a rose is a rose is a rose. '.repeat(50)))
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(whole.length), (changes, length) => {
        const broken = Uint8Array.from(whole.slice(0, length))
        for (const [at, byte] of changes) if (at < length) broken[at] = byte
        try {
          expect(decompress(broken, 10_000).length).toBeLessThanOrEqual(10_000)
        } catch (error) {
          expect(error).toBeInstanceOf(BadCompression)
        }
      }),
      { numRuns: 3_000 }
    )
  })
})
