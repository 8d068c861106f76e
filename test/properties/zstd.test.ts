import { compress, init } from '@bokuweb/zstd-wasm'
import fc from 'fast-check'
import * as zlib from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { BadCompression } from '../../src/core/compression/bounded-output.js'
import { zstdDecompress } from '../../src/core/compression/zstd.js'
import type { NodeZstd } from '../../src/sources/kafka/optional-package.js'

const levels = [1, 2, 3, 4, 5, 6, 7, 9, 12, 15, 17, 19, 22]
const limit = 2 ** 22

/** Bytes that repeat themselves near and far, of few or many kinds, and words. */
const piece = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 400 }),
  fc.uint8Array({ minLength: 1, maxLength: 3_000, max: 3 }),
  fc
    .array(fc.constantFrom('order', 'shipped', 'a', ', ', '{"id":', '17', 'é', '\n'), { minLength: 1, maxLength: 600 })
    .map((words) => Buffer.from(words.join('')))
)
const content = fc
  .array(fc.tuple(piece, fc.integer({ min: 1, max: 60 }), fc.boolean()), { maxLength: 8 })
  .map((parts) => {
    const once = Buffer.concat(
      parts.flatMap(([bytes, times, varied]) =>
        Array.from({ length: times }, (_, index) => {
          const copy = Buffer.from(bytes)
          if (varied) copy[index % copy.length] = index
          return copy
        })
      )
    )
    return Buffer.concat([once, once.subarray(0, once.length / 3)])
  })

const { zstdDecompressSync: native } = zlib as NodeZstd

beforeAll(async () => {
  await init()
})

describe('our decoder of zstd', () => {
  it('gives back what was put in, whatever the level', () => {
    fc.assert(
      fc.property(content, fc.constantFrom(...levels), (bytes, level) => {
        const given = zstdDecompress(compress(bytes, level), limit)
        expect(Buffer.compare(given, bytes)).toBe(0)
      }),
      { numRuns: 400 }
    )
  })

  it('stops at the limit', () => {
    const bomb = compress(Buffer.alloc(5_000_000), 3)
    expect(() => zstdDecompress(bomb, 4_999_999)).toThrow(expect.objectContaining({ oversized: true }))
    expect(zstdDecompress(bomb, 5_000_000)).toHaveLength(5_000_000)
  })

  it('says that bytes are broken, whatever was done to them, and takes for whole only what Node’s takes for whole', () => {
    const words = Array.from({ length: 3_000 }, (_, index) => `a rose ${String((index * 7_919) % 911)} is a rose. `)
    const wholes = levels.map((level) => compress(Buffer.from(words.join('')), level))
    const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255))
    fc.assert(
      fc.property(fc.constantFrom(...wholes), fc.array(change, { minLength: 1, maxLength: 4 }), (whole, changes) => {
        const bytes = Uint8Array.from(whole)
        // Half of them in the first bytes: there the tables are.
        for (const [at, byte] of changes) bytes[Math.floor(at * (byte % 2 === 0 ? 200 : bytes.length - 1))] = byte
        let given: Uint8Array | null = null
        try {
          given = zstdDecompress(bytes, limit)
        } catch (error) {
          expect(error).toBeInstanceOf(BadCompression)
        }
        if (native === undefined || given === null) return
        expect(Buffer.compare(native(bytes, { maxOutputLength: limit }), given)).toBe(0)
      }),
      { numRuns: 2_000 }
    )
  })
})
