import { keyOf } from '../../model/topic-partition.js'
import type { Sunk, SunkRecord } from './test-sink.js'

/** The records that have reached the sink, or were written to the dead letters. */
export class SunkRecords {
  /** all records in the sink, in order */
  readonly log: readonly Sunk[]
  private readonly written: Sunk[] = []
  private readonly known = new Set<string>()

  constructor() {
    this.log = this.written
  }

  write(place: SunkRecord, at: number): void {
    this.setAside(place)
    this.written.push({ place, at })
  }

  /** The record need not reach the sink any more. */
  setAside(place: SunkRecord): void {
    this.known.add(sunkKey(place))
  }

  has(place: SunkRecord): boolean {
    return this.known.has(sunkKey(place))
  }
}

const sunkKey = (record: SunkRecord): string => `${keyOf(record)} ${record.offset.toString()}`
