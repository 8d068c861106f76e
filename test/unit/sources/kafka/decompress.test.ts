import { isRight, left, right } from 'fp-ts/lib/Either.js'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { snappyFrames } from '../../../../src/core/compression/snappy.js'
import { decompress } from '../../../../src/sources/kafka/decompress.js'

const mebibyte = 2 ** 20
const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** A frame of zstd with so many blocks of one byte, by its header. */
const ofSingleBytes = (header: string, count: number): Uint8Array =>
  Buffer.concat([
    bytes(header),
    ...Array.from({ length: count }, (_, index) => Uint8Array.of(8 | (index === count - 1 ? 1 : 0), 0, 0, 0x61))
  ])

describe('decompress', () => {
  // fzstd made the window, and moved all of it with each block: 80 ms each.
  it('makes no window: memory follows what comes out, not the 128 MiB that a frame of zstd claims', () => {
    const before = process.memoryUsage().arrayBuffers
    const outcome = decompress('zstd', ofSingleBytes('28b52ffd 00 88', 10_000), 64 * mebibyte)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(mebibyte)
    expect(outcome).toEqual(right(expect.objectContaining({ length: 10_000 })))
  })

  it.each([
    ['a larger window', '28b52ffd 00 89'],
    ['the largest that can be written', '28b52ffd 00 ff']
  ])('refuses %s, as Java’s client', (_what, header) => {
    const outcome = decompress('zstd', ofSingleBytes(header, 1), 64 * mebibyte)
    expect(outcome).toMatchObject(left({ _tag: 'corrupt' }))
  })

  it('keeps no more than a quarter beside what comes out', () => {
    const content = Buffer.from(
      Array.from({ length: 50_000 }, (_, index) => String.fromCharCode(97 + ((index * index) % 26))).join('')
    )
    for (const [codec, compressed] of [
      ['snappy', snappyFrames(content, (block) => snappy.compressSync(Buffer.from(block)))],
      ['lz4', lz4.compressFrameSync(content)],
      ['gzip', gzipSync(content)]
    ] as const) {
      const outcome = decompress(codec, compressed, 64 * mebibyte)
      const kept = isRight(outcome) ? outcome.right.buffer.byteLength : 0
      expect([codec, kept >= content.length && kept <= content.length * 1.25]).toEqual([codec, true])
    }
  })

  it('stops a gigabyte that comes as a megabyte at the limit, and takes no more memory than that', () => {
    const member = gzipSync(Buffer.alloc(16 * mebibyte))
    const bomb = Buffer.concat(Array.from({ length: 64 }, () => member))
    const before = process.memoryUsage().rss
    expect(decompress('gzip', bomb, 64 * mebibyte)).toEqual(left({ _tag: 'oversized' }))
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * mebibyte)
    expect(bomb.length).toBeLessThan(1.1 * mebibyte)
  })

  it.each([
    ['snappy, the length of its content', 'snappy', 'ffffffff07 00 61'],
    ['snappy, the length of a literal', 'snappy', '05 fc ffffff7f 61'],
    ['snappy in Java’s frames, the length of a block', 'snappy', '82534e41505059 00 00000001 00000001 7fffffff 00'],
    ['lz4, the length of its content', 'lz4', '04224d18 68 40 ffffff7f00000000 00 05000000 50 61'],
    ['lz4, the length of a block', 'lz4', '04224d18 60 40 00 ffffff7f 00'],
    ['zstd, the length of its content', 'zstd', '28b52ffd a0 ffffff7f 09000061'],
    ['gzip that ends too early', 'gzip', '1f8b0800000000000003 4b']
  ] as const)('believes no length that is claimed: %s', (_what, codec, hex) => {
    const before = process.memoryUsage().arrayBuffers
    const outcome = decompress(codec, bytes(hex), 64 * mebibyte)
    expect(outcome).toMatchObject({ _tag: 'Left' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * mebibyte)
  })
})
