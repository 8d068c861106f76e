import { describe, expect, it } from 'vitest'
import { type ZstdFrame, zstdFrames } from '../../../../src/core/compression/zstd-frames.js'

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
const frames = (text: string, limit = 1_000_000): readonly ZstdFrame[] => zstdFrames(hex(text), limit)

const magic = '28b52ffd'
/** The last block, raw: three bytes of header, with its length from bit 3 on. */
const raw = '190000 616263'

describe('zstdFrames', () => {
  it.each<[string, string, Partial<ZstdFrame>]>([
    ['a window and no size', `${magic} 00 58 ${raw}`, { size: null, checksum: null, blocks: 6, mostBytes: 3 }],
    ['a size of one byte', `${magic} 20 03 ${raw}`, { size: 3, blocks: 6 }],
    // RFC 8878, 3.1.1.1.4: two bytes begin at 256.
    ['a size of two bytes', `${magic} 60 0100 ${raw}`, { size: 257, blocks: 7 }],
    ['a size of four bytes', `${magic} a0 03000000 ${raw}`, { size: 3, blocks: 9 }],
    ['a size of eight bytes', `${magic} e0 0300000000000000 ${raw}`, { size: 3, blocks: 13 }],
    ['a checksum', `${magic} 24 03 ${raw} 01020304`, { size: 3, checksum: 0x04030201 }],
    ['a byte that is repeated', `${magic} 20 03 1b0000 61`, { mostBytes: 3 }],
    ['two blocks', `${magic} 20 06 180000 616263 ${raw}`, { mostBytes: 6 }],
    ['a compressed block, whose content is not known yet', `${magic} 20 03 1d0000 010203`, { mostBytes: 131_072 }]
  ])('knows of a frame with %s', (_what, text, expected) => {
    const [frame, ...others] = frames(text)

    expect(frame).toMatchObject(expected)
    expect(others).toEqual([])
    expect(frame?.bytes.length).toBe(hex(text).length)
  })

  it('splits frames, and leaves out skippable ones', () => {
    const one = `${magic} 20 03 ${raw}`
    const skipped = '5a2a4d18 02000000 ffff'

    expect(frames(`${one} ${skipped} ${one}`).map(({ bytes }) => bytes)).toEqual([hex(one), hex(one)])
    expect([frames(''), frames(skipped)]).toEqual([[], []])
  })

  it.each<[string, string, string]>([
    ['what is no frame', '0102030405060708', 'it is not a zstd frame'],
    ['less than a header', magic, 'it ends in the middle'],
    ['a frame whose block is cut off', `${magic} 20 03 190000 6162`, 'it ends in the middle'],
    ['a frame without a last block', `${magic} 20 03 180000 616263`, 'it ends in the middle'],
    ['a checksum that is cut off', `${magic} 24 03 ${raw} 0102`, 'it ends in the middle'],
    ['a frame to be skipped that is cut off', '502a4d18 05000000 ff', 'it ends in the middle'],
    ['a dictionary', `${magic} 21 07 03 ${raw}`, 'it needs a dictionary'],
    ['a reserved bit', `${magic} 28 03 ${raw}`, 'a frame of an unknown kind'],
    ['a window of 256 MiB', `${magic} 00 90 ${raw}`, 'its window is too large'],
    ['a block of the fourth kind', `${magic} 20 03 1f0000 616263`, 'a block of an unknown type'],
    ['a block of more than 128 KiB', `${magic} 20 03 0b0010 61`, 'a block that is too large']
  ])('refuses %s', (_what, text, reason) => {
    expect(() => frames(text)).toThrow(reason)
  })

  it('allows a window of 128 MiB', () => {
    expect(frames(`${magic} 00 88 ${raw}`).length).toBe(1)
  })

  it('refuses a frame that states more than the limit, before it is decoded', () => {
    expect(frames(`${magic} 20 03 ${raw}`, 3).length).toBe(1)
    expect(() => frames(`${magic} 20 04 ${raw}`, 3)).toThrow('it holds too much')
  })
})
