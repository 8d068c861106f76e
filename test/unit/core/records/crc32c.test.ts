import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../../src/core/records/crc32c.js'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bit by bit, as CRC-32C is defined (RFC 3720, B.4). */
const bitwise = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('crc32c', () => {
  it.each([
    ['nothing', ascii(''), 0x00000000],
    ['the check value', ascii('123456789'), 0xe3069283],
    ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 ascending bytes', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e]
  ])('is what RFC 3720 gives for %s', (_name, bytes, expected) => {
    expect(crc32c(bytes, 0, bytes.length)).toBe(expected)
  })

  it('is that of the part only, whatever its length and where it begins', () => {
    const bytes = Uint8Array.from({ length: 80 }, (_, at) => (at * 37 + 11) & 0xff)
    for (let start = 0; start < 5; start++)
      for (let end = start; end <= bytes.length; end++)
        expect(crc32c(bytes, start, end)).toBe(bitwise(bytes.subarray(start, end)))
  })
})
