import { describe, expect, it } from 'vitest'
import type { FrameState } from '../../../../src/core/compression/zstd-frame-state.js'
import { decodeLiterals } from '../../../../src/core/compression/zstd-literals.js'

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
const state = (): FrameState => ({ start: 0, huffman: null, tables: null, distances: [1, 4, 8] })
const read = (text: string, frame = state()): readonly [string, number] => {
  const input = hex(text)
  const { bytes, at, count, end } = decodeLiterals(input, 0, input.length, frame)
  return [Buffer.from(bytes.subarray(at, at + count)).toString(), end]
}
/** Three symbols, of which 0 has the code 1, and 1 and 2 have 00 and 01: `plain(2, 1)` in the tests of the tables. */
const table = '81 21'

describe('decodeLiterals', () => {
  it.each<[string, string, string, number]>([
    ['as they are', '18 616263', 'abc', 4],
    ['as they are, with a length of twelve bits', '34 00 616263', 'abc', 5],
    ['as they are, with a length of twenty', '3c 0000 616263', 'abc', 6],
    ['one byte that is repeated', '29 61', 'aaaaa', 2],
    ['none', '00', '', 1]
  ])('reads %s', (_what, text, expected, end) => {
    expect(read(text)).toEqual([expected, end])
  })

  // Sizes of ten bits behind the first four: three literals in as many bytes as the table and the stream take.
  const three = (kind: number, stream: string, withTable: string): string => {
    const size = hex(stream).length + hex(withTable).length
    const header = kind | (3 << 4) | (size << 14)
    return [header & 0xff, (header >> 8) & 0xff, header >> 16].map((byte) => byte.toString(16).padStart(2, '0')).join('') + withTable + stream // prettier-ignore
  }
  // From the last bit, a one: 1, 00, 01.
  const stream = '31'

  it('reads them by a table, and by the same table in a later block', () => {
    const frame = state()

    expect(read(three(2, stream, table), frame)).toEqual(['\0\x01\x02', 6])
    expect(read(three(3, stream, ''), frame)).toEqual(['\0\x01\x02', 4])
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['fewer than it says', '18 6162'],
    ['a repeated byte that is missing', '29'],
    ['a length that is cut off', '34'],
    ['more than a block holds', 'ff ff ff 61'],
    ['a table of a block before that had none', three(3, stream, '')],
    ['a stream without its last bit', three(2, '00', table)],
    ['a stream with bits to spare', three(2, 'b1', table)],
    ['a stream that is too short', three(2, '07', table)]
  ])('refuses %s', (_what, text) => {
    expect(() => read(text)).toThrow('a block that contradicts itself')
  })
})
