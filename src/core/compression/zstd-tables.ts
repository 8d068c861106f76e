import { BadCompression } from './bounded-output.js'

/** Decodes symbols by finite state entropy (RFC 8878, 4.1): for each state its symbol, and how to get to the next state. */
export interface FseTable {
  /** the bits of a state */
  readonly log: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
  readonly base: Uint16Array
  /** the same in one number for each state: its base; from bit 16 on its bits; from bit 24 on its symbol */
  readonly packed: Int32Array
}

/**
 * Decodes bytes by prefix codes (RFC 8878, 4.2). The index is the next `log` bits; an entry has the byte that they begin with,
 * and from bit 8 on the length of its code.
 */
export interface HuffmanTable {
  readonly log: number
  readonly codes: Uint16Array
}

/** A table, and where it ends. */
export interface TableRead<T> {
  readonly table: T
  readonly end: number
}

export const broken = (): BadCompression => new BadCompression('a block that contradicts itself')

const highestBit = (value: number): number => 31 - Math.clz32(value)

/** A table with one symbol, which takes no bits. */
export const constantTable = (symbol: number): FseTable => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: new Uint8Array(1),
  base: new Uint16Array(1),
  packed: Int32Array.of(symbol << 24)
})

/** `counts`: for each symbol, how many of the 2^`log` states it has. -1 is a probability below one state, which takes one. */
export const fseTable = (log: number, counts: ArrayLike<number>): FseTable => {
  const size = 1 << log
  const symbols = new Uint8Array(size)
  const next = new Uint16Array(counts.length)
  let high = size
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol] as number
    next[symbol] = Math.abs(count)
    if (count < 0) symbols[--high] = symbol
  }
  const step = (size >> 1) + (size >> 3) + 3
  let at = 0
  for (let symbol = 0; symbol < counts.length; symbol++)
    for (let left = counts[symbol] as number; left > 0; left--) {
      symbols[at] = symbol
      do at = (at + step) & (size - 1)
      while (at >= high)
    }
  if (at !== 0) throw broken()
  const bits = new Uint8Array(size)
  const base = new Uint16Array(size)
  const packed = new Int32Array(size)
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] as number
    const number = next[symbol] as number
    next[symbol] = number + 1
    bits[state] = log - highestBit(number)
    base[state] = (number << (bits[state] as number)) - size
    packed[state] = (symbol << 24) | ((bits[state] as number) << 16) | (base[state] as number)
  }
  return { log, symbols, bits, base, packed }
}

/** Reads the description of a table with at most 2^`mostLog` states, and symbols up to `mostSymbol`. */
export const readFse = (
  input: Uint8Array,
  start: number,
  end: number,
  mostLog: number,
  mostSymbol: number
): TableRead<FseTable> => {
  let bit = start * 8
  const take = (count: number): number => {
    const at = bit >> 3
    const value = ((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16)) >> (bit & 7)
    bit += count
    if (bit > end * 8) throw broken()
    return value & ((1 << count) - 1)
  }
  if (start >= end) throw broken()
  const log = take(4) + 5
  if (log > mostLog) throw broken()
  const counts: number[] = []
  for (let left = 1 << log; left > 0;) {
    if (counts.length > mostSymbol) throw broken()
    // Values range up to `left + 1`; the lower ones take one bit less.
    const bits = highestBit(left + 1) + 1
    const short = (1 << (bits - 1)) - 1
    const threshold = (1 << bits) - 2 - left
    let value = take(bits - 1)
    if (value >= threshold) {
      if (take(1) === 1) value += short + 1 - threshold
    }
    const count = value - 1
    left -= Math.abs(count)
    if (left < 0) throw broken()
    counts.push(count)
    if (count !== 0) continue
    let more
    do {
      more = take(2)
      if (counts.length > mostSymbol) throw broken()
      for (let index = 0; index < more; index++) counts.push(0)
    } while (more === 3)
  }
  if (counts.length > mostSymbol + 1) throw broken()
  return { table: fseTable(log, counts), end: (bit + 7) >> 3 }
}

const mostHuffmanLog = 11

/** Reads the description of a Huffman table: the weights of all bytes but the last. */
export const readHuffman = (input: Uint8Array, start: number, end: number): TableRead<HuffmanTable> => {
  if (start >= end) throw broken()
  const head = input[start] as number
  const behind = start + 1 + (head >= 128 ? (head - 126) >> 1 : head)
  if (behind > end) throw broken()
  const weights = head >= 128 ? plainWeights(input, start + 1, head - 127) : packedWeights(input, start + 1, behind)
  return { table: huffmanTable(weights), end: behind }
}

const plainWeights = (input: Uint8Array, at: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => {
    const two = input[at + (index >> 1)] as number
    return index % 2 === 0 ? two >> 4 : two & 15
  })

/** Two states take turns, from the last bit to the first. When no bits are left, the other state still has its symbol. */
const packedWeights = (input: Uint8Array, start: number, end: number): number[] => {
  const { table, end: from } = readFse(input, start, end, 6, 255)
  const last = input[end - 1] ?? 0
  if (from >= end || last === 0) throw broken()
  let bit = (end - 1) * 8 + highestBit(last)
  const take = (count: number): number => {
    bit -= count
    const at = bit >> 3
    const value = (((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8)) >> (bit & 7)) & ((1 << count) - 1)
    // Bits before the first count as zeros.
    const missing = from * 8 - bit
    return missing <= 0 ? value : missing >= count ? 0 : (value >> missing) << missing
  }
  const { log, symbols, bits, base } = table
  let state = take(log)
  let other = take(log)
  const weights: number[] = []
  while (weights.length < 255) {
    weights.push(symbols[state] as number)
    const next = (base[state] as number) + take(bits[state] as number)
    state = other
    other = next
    if (bit < from * 8) {
      weights.push(symbols[state] as number)
      return weights
    }
  }
  throw broken()
}

const huffmanTable = (weights: number[]): HuffmanTable => {
  let sum = 0
  for (const weight of weights) {
    if (weight > mostHuffmanLog) throw broken()
    if (weight > 0) sum += 1 << (weight - 1)
  }
  const log = highestBit(sum) + 1
  const left = (1 << log) - sum
  if (sum === 0 || log > mostHuffmanLog || (left & (left - 1)) !== 0 || weights.length > 255) throw broken()
  weights.push(highestBit(left) + 1)
  const codes = new Uint16Array(1 << log)
  // The longest codes have the least weight and come first.
  let at = 0
  for (let weight = 1; weight <= log; weight++)
    for (let symbol = 0; symbol < weights.length; symbol++) {
      if (weights[symbol] !== weight) continue
      const count = 1 << (weight - 1)
      codes.fill(((log + 1 - weight) << 8) | symbol, at, at + count)
      at += count
    }
  if (at !== 1 << log) throw broken()
  return { log, codes }
}
