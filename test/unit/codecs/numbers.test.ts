import { isLeft, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { bytes, float32, float64, int16, int32, int64 } from '../../../src/index.js'

describe('the number codecs', () => {
  it('read what Java’s serializers write', () => {
    expect(int16.decode(new Uint8Array([0xff, 0xfe]))).toEqual(right(-2))
    expect(int32.decode(new Uint8Array([0, 0, 1, 0]))).toEqual(right(256))
    expect(int64.decode(new Uint8Array([0, 0x20, 0, 0, 0, 0, 0, 1]))).toEqual(right(9_007_199_254_740_993n))
    expect(float32.decode(new Uint8Array([0x3f, 0xc0, 0, 0]))).toEqual(right(1.5))
    expect(float64.decode(new Uint8Array([0xc0, 0x04, 0, 0, 0, 0, 0, 0]))).toEqual(right(-2.5))
  })

  it('read from within a larger response', () => {
    expect(int32.decode(new Uint8Array([9, 9, 0, 0, 0, 7, 9]).subarray(2, 6))).toEqual(right(7))
  })

  it.each([int16, int32, int64, float32, float64])('refuse another width, and null', (codec) => {
    expect(isLeft(codec.decode(new Uint8Array(3)))).toBe(true)
    expect(isLeft(codec.decode(null))).toBe(true)
  })
})

describe('bytes', () => {
  it('leaves everything as it is', () => {
    const value = new Uint8Array([1])
    expect([bytes.decode(value), bytes.decode(null)]).toEqual([right(value), right(null)])
  })
})
