import { describe, expect, it } from 'vitest'
import { xxhash64 } from '../../../../src/core/compression/xxhash64.js'

describe('xxhash64', () => {
  // As zstd 1.5.4 writes them behind its frames.
  it.each([
    ['nothing', '', 0x51d8e999],
    ['48 bytes', 'a rose is a rose is a rose is a rose is a rose. ', 0xeeeadae7],
    ['56 bytes', 'by any other name it is a rose, a rose, a rose, a rose. ', 0x62357a5f]
  ])('of %s', (_what, text, expected) => {
    expect(xxhash64(Buffer.from(text))).toBe(expected)
  })

  it('equals XXH64 for every length that its loops treat differently', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, at) => (at * 167 + 41) & 0xff)
    for (let length = 0; length <= bytes.length; length++)
      expect(xxhash64(bytes.subarray(0, length))).toBe(plainXxhash64(bytes.subarray(0, length)))
  })
})

/** By its specification, with numbers of 64 bits. */
const plainXxhash64 = (bytes: Uint8Array): number => {
  const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
  const turn = (value: bigint, bits: bigint): bigint => wrap((value << bits) | (value >> (64n - bits)))
  const [p1, p2, p3, p4, p5] = [
    11400714785074694791n,
    14029467366897019727n,
    1609587929392839161n,
    9650029242287828579n,
    2870177450012600261n
  ]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const round = (sum: bigint, input: bigint): bigint => wrap(turn(wrap(sum + input * p2), 31n) * p1)
  let at = 0
  let hash = p5
  if (bytes.length >= 32) {
    const lanes = [wrap(p1 + p2), p2, 0n, wrap(-p1)]
    for (; at + 32 <= bytes.length; at += 32)
      lanes.forEach((lane, index) => (lanes[index] = round(lane, view.getBigUint64(at + index * 8, true))))
    hash = wrap([1n, 7n, 12n, 18n].reduce((sum, bits, index) => sum + turn(lanes[index] ?? 0n, bits), 0n))
    for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * p1 + p4)
  }
  hash = wrap(hash + BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8)
    hash = wrap(turn(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * p1 + p4)
  if (at + 4 <= bytes.length) {
    hash = wrap(turn(hash ^ wrap(BigInt(view.getUint32(at, true)) * p1), 23n) * p2 + p3)
    at += 4
  }
  for (; at < bytes.length; at++) hash = wrap(turn(hash ^ wrap(BigInt(view.getUint8(at)) * p5), 11n) * p1)
  hash = wrap((hash ^ (hash >> 33n)) * p2)
  hash = wrap((hash ^ (hash >> 29n)) * p3)
  return Number((hash ^ (hash >> 32n)) & 0xffffffffn)
}
