import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  countedBytes,
  encoderTarget,
  textBytes,
  textTarget,
  writeText
} from '../../../../src/core/records/text-bytes.js'

/** Of any code units: pairs, halves of pairs, what is ASCII only; short, and long enough for the ways of the platform. */
const texts = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0x7ff), fc.integer({ min: 0xd7ff, max: 0xe000 }), fc.nat(0xffff)), {
    maxLength: 80,
    size: 'max'
  })
  .map((units) => String.fromCharCode(...units))

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('texts as UTF-8', () => {
  it('have the length of their bytes, on Node and elsewhere', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(textBytes(text)).toBe(encoded(text).length)
        expect(countedBytes(text)).toBe(encoded(text).length)
      })
    )
  })

  it.each([
    ['on Node', textTarget],
    ['elsewhere', encoderTarget]
  ])('are written at their position only, %s', (_name, targetOf) => {
    fc.assert(
      fc.property(texts, fc.nat(5), fc.nat(5), (text, before, behind) => {
        const length = textBytes(text)
        // A view into a larger buffer, as batches may be.
        const bytes = new Uint8Array(new ArrayBuffer(length + before + behind + 7), 7).fill(0xee)
        writeText(bytes, targetOf(bytes), before, text, length)
        expect([...bytes]).toEqual([...Array(before).fill(0xee), ...encoded(text), ...Array(behind).fill(0xee)])
      })
    )
  })
})
