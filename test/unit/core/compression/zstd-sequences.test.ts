import { describe, expect, it } from 'vitest'
import { BoundedOutput } from '../../../../src/core/compression/bounded-output.js'
import type { FrameState } from '../../../../src/core/compression/zstd-frame-state.js'
import { decodeLiterals } from '../../../../src/core/compression/zstd-literals.js'
import { decodeSequences } from '../../../../src/core/compression/zstd-sequences.js'

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
const state = (): FrameState => ({ start: 0, huffman: null, tables: null, distances: [1, 4, 8] })

/** The literals `abc`, and what follows them in the block. */
const block = (sequences: string, frame = state(), limit = 1_000): string => {
  const input = hex(`18 616263 ${sequences}`)
  const output = new BoundedOutput(input.length, limit)
  decodeSequences(input, decodeLiterals(input, 0, input.length, frame), input.length, frame, output)
  return Buffer.from(output.done()).toString()
}
/**
 * Sequences of one code each (mode 1 of all three tables): so many literals, a distance and a match length that take no table
 * bits. `bits` are those of the numbers, behind the one that ends the stream.
 */
const constant = (literals: number, distance: number, match: number, bits: string, count = '01'): string =>
  [count, '54', ...[literals, distance, match].map((code) => code.toString(16).padStart(2, '0')), bits].join(' ')

describe('decodeSequences', () => {
  it('copies the literals alone where there are no sequences', () => {
    expect(block('00')).toBe('abc')
  })

  it('copies literals, then what was written a distance ago, then the rest of the literals', () => {
    // A distance code of 2 has two bits: 4 and 10b are the value 6, a distance of 3. The match code 0 is a length of 3.
    expect(block(constant(3, 2, 0, '06'))).toBe('abcabc')
    // A distance of 1.
    expect(block(constant(2, 2, 0, '04'))).toBe('abbbbc')
  })

  it('knows the last three distances, the newest first', () => {
    const frame = state()
    // A value of 1 is the newest: 1 at the beginning of a frame.
    expect(block(constant(2, 0, 0, '01'), frame)).toBe('abbbbc')
    // A distance of 3, which is the newest from then on.
    expect(block(constant(3, 2, 0, '06'), frame)).toBe('abcabc')
    expect(frame.distances).toEqual([3, 1, 4])
    expect(block(constant(3, 0, 0, '01'), frame)).toBe('abcabc')
  })

  it('takes the second where a sequence without literals names the first', () => {
    const frame: FrameState = { ...state(), distances: [3, 1, 8] }
    // The first sequence of a block cannot refer to anything, but that of a later one can.
    expect(() => block(constant(0, 0, 0, '01'), frame)).toThrow('contradicts itself')
    expect(frame.distances).toEqual([1, 3, 8])
  })

  it('keeps its tables for a block that repeats them', () => {
    const frame = state()
    block(constant(3, 2, 0, '06'), frame)

    expect(block('01 fc 06', frame)).toBe('abcabc')
    expect(() => block('01 fc 06')).toThrow('contradicts itself')
  })

  it.each<[string, string]>([
    ['no section at all', ''],
    ['bytes behind no sequences', '00 01'],
    ['a count that is cut off', 'ff 01'],
    ['modes with a reserved bit', '01 55 03 02 00 06'],
    ['a table that is missing', '01 54 03'],
    ['a code beyond the last', constant(36, 2, 0, '06')],
    ['a stream without its last bit', constant(3, 2, 0, '00')],
    ['bits to spare', constant(3, 2, 0, '0e')],
    ['too few bits', constant(3, 2, 0, '01')],
    ['more literals than there are', constant(4, 2, 0, '06')],
    ['a distance before the frame', constant(3, 2, 0, '07')]
  ])('refuses %s', (_what, sequences) => {
    expect(() => block(sequences)).toThrow('contradicts itself')
  })

  it('takes as much as the limit', () => {
    expect(block(constant(3, 2, 0, '06'), state(), 6)).toBe('abcabc')
    expect(() => block(constant(3, 2, 0, '06'), state(), 5)).toThrow('it holds too much')
  })
})
