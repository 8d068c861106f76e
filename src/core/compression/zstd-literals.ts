import type { FrameState } from './zstd-frame-state.js'
import { broken, type HuffmanTable, readHuffman } from './zstd-tables.js'
import { mostOfBlock } from './zstd-frames.js'

/** The literals of a block: so many bytes from there on; and where its sequences begin. */
export interface Literals {
  readonly bytes: Uint8Array
  readonly at: number
  readonly count: number
  readonly end: number
}

/** The literals section of a compressed block (RFC 8878, 3.1.1.3.1). */
export const decodeLiterals = (input: Uint8Array, start: number, end: number, state: FrameState): Literals => {
  if (start >= end) throw broken()
  const first = input[start] as number
  const kind = first & 3
  const format = (first >> 2) & 3
  return kind < 2 ? plain(input, start, end, kind, format) : packed(input, start, end, kind, format, state)
}

const plain = (input: Uint8Array, start: number, end: number, kind: number, format: number): Literals => {
  const bytes = format === 1 ? 2 : format === 3 ? 3 : 1
  const at = start + bytes
  if (at > end) throw broken()
  const count = little(input, start, bytes) >>> (bytes === 1 ? 3 : 4)
  if (count > mostOfBlock) throw broken()
  if (kind === 0) {
    if (at + count > end) throw broken()
    return { bytes: input, at, count, end: at + count }
  }
  if (at >= end) throw broken()
  return { bytes: new Uint8Array(count).fill(input[at] as number), at: 0, count, end: at + 1 }
}

/** In one or four streams, by a Huffman table that comes first, or that of the last block that had one. */
const packed = (
  input: Uint8Array,
  start: number,
  end: number,
  kind: number,
  format: number,
  state: FrameState
): Literals => {
  // prettier-ignore
  const sizeBits = format < 2 ? 10 : format === 2 ? 14 : 18
  const bytes = format < 2 ? 3 : format + 2
  if (start + bytes > end) throw broken()
  const sizes = Math.floor(little(input, start, bytes) / 16)
  const count = sizes % 2 ** sizeBits
  const stop = start + bytes + Math.floor(sizes / 2 ** sizeBits)
  if (count > mostOfBlock || stop > end) throw broken()
  let at = start + bytes
  if (kind === 2) {
    const read = readHuffman(input, at, stop)
    state.huffman = read.table
    at = read.end
  }
  const { huffman } = state
  if (huffman === null) throw broken()
  const output = new Uint8Array(count)
  if (format === 0) stream(input, at, stop, output, 0, count, huffman)
  else fourStreams(input, at, stop, output, huffman)
  return { bytes: output, at: 0, count, end: stop }
}

const fourStreams = (
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  huffman: HuffmanTable
): void => {
  let at = start + 6
  const part = (output.length + 3) >> 2
  if (at > end || part * 3 > output.length) throw broken()
  for (let index = 0; index < 3; index++) {
    const stop = at + little(input, start + index * 2, 2)
    if (stop > end) throw broken()
    stream(input, at, stop, output, part * index, part * (index + 1), huffman)
    at = stop
  }
  stream(input, at, end, output, part * 3, output.length, huffman)
}

/** From its last bit, a one, to its first. */
const stream = (
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  from: number,
  to: number,
  { log, symbols, bits }: HuffmanTable
): void => {
  const last = end > start ? (input[end - 1] as number) : 0
  if (last === 0) throw broken()
  const bytes = input.subarray(start, end)
  const mask = (1 << log) - 1
  const none = -log
  let bit = (bytes.length - 1) * 8 + (31 - Math.clz32(last)) - log
  let at = from
  while (bit > none && at < to) {
    // What is before the first byte, or behind the last, counts as zeros: so does `undefined` here.
    const byte = bit >> 3
    const three = (bytes[byte] as number) | ((bytes[byte + 1] as number) << 8) | ((bytes[byte + 2] as number) << 16)
    const state = (three >> (bit & 7)) & mask
    output[at++] = symbols[state] as number
    bit -= bits[state] as number
  }
  if (bit !== none || at !== to) throw broken()
}

const little = (input: Uint8Array, at: number, bytes: number): number => {
  let value = 0
  for (let index = bytes - 1; index >= 0; index--) value = value * 256 + (input[at + index] as number)
  return value
}
