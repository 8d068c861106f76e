import { describe, expect, it } from 'vitest'
import { snappyDecompress, snappyFrames } from '../../../../src/core/compression/snappy.js'

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
const asText = (input: string, limit = 100_000): string => Buffer.from(snappyDecompress(hex(input), limit)).toString()

const xerial = '82534e4150505900 00000001 00000001'
/** Three literals: their length, a tag, the bytes. */
const abc = '03 08 616263'

describe('snappyDecompress', () => {
  it.each<[string, string, string]>([
    ['literals', abc, 'abc'],
    ['nothing but a length of none', '00', ''],
    ['literals whose length is behind the tag', `3d f0 3c ${'61'.repeat(61)}`, 'a'.repeat(61)],
    ['a copy with a distance of one byte', '07 08 616263 01 03', 'abcabca'],
    ['a copy with a distance of two', '06 08 616263 0a 0300', 'abcabc'],
    ['a copy with a distance of four', '06 08 616263 0b 03000000', 'abcabc'],
    ['a copy that repeats itself', '05 00 61 01 01', 'aaaaa'],
    ['one block of Java’s stream', `${xerial} 00000005 ${abc}`, 'abc'],
    ['two blocks', `${xerial} 00000005 ${abc} 00000005 ${abc}`, 'abcabc'],
    ['two streams', `${xerial} 00000005 ${abc} ${xerial} 00000005 ${abc}`, 'abcabc'],
    ['less than a length behind a stream', `${xerial} 00000005 ${abc} 000000`, 'abc']
  ])('reads %s', (_what, input, expected) => {
    expect(asText(input)).toBe(expected)
  })

  it.each<[string, string, string]>([
    ['nothing', '', 'it ends in the middle'],
    ['a length without an end', '80', 'it ends in the middle'],
    ['fewer literals than it says', '03 08 6162', 'it ends in the middle'],
    ['half a distance', '06 08 616263 0a 03', 'it ends in the middle'],
    ['a distance of none', '07 08 616263 01 00', 'it refers to bytes that are not there'],
    ['a distance before the beginning', '07 08 616263 01 04', 'it refers to bytes that are not there'],
    ['another length than it says', '04 08 616263', 'its length differs from the stated one'],
    ['a block that is longer than what follows', `${xerial} 00000006 ${abc}`, 'a block that does not fit'],
    ['a negative length of a block', `${xerial} ffffffff ${abc}`, 'a block that does not fit']
  ])('refuses %s', (_what, input, reason) => {
    expect(() => snappyDecompress(hex(input), 1_000)).toThrow(reason)
  })

  it('trusts no stated length: it decodes up to the limit', () => {
    expect(asText(abc, 3)).toBe('abc')
    expect(() => asText(abc, 2)).toThrow('it holds too much')
    expect(() => asText('ffffffff0f 08 616263')).toThrow('its length differs from the stated one')
  })
})

describe('snappyFrames', () => {
  it('makes blocks of 32 KiB, as Java’s stream has them', () => {
    const blocks: number[] = []
    const framed = snappyFrames(new Uint8Array(70_000), (block) => {
      blocks.push(block.length)
      return hex(abc)
    })

    expect(blocks).toEqual([32_768, 32_768, 4_464])
    expect(Buffer.from(snappyDecompress(framed, 100)).toString()).toBe('abcabcabc')
  })

  it('makes an empty stream of nothing', () => {
    expect(snappyFrames(new Uint8Array(0), (block) => block)).toEqual(new Uint8Array(hex(xerial)))
  })
})
