/** A record that waits in a retry topic: where it is, and what it is a copy of. */
export interface WaitingRecord {
  /** 1 for the first tier */
  readonly tier: number
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** the records that it is handled in order with */
  readonly lane: string
  /** the record that it is a copy of, by its place in the topic where it came from first */
  readonly from: string
  /** ms since 1970 */
  readonly due: number
}

/**
 * What waits in the retry topics, as far as their logs are known: the records from the group's committed offsets on. It
 * keeps places, not records.
 */
export class Behind {
  private readonly logs = new Map<string, Map<bigint, WaitingRecord>>()
  private readonly lanes = new Map<string, readonly WaitingRecord[]>()
  private readonly copies = new Map<string, readonly WaitingRecord[]>()

  /** It was written, or was found in the log: whichever comes first. */
  add(record: WaitingRecord): void {
    const name = logOf(record)
    const log = this.logs.get(name) ?? new Map<bigint, WaitingRecord>()
    if (log.has(record.offset)) return
    this.logs.set(name, log.set(record.offset, record))
    this.lanes.set(record.lane, [...(this.lanes.get(record.lane) ?? []), record])
    this.copies.set(record.from, [...(this.copies.get(record.from) ?? []), record])
  }

  /** The group has settled everything below the offset. */
  settledBelow(partition: { readonly topic: string; readonly partition: number }, offset: bigint): void {
    for (const record of this.logs.get(logOf(partition))?.values() ?? [])
      if (record.offset < offset) this.remove(record)
  }

  /** Whether a copy of this record waits above the tier. */
  hasCopyOf(from: string, tier: number): boolean {
    return this.copies.get(from)?.some((record) => record.tier > tier) === true
  }

  /** The record above the tier that a record of this lane has to wait for longest; null if there is none. */
  lastOf(lane: string, tier: number): WaitingRecord | null {
    let last: WaitingRecord | null = null
    for (const record of this.lanes.get(lane) ?? [])
      if (record.tier > tier && (last === null || record.due >= last.due)) last = record
    return last
  }

  /** When the first of them is due; null if there is none. */
  get firstDue(): number | null {
    let first: number | null = null
    for (const log of this.logs.values())
      for (const { due } of log.values()) if (first === null || due < first) first = due
    return first
  }

  private remove(record: WaitingRecord): void {
    this.logs.get(logOf(record))?.delete(record.offset)
    without(this.lanes, record.lane, record)
    without(this.copies, record.from, record)
  }
}

const logOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}/${String(partition)}`

const without = (lists: Map<string, readonly WaitingRecord[]>, name: string, record: WaitingRecord): void => {
  const left = lists.get(name)?.filter((one) => one !== record) ?? []
  if (left.length === 0) lists.delete(name)
  else lists.set(name, left)
}
