import { describe, expect, it } from 'vitest'
import {
  constantTable,
  type FseTable,
  fseTable,
  readFse,
  readHuffman
} from '../../../../src/core/compression/zstd-tables.js'

/** How many states each symbol has. */
const statesOf = ({ symbols }: FseTable): readonly number[] =>
  Array.from({ length: Math.max(...symbols) + 1 }, (_, symbol) => symbols.filter((one) => one === symbol).length)
const broken = 'a block that contradicts itself'

/** Bits, the lowest of the first byte first, as a description of FSE is read. */
const bits = (...values: readonly (readonly [value: number, count: number])[]): Uint8Array => {
  const all = values.flatMap(([value, count]) => Array.from({ length: count }, (_, at) => (value >> at) & 1))
  return Uint8Array.from({ length: Math.ceil(all.length / 8) }, (_, byte) =>
    all.slice(byte * 8, byte * 8 + 8).reduce((sum, bit, at) => sum | (bit << at), 0)
  )
}

describe('fseTable', () => {
  it('gives each symbol its states; a symbol with less than one state has the last', () => {
    const table = fseTable(5, [16, 8, 7, -1])

    expect(statesOf(table)).toEqual([16, 8, 7, 1])
    expect(table.symbols[31]).toBe(3)
  })

  it('leads from the states of a symbol to all states, once each', () => {
    const counts = [16, 8, 7, -1]
    const table = fseTable(5, counts)
    for (const symbol of counts.keys()) {
      const reached: number[] = []
      for (let state = 0; state < 32; state++)
        if (table.symbols[state] === symbol)
          for (let more = 0; more < 1 << (table.bits[state] ?? 0); more++) reached.push((table.base[state] ?? 0) + more)
      expect(reached.sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, state) => state))
    }
  })

  it('has the same in one number for each state', () => {
    const { symbols, bits: widths, base, packed } = fseTable(5, [16, 16])
    for (let state = 0; state < 32; state++)
      expect(packed[state]).toBe(((symbols[state] ?? 0) << 24) | ((widths[state] ?? 0) << 16) | (base[state] ?? 0))
  })

  it('refuses counts that do not fill it', () => {
    expect(() => fseTable(5, [16, 15])).toThrow(broken)
  })
})

describe('constantTable', () => {
  it('stays in its only state, and takes no bits', () => {
    expect(constantTable(5)).toMatchObject({ log: 0, symbols: Uint8Array.of(5), bits: Uint8Array.of(0) })
  })
})

describe('readFse', () => {
  // Of 32 states 16 for the symbol 0, then 16 for the symbol 1. Each count is written as one more; the second as 15 and a bit
  // that adds 2, since of 16 states there are 18 possible values.
  const halves = bits([0, 4], [17, 5], [15, 4], [1, 1])

  it('reads how many states each symbol has, and where that ends', () => {
    const { table, end } = readFse(halves, 0, halves.length, 6, 255)

    expect([statesOf(table), end]).toEqual([[16, 16], 2])
  })

  it.each<[string, Uint8Array, number, number]>([
    ['nothing', new Uint8Array(0), 6, 255],
    ['more states than there may be', bits([2, 4], [17, 5], [15, 4], [1, 1]), 6, 255],
    ['more symbols than there may be', halves, 6, 0],
    ['a description that is cut off', halves.subarray(0, 1), 6, 255]
  ])('refuses %s', (_what, input, mostLog, mostSymbol) => {
    expect(() => readFse(input, 0, input.length, mostLog, mostSymbol)).toThrow(broken)
  })
})

describe('readHuffman', () => {
  /** Weights of four bits each; that of the last byte follows from the others. */
  const plain = (...weights: readonly number[]): Uint8Array => {
    const pairs = weights.length % 2 === 0 ? weights : [...weights, 0]
    const bytes: number[] = [127 + weights.length]
    for (let at = 0; at < pairs.length; at += 2) bytes.push(((pairs[at] ?? 0) << 4) | (pairs[at + 1] ?? 0))
    return Uint8Array.from(bytes)
  }
  const codes = (input: Uint8Array) =>
    [...readHuffman(input, 0, input.length).table.codes].map((code) => [code & 0xff, code >> 8])

  it('gives the shortest code to the byte with the greatest weight', () => {
    // RFC 8878, 4.2.1.3: the longest codes come first.
    expect(codes(plain(2, 1))).toEqual([
      [1, 2],
      [2, 2],
      [0, 1],
      [0, 1]
    ])
  })

  it('ends behind the last weight', () => {
    expect(readHuffman(plain(2, 1), 0, 2).end).toBe(2)
    expect(readHuffman(Uint8Array.from([9, 9, ...plain(1)]), 2, 4).end).toBe(4)
  })

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['fewer bytes than it says', Uint8Array.of(130)],
    ['weights that leave no power of two', plain(3, 2, 2, 2, 1)],
    ['no weight but zeros', plain(0, 0)],
    ['codes of more than eleven bits', plain(12)]
  ])('refuses %s', (_what, input) => {
    expect(() => readHuffman(input, 0, input.length)).toThrow(broken)
  })
})
