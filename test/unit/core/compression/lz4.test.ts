import { describe, expect, it } from 'vitest'
import { lz4Decompress } from '../../../../src/core/compression/lz4.js'

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
const asText = (input: string, limit = 1_000): string => Buffer.from(lz4Decompress(hex(input), limit)).toString()

const magic = '04224d18'
/** A frame without checksums. The header's own is not looked at. */
const frame = (...blocks: readonly string[]): string =>
  [magic, '60 40 00', ...blocks.map((block) => length(block) + block), '00000000'].join(' ')
const length = (block: string): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(hex(block).length)
  return bytes.toString('hex')
}
/** Nothing but literals: a token, and as many bytes. */
const abc = '30 616263'

describe('lz4Decompress', () => {
  it.each<[string, string, string]>([
    ['literals alone', frame(abc), 'abc'],
    ['a match, and literals behind it', frame('31 616263 0300 10 64'), 'abcabcabd'],
    ['a match that repeats itself', frame('14 61 0100 10 62'), `${'a'.repeat(9)}b`],
    ['a match into the block before', frame(abc, '00 0300 10 64'), 'abcabcad'],
    ['a length beyond fifteen', frame(`f0 01 ${'61'.repeat(16)}`), 'a'.repeat(16)],
    ['a match beyond nineteen', frame('1f 61 0100 01 10 62'), `${'a'.repeat(21)}b`],
    ['a length of 255 that goes on with nothing', frame(`f0 ff 00 ${'61'.repeat(270)}`), 'a'.repeat(270)],
    ['two frames', `${frame(abc)} ${frame(abc)}`, 'abcabc'],
    ['a frame to be skipped', `5a2a4d18 02000000 ffff ${frame(abc)}`, 'abc'],
    ['what is no frame behind one', `${frame(abc)} 0102030405`, 'abc'],
    ['a block that is stored', `${magic} 60 40 00 03000080 616263 00000000`, 'abc'],
    ['sizes and checksums', `${magic} 7c 40 0300000000000000 00 04000000 ${abc} eeeeeeee 00000000 eeeeeeee`, 'abc']
  ])('reads %s', (_what, input, expected) => {
    expect(asText(input)).toBe(expected)
  })

  it.each<[string, string, string]>([
    ['what is no frame', '0102030405', 'it is not an LZ4 frame'],
    ['nothing', '', 'it is not an LZ4 frame'],
    ['a frame without an end', `${magic} 60 40 00 04000000 ${abc}`, 'it ends in the middle'],
    ['a block that is longer than what follows', `${magic} 60 40 00 05000000 ${abc}`, 'a block that does not fit'],
    ['more literals than the block has', frame('40 616263'), 'it ends in the middle'],
    ['a length that the block ends in', frame('f0 ff'), 'it ends in the middle'],
    ['half a distance', frame('30 616263 03'), 'it ends in the middle'],
    ['a distance of none', frame('30 616263 0000 10 64'), 'it refers to bytes that are not there'],
    ['a distance before the beginning', frame('30 616263 0400 10 64'), 'it refers to bytes that are not there']
  ])('refuses %s', (_what, input, reason) => {
    expect(() => lz4Decompress(hex(input), 1_000)).toThrow(reason)
  })

  it('takes as much as the limit, of literals and of matches', () => {
    expect(asText(frame(abc), 3)).toBe('abc')
    expect(() => asText(frame(abc), 2)).toThrow('it holds too much')
    expect(() => asText(frame('14 61 0100 10 62'), 9)).toThrow('it holds too much')
  })
})
