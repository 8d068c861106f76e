import fc from 'fast-check'
import zstd from '@bokuweb/zstd-wasm'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { describe, expect, it } from 'vitest'
import { BadCompression } from '../../src/core/compression/bounded-output.js'
import { lz4Decompress } from '../../src/core/compression/lz4.js'
import { snappyDecompress, snappyFrames } from '../../src/core/compression/snappy.js'
import { zstdDecompress } from '../../src/core/compression/zstd.js'

await zstd.init()

/** Words of a few letters, as often as in a text: what is coded by how often it comes. */
const text = fc
  .array(
    fc.string({
      unit: fc.constantFrom('e', 'e', 'e', 't', 't', 'a', 'a', 'o', 'i', 'n', 's', 'r', ' ', '{', '"', ':', '0', '1'),
      maxLength: 12
    }),
    {
      maxLength: 40
    }
  )
  .chain((words) =>
    fc.array(fc.constantFrom(...words, 'x'), { maxLength: 20_000, size: 'max' }).map((all) => Buffer.from(all.join('')))
  )

/** Bytes that repeat themselves, near and far, and some that do not. */
const repeated = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 400 })), { maxLength: 8 })
  .map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes))))

const content = fc.oneof(repeated, text)

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
  { name: 'lz4', compress: (bytes: Buffer): Uint8Array => lz4.compressFrameSync(bytes), decompress: lz4Decompress },
  ...([1, 3, 12] as const).map((level) => ({
    name: `zstd, level ${String(level)}`,
    compress: (bytes: Buffer): Uint8Array => zstd.compress(bytes, level),
    decompress: zstdDecompress
  }))
] as const

describe.each(codecs)('$name', ({ compress, decompress }) => {
  it('gives back what was put in', () => {
    fc.assert(
      fc.property(content, (bytes) => {
        expect(Buffer.compare(decompress(compress(bytes), bytes.length), bytes)).toBe(0)
      }),
      // Shrinking megabytes takes for ever.
      { numRuns: 150, endOnFailure: true }
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
