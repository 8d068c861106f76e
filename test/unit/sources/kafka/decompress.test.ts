import { left } from 'fp-ts/lib/Either.js'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decompress } from '../../../../src/sources/kafka/decompress.js'

const mebibyte = 2 ** 20
const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('decompress', () => {
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
