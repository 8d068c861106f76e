import type { RecordPlace } from '../../model/record-place.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import { HeldRecords } from './held-records.js'

/** A record that waits in a retry topic, and the record that it is a copy of. */
export interface WaitingRecord extends TopicPartition {
  /** 1 for the first tier */
  readonly tier: number
  readonly offset: bigint
  /** identifies the records that are handled in order with it */
  readonly lane: string
  /** the hash of its order's name (`hashOfName`); null if it has none */
  readonly order: number | null
  /** identifies the original record by its place in its first topic */
  readonly from: string
  /** the place of the original record */
  readonly first: RecordPlace
  /** ms since 1970 */
  readonly due: number
}

/**
 * The records that wait in the retry topics: those from the group's committed offsets on, as far as the logs were read. Keeps
 * places, not records.
 */
export class WaitingRetries {
  private readonly logs = new Map<string, WaitingLog>()
  /** by lane: its only record, or its records by tier if there are several; with many keys nearly every lane has one */
  private readonly lanes = new Map<string, WaitingRecord | Map<number, WaitingInTier>>()
  private readonly copies = new Map<string, WaitingRecord | Set<WaitingRecord>>()
  /** what waits, by the partitions that it came from first */
  readonly held = new HeldRecords()

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.copies.size === 0
  }

  /** The record was written, or was found in the log, whichever came first. */
  add(record: WaitingRecord): void {
    const log = made(this.logs, keyOf(record), () => new WaitingLog())
    if (!log.add(record)) return
    this.addToLane(record)
    const copies = this.copies.get(record.from)
    if (copies === undefined) this.copies.set(record.from, record)
    else if (copies instanceof Set) copies.add(record)
    else this.copies.set(record.from, new Set([copies, record]))
    this.held.add(record.first, record.order)
  }

  /** Whether this copy is known. */
  has(partition: TopicPartition, offset: bigint): boolean {
    return this.logs.get(keyOf(partition))?.has(offset) === true
  }

  /** The group has settled everything below the offset. */
  settledBelow(partition: TopicPartition, offset: bigint): void {
    for (const record of this.logs.get(keyOf(partition))?.takeBelow(offset) ?? []) this.forget(record)
  }

  /**
   * The copy of this record that waits in a higher tier, if it is the record's turn to be handled; null if there is none, or if
   * an earlier record of the lane waits behind the copy (it was delivered again and failed again).
   */
  copyOf(from: string, tier: number): WaitingRecord | null {
    for (const copy of this.copiesOf(from)) if (copy.tier > tier && !this.isTooEarly(copy)) return copy
    return null
  }

  /** Whether an earlier record of the lane waits behind the copy: in a lower tier, or later in the same tier. */
  private isTooEarly(copy: WaitingRecord): boolean {
    const lane = this.lanes.get(copy.lane)
    // Otherwise it is the only one.
    if (!(lane instanceof Map)) return false
    for (const [tier, waiting] of lane)
      for (const other of tier > copy.tier ? [] : waiting.all)
        if (
          other.first.offset < copy.first.offset &&
          (tier < copy.tier || other.offset > copy.offset) &&
          !this.isMoved(other)
        )
          return true
    return false
  }

  /** Whether the record waits in a higher tier too: it has moved on, and the group has not settled it here yet. */
  private isMoved({ from, tier }: WaitingRecord): boolean {
    for (const copy of this.copiesOf(from)) if (copy.tier > tier) return true
    return false
  }

  /** The last record above the tier that a record of this lane has to wait for; null if there is none. */
  lastOf(lane: string, tier: number): WaitingRecord | null {
    const found = this.lanes.get(lane)
    if (!(found instanceof Map)) return found !== undefined && found.tier > tier ? found : null
    let last: WaitingRecord | null = null
    for (const [number, waiting] of found) {
      const one = number > tier ? waiting.last : null
      if (one !== null && (last === null || one.due >= last.due)) last = one
    }
    return last
  }

  /** When the first record is due; null if there is none. */
  get firstDue(): number | null {
    let first: number | null = null
    for (const { firstDue } of this.logs.values())
      if (firstDue !== null && (first === null || firstDue < first)) first = firstDue
    return first
  }

  private addToLane(record: WaitingRecord): void {
    const known = this.lanes.get(record.lane)
    if (known === undefined) {
      this.lanes.set(record.lane, record)
      return
    }
    const tiers = known instanceof Map ? known : new Map<number, WaitingInTier>()
    this.lanes.set(record.lane, tiers)
    if (!(known instanceof Map)) made(tiers, known.tier, () => new WaitingInTier()).add(known)
    made(tiers, record.tier, () => new WaitingInTier()).add(record)
  }

  private copiesOf(from: string): Iterable<WaitingRecord> {
    const copies = this.copies.get(from)
    return copies === undefined ? [] : copies instanceof Set ? copies : [copies]
  }

  private forget(record: WaitingRecord): void {
    const { lane, tier, from } = record
    const tiers = this.lanes.get(lane)
    if (tiers instanceof Map && tiers.get(tier)?.remove(record) === 0) tiers.delete(tier)
    if (!(tiers instanceof Map) || tiers.size === 0) this.lanes.delete(lane)
    const copies = this.copies.get(from)
    if (copies instanceof Set) copies.delete(record)
    if (!(copies instanceof Set) || copies.size === 0) this.copies.delete(from)
    this.held.remove(record.first, record.order)
  }
}

/** The records that wait in one partition of a retry topic, by offset. */
class WaitingLog {
  private records: WaitingRecord[] = []
  /** all records before this index are settled */
  private head = 0
  private first: number | null = null
  private isFirstKnown = true

  /** False if the record is known already. */
  add(record: WaitingRecord): boolean {
    const { records } = this
    // Nearly always the last place: records are out of order only if several members write at the same time.
    let at = records.length
    if (at > this.head && (records[at - 1]?.offset ?? -1n) >= record.offset) at = this.placeOf(record.offset)
    if (records[at]?.offset === record.offset) return false
    if (at === records.length) records.push(record)
    else records.splice(at, 0, record)
    if (this.isFirstKnown && (this.first === null || record.due < this.first)) this.first = record.due
    return true
  }

  has(offset: bigint): boolean {
    return this.records[this.placeOf(offset)]?.offset === offset
  }

  /** Removes those below the offset. */
  takeBelow(offset: bigint): readonly WaitingRecord[] {
    const end = this.placeOf(offset)
    const taken = this.records.slice(this.head, end)
    if (taken.length === 0) return taken
    this.head = end
    this.isFirstKnown = false
    // So each record is moved once on average.
    if (this.head * 2 >= this.records.length) {
      this.records = this.records.slice(this.head)
      this.head = 0
    }
    return taken
  }

  get firstDue(): number | null {
    if (!this.isFirstKnown) {
      this.first = null
      for (let at = this.head; at < this.records.length; at++) {
        const due = this.records[at]?.due ?? Infinity
        if (this.first === null || due < this.first) this.first = due
      }
      this.isFirstKnown = true
    }
    return this.first
  }

  /** The index of the first record that is not below the offset. */
  private placeOf(offset: bigint): number {
    let low = this.head
    let high = this.records.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.records[middle]?.offset ?? offset) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The records of one lane that wait in one tier. */
class WaitingInTier {
  private readonly records = new Set<WaitingRecord>()
  private latest: WaitingRecord | null = null

  get all(): Iterable<WaitingRecord> {
    return this.records
  }

  add(record: WaitingRecord): void {
    const { last } = this
    this.records.add(record)
    if (last === null || record.due >= last.due) this.latest = record
  }

  /** Returns the number of remaining records. */
  remove(record: WaitingRecord): number {
    this.records.delete(record)
    // Records leave in their order of arrival, so this is nearly always the only one left.
    if (record === this.latest) this.latest = null
    return this.records.size
  }

  /** The record that is due last; of several the last that came. */
  get last(): WaitingRecord | null {
    if (this.latest === null)
      for (const record of this.records) if (this.latest === null || record.due >= this.latest.due) this.latest = record
    return this.latest
  }
}

const made = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key) ?? make()
  map.set(key, known)
  return known
}
