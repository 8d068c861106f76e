import type { FrameState } from './zstd-frame-state.js'
import { broken, type HuffmanTable, readHuffman } from './zstd-tables.js'
import { mostOfBlock } from './zstd-frames.js'

/** The literals of a block (their start and count), and where its sequences begin. */
export interface Literals {
  readonly bytes: Uint8Array
  /** a view of the same bytes, which may contain more behind them */
  readonly view: DataView
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
    return { bytes: input, view: viewOf(input), at, count, end: at + count }
  }
  if (at >= end) throw broken()
  const repeated = new Uint8Array(count).fill(input[at] as number)
  return { bytes: repeated, view: viewOf(repeated), at: 0, count, end: at + 1 }
}

/**
 * The literals of a block are copied before those of the next are decoded, so one buffer is enough. Eight bytes more, since
 * they are copied eight at a time.
 */
const decoded = /*#__PURE__*/ new Uint8Array(mostOfBlock + 8)

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView => new DataView(buffer, byteOffset, length)

/** Literals in one or four streams, by a Huffman table that comes first, or by the last table of an earlier block. */
const packed = (
  input: Uint8Array,
  start: number,
  end: number,
  kind: number,
  format: number,
  state: FrameState
): Literals => {
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
  const view = new DataView(decoded.buffer, 0, count + 8)
  const output = decoded.subarray(0, count)
  if (format === 0) stream(input, at, stop, output, 0, count, huffman)
  else fourStreams(input, at, stop, output, huffman)
  return { bytes: output, view, at: 0, count, end: stop }
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

/** Decodes a stream, which runs from its last bit that is 1 back to its first. */
const stream = (
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  from: number,
  to: number,
  { log, codes }: HuffmanTable
): void => {
  const last = end > start ? (input[end - 1] as number) : 0
  if (last === 0) throw broken()
  const view = new DataView(input.buffer, input.byteOffset + start, end - start)
  const mask = (1 << log) - 1
  /** the remaining bits */
  let left = (view.byteLength - 1) * 8 + (31 - Math.clz32(last))
  let at = from
  // Two codes of at most 11 bits fit in the 25 bits that a four-byte read provides at least.
  for (const stop = to - 1; left >= 25 && at < stop; at += 2) {
    const byte = (left - 25) >> 3
    const four = view.getInt32(byte, true)
    let shift = left - byte * 8 - log
    const first = codes[(four >>> shift) & mask] as number
    shift -= first >> 8
    const second = codes[(four >>> shift) & mask] as number
    output[at] = first
    output[at + 1] = second
    left -= (first >> 8) + (second >> 8)
  }
  // Bits outside of the stream count as zeros: so does `undefined` here.
  for (const bytes = input.subarray(start, end); left > 0 && at < to; at++) {
    const bit = left - log
    const byte = bit >> 3
    const three = (bytes[byte] as number) | ((bytes[byte + 1] as number) << 8) | ((bytes[byte + 2] as number) << 16)
    const code = codes[(three >> (bit & 7)) & mask] as number
    output[at] = code
    left -= code >> 8
  }
  if (left !== 0 || at !== to) throw broken()
}

const little = (input: Uint8Array, at: number, bytes: number): number => {
  let value = 0
  for (let index = bytes - 1; index >= 0; index--) value = value * 256 + (input[at + index] as number)
  return value
}
