import type { RecordPlace } from '../../model/record-place.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'

/** A record that waits in a retry topic: where it is, and what it is a copy of. */
export interface WaitingRecord extends TopicPartition {
  /** 1 for the first tier */
  readonly tier: number
  readonly offset: bigint
  /** the records that it is handled in order with */
  readonly lane: string
  /** the record that it is a copy of, by its place in the topic where it came from first */
  readonly from: string
  /** that record's place */
  readonly first: RecordPlace
  /** ms since 1970 */
  readonly due: number
}

/**
 * What waits in the retry topics, as far as their logs are known: the records from the group's committed offsets on. It
 * keeps places, not records.
 */
export class Behind {
  private readonly logs = new Map<string, WaitingLog>()
  /** of each lane, what waits of it in each tier */
  private readonly lanes = new Map<string, Map<number, WaitingInTier>>()
  private readonly copies = new Map<string, Set<WaitingRecord>>()

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.copies.size === 0
  }

  /** It was written, or was found in the log: whichever comes first. */
  add(record: WaitingRecord): void {
    const log = made(this.logs, keyOf(record), () => new WaitingLog())
    if (!log.add(record)) return
    const lane = made(this.lanes, record.lane, () => new Map<number, WaitingInTier>())
    made(lane, record.tier, () => new WaitingInTier()).add(record)
    made(this.copies, record.from, () => new Set()).add(record)
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
   * The copy of this record that waits above the tier, if the record's turn comes with it; null if there is none, or if
   * an earlier record of the lane waits behind it, as one does that was delivered again and failed again.
   */
  copyOf(from: string, tier: number): WaitingRecord | null {
    for (const copy of this.copies.get(from) ?? []) if (copy.tier > tier && !this.isTooEarly(copy)) return copy
    return null
  }

  /** Whether an earlier record of its lane waits behind it: in a lower tier, or later in the same. */
  private isTooEarly(copy: WaitingRecord): boolean {
    for (const [tier, waiting] of this.lanes.get(copy.lane) ?? [])
      for (const other of tier > copy.tier ? [] : waiting.all)
        if (
          other.first.offset < copy.first.offset &&
          (tier < copy.tier || other.offset > copy.offset) &&
          !this.isMoved(other)
        )
          return true
    return false
  }

  /** Whether it waits in a higher tier too: it has moved on, and the group has not settled it here yet. */
  private isMoved({ from, tier }: WaitingRecord): boolean {
    for (const copy of this.copies.get(from) ?? []) if (copy.tier > tier) return true
    return false
  }

  /** The record above the tier that a record of this lane has to wait for longest; null if there is none. */
  lastOf(lane: string, tier: number): WaitingRecord | null {
    let last: WaitingRecord | null = null
    for (const [number, waiting] of this.lanes.get(lane) ?? []) {
      const one = number > tier ? waiting.last : null
      if (one !== null && (last === null || one.due >= last.due)) last = one
    }
    return last
  }

  /** When the first of them is due; null if there is none. */
  get firstDue(): number | null {
    let first: number | null = null
    for (const { firstDue } of this.logs.values())
      if (firstDue !== null && (first === null || firstDue < first)) first = firstDue
    return first
  }

  private forget(record: WaitingRecord): void {
    const { lane, tier, from } = record
    const tiers = this.lanes.get(lane)
    if (tiers?.get(tier)?.remove(record) === 0) tiers.delete(tier)
    if (tiers?.size === 0) this.lanes.delete(lane)
    const copies = this.copies.get(from)
    copies?.delete(record)
    if (copies?.size === 0) this.copies.delete(from)
  }
}

/** What waits in one partition of a retry topic, by offset. */
class WaitingLog {
  private records: WaitingRecord[] = []
  /** everything before it is settled */
  private head = 0
  private first: number | null = null
  private isFirstKnown = true

  /** False if it is there already. */
  add(record: WaitingRecord): boolean {
    const { records } = this
    // Nearly always the last: only what several members write meanwhile is found out of order.
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

  /** Where the first record is that is not below the offset. */
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

/** What waits of one lane in one tier. */
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

  /** Returns how many are left. */
  remove(record: WaitingRecord): number {
    this.records.delete(record)
    // Records leave in the order in which they came, so this is nearly always the last of all.
    if (record === this.latest) this.latest = null
    return this.records.size
  }

  /** The one that is due last; of several the one that came last. */
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
