import type { BoundedOutput } from './bounded-output.js'
import { copyLiterals, copyMatch } from './copy-bytes.js'
import type { FrameState, SequenceTables } from './zstd-frame-state.js'
import { mostOfBlock } from './zstd-frames.js'
import type { Literals } from './zstd-literals.js'
import { broken, constantTable, type FseTable, fseTable, readFse, type TableRead } from './zstd-tables.js'

/** The tables and codes of one of the three numbers of a sequence (RFC 8878, 3.1.1.3.2). */
interface NumberKind {
  readonly predefined: FseTable
  readonly mostLog: number
  readonly mostCode: number
}

const literalLengths: NumberKind = {
  predefined: fseTable(
    6,
    [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1]
  ),
  mostLog: 9,
  mostCode: 35
}

const matchLengths: NumberKind = {
  predefined: fseTable(
    6,
    [
      1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1
    ]
  ),
  mostLog: 9,
  mostCode: 52
}

const distanceCodes: NumberKind = {
  predefined: fseTable(5, [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1]),
  mostLog: 8,
  mostCode: 31
}

/** Codes up to `plain` mean themselves plus `first`; higher ones are followed by extra bits. */
const ranges = (
  plain: number,
  first: number,
  more: readonly number[]
): { readonly bits: Uint8Array; readonly base: Uint32Array } => {
  const bits = Uint8Array.from([...Array.from({ length: plain }, () => 0), ...more])
  const base = new Uint32Array(bits.length)
  for (let code = 0, next = first; code < bits.length; code++) {
    base[code] = next
    next += 1 << (bits[code] as number)
  }
  return { bits, base }
}
const literalRanges = ranges(16, 0, [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
const matchRanges = ranges(32, 3, [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])

/** The sequences section of a block: each sequence copies some literals, and then bytes that were written a distance ago. */
export const decodeSequences = (
  input: Uint8Array,
  literals: Literals,
  end: number,
  state: FrameState,
  output: BoundedOutput
): void => {
  let { end: at } = literals
  if (at >= end) throw broken()
  const first = input[at++] as number
  let count = first
  if (first >= 128) {
    const bytes = first === 255 ? 2 : 1
    if (at + bytes > end) throw broken()
    count =
      first === 255
        ? (input[at] as number) + (input[at + 1] as number) * 256 + 0x7f00
        : (first - 128) * 256 + (input[at] as number)
    at += bytes
  }
  if (count === 0) {
    if (at !== end) throw broken()
    output.literal(literals.bytes, literals.at, literals.count)
    return
  }
  const read = readTables(input, at, end, state.tables)
  state.tables = read.table
  copy(input, read.end, end, count, read.table, literals, state, output)
}

const readTables = (
  input: Uint8Array,
  start: number,
  end: number,
  former: SequenceTables | null
): TableRead<SequenceTables> => {
  if (start >= end) throw broken()
  const modes = input[start] as number
  if ((modes & 3) !== 0) throw broken()
  const literals = readTable(input, start + 1, end, modes >> 6, literalLengths, former?.literals)
  const distances = readTable(input, literals.end, end, (modes >> 4) & 3, distanceCodes, former?.distances)
  const matches = readTable(input, distances.end, end, (modes >> 2) & 3, matchLengths, former?.matches)
  const table = { literals: literals.table, distances: distances.table, matches: matches.table }
  return { table, end: matches.end }
}

const readTable = (
  input: Uint8Array,
  at: number,
  end: number,
  mode: number,
  kind: NumberKind,
  former: FseTable | undefined
): TableRead<FseTable> => {
  switch (mode) {
    case 0:
      return { table: kind.predefined, end: at }
    case 1: {
      const code = input[at] as number
      if (at >= end || code > kind.mostCode) throw broken()
      return { table: constantTable(code), end: at + 1 }
    }
    case 2:
      return readFse(input, at, end, kind.mostLog, kind.mostCode)
    default:
      if (former === undefined) throw broken()
      return { table: former, end: at }
  }
}

/** Zeros before and behind the bits of a block. A sequence has at most 89 bits, and an overrun is noticed only after it. */
const padding = 16

/** The bits of the sequences of the current block. */
const bitsOfBlock = /*#__PURE__*/ new Uint8Array(mostOfBlock + 2 * padding)
const bitsView = /*#__PURE__*/ new DataView(bitsOfBlock.buffer)

/** Reads `count` bits from there on, at most 25. */
const bitsAt = (view: DataView, bit: number, count: number): number =>
  (view.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << count) - 1)

/* eslint-disable max-lines-per-function -- a call for each sequence takes twice as long */
/**
 * Reads sequences from the last bit that is 1 back to the first; the remaining literals come last. One loop over local numbers
 * is twice as fast as calls.
 */
const copy = (
  input: Uint8Array,
  start: number,
  end: number,
  count: number,
  tables: SequenceTables,
  literals: Literals,
  { start: frame, distances }: FrameState,
  output: BoundedOutput
): void => {
  const last = end > start ? (input[end - 1] as number) : 0
  if (last === 0 || end - start > mostOfBlock) throw broken()
  bitsOfBlock.set(input.subarray(start, end), padding)
  const literalTable = tables.literals.packed
  const distanceTable = tables.distances.packed
  const matchTable = tables.matches.packed
  const { bits: literalBits, base: literalBase } = literalRanges
  const { bits: matchBits, base: matchBase } = matchRanges
  const { view: source } = literals
  output.room(mostOfBlock)
  const { bytes: target, view, size: begin } = output
  const until = Math.min(begin + mostOfBlock, output.capacity)
  const firstBit = padding * 8
  const bits = bitsView
  let bit = (padding + end - start - 1) * 8 + (31 - Math.clz32(last))
  let literalState = bitsAt(bits, (bit -= tables.literals.log), tables.literals.log)
  let distanceState = bitsAt(bits, (bit -= tables.distances.log), tables.distances.log)
  let matchState = bitsAt(bits, (bit -= tables.matches.log), tables.matches.log)
  let from = literals.at
  const literalsEnd = from + literals.count
  let at = begin
  for (let more = count; ;) {
    const distanceCell = distanceTable[distanceState] as number
    const matchCell = matchTable[matchState] as number
    const literalCell = literalTable[literalState] as number
    const distanceCode = distanceCell >>> 24
    let value: number
    if (distanceCode <= 24) value = (1 << distanceCode) + bitsAt(bits, (bit -= distanceCode), distanceCode)
    else {
      const high = bitsAt(bits, (bit -= distanceCode - 16), distanceCode - 16)
      value = 2 ** distanceCode + high * 65_536 + bitsAt(bits, (bit -= 16), 16)
    }
    let width = matchBits[matchCell >>> 24] as number
    const matched = (matchBase[matchCell >>> 24] as number) + bitsAt(bits, (bit -= width), width)
    width = literalBits[literalCell >>> 24] as number
    const length = (literalBase[literalCell >>> 24] as number) + bitsAt(bits, (bit -= width), width)
    const distance = distanceOf(value, length, distances)
    if (bit < firstBit || from + length > literalsEnd) throw broken()
    if (at + length + matched > until) throw output.overrun(until - begin)
    copyLiterals(source, from, target, view, at, length)
    from += length
    at += length
    if (distance <= 0 || distance > at - frame) throw broken()
    copyMatch(target, view, at, distance, matched)
    at += matched
    if (--more === 0) break
    width = (literalCell >> 16) & 0xff
    literalState = (literalCell & 0xffff) + bitsAt(bits, (bit -= width), width)
    width = (matchCell >> 16) & 0xff
    matchState = (matchCell & 0xffff) + bitsAt(bits, (bit -= width), width)
    width = (distanceCell >> 16) & 0xff
    distanceState = (distanceCell & 0xffff) + bitsAt(bits, (bit -= width), width)
  }
  if (bit !== firstBit) throw broken()
  const left = literalsEnd - from
  if (at + left > until) throw output.overrun(until - begin)
  output.size = at
  output.literal(literals.bytes, from, left)
}
/* eslint-enable max-lines-per-function */

/** Values up to 3 refer to the last three distances; the newest comes first. */
const distanceOf = (value: number, literals: number, last: [number, number, number]): number => {
  const which = value > 3 ? 3 : value - 1 + (literals === 0 ? 1 : 0)
  const distance = value > 3 ? value - 3 : which < 3 ? (last[which] as number) : last[0] - 1
  if (which === 0) return distance
  if (which > 1) last[2] = last[1]
  last[1] = last[0]
  last[0] = distance
  return distance
}
