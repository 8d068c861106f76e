import { isLeft, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { bytes, type Codec, float32, float64, int16, int32, int64 } from '../../../src/index.js'

describe('the number codecs', () => {
  it('read what Java’s serializers write', () => {
    expect(int16.decode(new Uint8Array([0xff, 0xfe]))).toEqual(right(-2))
    expect(int32.decode(new Uint8Array([0, 0, 1, 0]))).toEqual(right(256))
    expect(int64.decode(new Uint8Array([0, 0x20, 0, 0, 0, 0, 0, 1]))).toEqual(right(9_007_199_254_740_993n))
    expect(float32.decode(new Uint8Array([0x3f, 0xc0, 0, 0]))).toEqual(right(1.5))
    expect(float64.decode(new Uint8Array([0xc0, 0x04, 0, 0, 0, 0, 0, 0]))).toEqual(right(-2.5))
  })

  it('read bytes within a larger response', () => {
    expect(int32.decode(new Uint8Array([9, 9, 0, 0, 0, 7, 9]).subarray(2, 6))).toEqual(right(7))
  })

  it.each([int16, int32, int64, float32, float64])('refuse another width, and null', (codec) => {
    expect(isLeft(codec.decode(new Uint8Array(3)))).toBe(true)
    expect(isLeft(codec.decode(null))).toBe(true)
  })

  const asWritten = (codec: Codec<unknown>, value: unknown): unknown => codec.encode?.(value)
  it.each<[string, Codec<unknown>, unknown]>([
    ['40000 is not an int16', int16, 40_000],
    ['2147483648 is not an int32', int32, 2 ** 31],
    ['1.5 is not an int32', int32, 1.5],
    ['NaN is not an int32', int32, Number.NaN],
    ['"7" is not an int32', int32, '7'],
    ['9223372036854775808n is not an int64', int64, 2n ** 63n],
    ['7 is not an int64', int64, 7],
    ['null is not a float32', float32, null],
    ['"7" is not a float64', float64, '7']
  ])('refuse a number that does not fit: %s', (reason, codec, value) => {
    expect(() => asWritten(codec, value)).toThrow(reason)
  })

  it.each<[Codec<unknown>, readonly unknown[]]>([
    [int16, [-32_768, 32_767]],
    [int32, [-(2 ** 31), 2 ** 31 - 1]],
    [int64, [-(2n ** 63n), 2n ** 63n - 1n]],
    [float32, [Infinity, Number.NaN, -0]],
    [float64, [Number.MAX_VALUE, Number.NaN, -0]]
  ])('write the first and the last that fit', (codec, values) => {
    for (const value of values) expect(codec.decode(asWritten(codec, value) as Uint8Array)).toEqual(right(value))
  })
})

describe('bytes', () => {
  it('returns the bytes unchanged', () => {
    const value = new Uint8Array([1])
    expect([bytes.decode(value), bytes.decode(null)]).toEqual([right(value), right(null)])
  })
})
