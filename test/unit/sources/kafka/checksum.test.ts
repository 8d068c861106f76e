import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import { checksum } from '../../../../src/sources/kafka/checksum.js'
import { optionalPackage } from '../../../../src/sources/kafka/optional-package.js'

describe('checksum', () => {
  const bytes = Uint8Array.from({ length: 5_000 }, (_, n) => (n * n * 31 + (n >> 3)) & 0xff)

  it('is the same by the processor and by the tables, from any byte to any other', () => {
    expect(optionalPackage('@node-rs/crc32')).not.toBeNull()
    for (const start of [0, 1, 7, 21, 1_000])
      for (const length of [0, 1, 15, 16, 17, 511, 512, 513, 1_024, 3_999])
        expect(checksum(bytes, start, start + length)).toBe(crc32c(bytes, start, start + length))
  })

  it('is that of the view, not of the memory around it', () => {
    const view = bytes.subarray(100, 2_100)
    expect(checksum(view, 10, 1_900)).toBe(crc32c(view.slice(), 10, 1_900))
  })
})
