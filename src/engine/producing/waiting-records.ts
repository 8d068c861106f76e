import { Fifo } from '../../core/scheduling/fifo.js'
import type { AcceptedRecord } from '../../core/producing/accumulator.js'
import type { OutgoingRecord } from '../../ports/producer-session.js'

/** A record that is not in a batch yet. */
export interface UnplacedRecord extends AcceptedRecord {
  readonly content: OutgoingRecord
  /** the chosen partition; -1 if not chosen yet */
  partition: number
  /** Why the record was not added to a batch. */
  waitsFor: 'topic' | 'partition' | 'memory' | null
  /** its number among all records that had to wait; 0 before it waits */
  arrival: number
}

/** Whether a record was put into a batch, or why it was not. */
export type Placed = 'placed' | 'no memory' | 'topic unknown'

/**
 * Records that cannot be added to a batch yet: those of an unknown topic, and all that arrived after the memory was used up. A
 * record may move from one of these queues to the other; the records of a topic keep their order of arrival.
 */
export class WaitingRecords {
  private readonly unknown = new Map<string, Fifo<UnplacedRecord>>()
  private full = new Fifo<UnplacedRecord>()
  private arrivals = 0
  /** When a record that waited for memory was last placed. */
  private movedAt = -Infinity

  get waitForMemory(): boolean {
    return this.full.length > 0
  }

  /** Topics that records wait for. */
  get topics(): Iterable<string> {
    return this.unknown.keys()
  }

  has(topic: string): boolean {
    return this.unknown.has(topic)
  }

  /** Whether a record waits for this partition of its topic. */
  isAwaited(topic: string, partition: number): boolean {
    for (const { content } of this.unknown.get(topic) ?? []) if (content.partition === partition) return true
    return false
  }

  forTopic(record: UnplacedRecord, waitsFor: 'topic' | 'partition'): void {
    const { topic } = record.content
    this.waits(record, waitsFor)
    const queue = this.unknown.get(topic) ?? new Fifo<UnplacedRecord>()
    this.unknown.set(topic, queue)
    queue.push(record)
  }

  /** Records that have just come, or that waited for their topic or partition, in their order. */
  forMemory(records: readonly UnplacedRecord[]): void {
    const former = this.full
    for (const record of records) this.waits(record, 'memory')
    const isBehind = (former.last?.arrival ?? 0) <= (records[0]?.arrival ?? 0)
    if (isBehind) for (const record of records) former.push(record)
    else this.full = merged(all(former), records)
  }

  /**
   * Places records that wait for memory, as long as `place` succeeds. If the topic of one is not known any more, all records
   * of such topics wait for these.
   */
  placeAll(now: number, place: (record: UnplacedRecord) => Placed, isKnown: (topic: string) => boolean): void {
    for (let record = this.full.peek(); record !== undefined; record = this.full.peek()) {
      const placed = place(record)
      if (placed === 'no memory') return
      if (placed === 'placed') this.full.shift()
      else this.backToTopics(now, isKnown)
      this.movedAt = now
    }
  }

  /** For how long no record that waits for memory could be placed. */
  stuckFor(now: number): number {
    return now - this.stuckSince
  }

  /** Removes the records that wait for this topic. */
  takeTopic(topic: string): readonly UnplacedRecord[] {
    const queue = this.unknown.get(topic)
    this.unknown.delete(topic)
    return queue === undefined ? [] : all(queue)
  }

  takeAll(): readonly UnplacedRecord[] {
    return [...all(this.full), ...[...this.unknown.keys()].flatMap((topic) => this.takeTopic(topic))]
  }

  /**
   * Removes the records that have waited for this long. For a topic the time counts since each record was added; for memory
   * since any record was last placed, since of a thousand records sent at once the last has its turn only after the others.
   */
  takeLate(now: number, maxBlockMs: number): readonly UnplacedRecord[] {
    const taken: UnplacedRecord[] = []
    const before = now - maxBlockMs
    const take = (queue: Fifo<UnplacedRecord>, since: number): void => {
      for (
        let head = queue.peek();
        head !== undefined && Math.max(head.acceptedAt, since) <= before;
        head = queue.peek()
      )
        taken.push(queue.shift() ?? head)
    }
    take(this.full, this.movedAt)
    for (const queue of this.unknown.values()) take(queue, -Infinity)
    for (const [topic, queue] of this.unknown) if (queue.length === 0) this.unknown.delete(topic)
    return taken
  }

  /** When the next record has waited for this long; Infinity if there is none. */
  lateAt(maxBlockMs: number): number {
    let since = this.stuckSince
    for (const queue of this.unknown.values()) since = Math.min(since, queue.peek()?.acceptedAt ?? Infinity)
    return since + maxBlockMs
  }

  private waits(record: UnplacedRecord, waitsFor: UnplacedRecord['waitsFor']): void {
    if (record.arrival === 0) record.arrival = ++this.arrivals
    record.waitsFor = waitsFor
  }

  /** Once for all topics: there may be very many records. Their time for that begins now, however long the memory took. */
  private backToTopics(acceptedAt: number, isKnown: (topic: string) => boolean): void {
    const moved = new Map<string, UnplacedRecord[]>()
    const former = this.full
    this.full = new Fifo()
    for (const record of former) {
      const { topic } = record.content
      if (isKnown(topic)) this.full.push(record)
      else {
        const others = moved.get(topic) ?? []
        moved.set(topic, others)
        others.push({ ...record, acceptedAt, waitsFor: 'topic' })
      }
    }
    for (const [topic, records] of moved) this.unknown.set(topic, merged(records, this.takeTopic(topic)))
  }

  private get stuckSince(): number {
    const head = this.full.peek()
    return head === undefined ? Infinity : Math.max(head.acceptedAt, this.movedAt)
  }
}

const all = (queue: Fifo<UnplacedRecord>): readonly UnplacedRecord[] => {
  const taken: UnplacedRecord[] = []
  for (let record = queue.shift(); record !== undefined; record = queue.shift()) taken.push(record)
  return taken
}

/** Both, each in order, in the order of arrival. */
const merged = (one: readonly UnplacedRecord[], other: readonly UnplacedRecord[]): Fifo<UnplacedRecord> => {
  const both = new Fifo<UnplacedRecord>()
  let at = 0
  for (const record of one) {
    for (let earlier = other[at]; earlier !== undefined && earlier.arrival < record.arrival; earlier = other[++at])
      both.push(earlier)
    both.push(record)
  }
  for (; at < other.length; at++) both.push(other[at] as UnplacedRecord)
  return both
}
