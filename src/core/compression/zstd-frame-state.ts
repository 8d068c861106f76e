import type { FseTable, HuffmanTable } from './zstd-tables.js'

/** The tables by which sequences are read. */
export interface SequenceTables {
  readonly literals: FseTable
  readonly distances: FseTable
  readonly matches: FseTable
}

/** What a block inherits from earlier blocks of its frame. */
export interface FrameState {
  /** where the frame's content begins in the output; references before it are invalid */
  readonly start: number
  huffman: HuffmanTable | null
  tables: SequenceTables | null
  /** the distances of the last matches */
  readonly distances: [number, number, number]
}
