import { Fifo } from '../../core/scheduling/fifo.js'
import type { Given } from '../../core/producing/accumulator.js'
import type { OutgoingRecord } from '../../ports/producer-session.js'

/** A record that is in no batch yet. */
export interface UnplacedRecord extends Given {
  readonly content: OutgoingRecord
  /** the chosen partition; -1 before */
  partition: number
  /** What last kept it out of a batch. */
  waitsFor: 'topic' | 'partition' | 'memory' | null
}

/**
 * Records that cannot be added to a batch yet, in the order of their arrival: those of an unknown topic, and all that
 * came once the memory was used up.
 */
export class WaitingRecords {
  private readonly unknown = new Map<string, Fifo<UnplacedRecord>>()
  private readonly full = new Fifo<UnplacedRecord>()
  /** When a record that waited for memory was last placed: before, none could be. */
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

  forTopic(record: UnplacedRecord, waitsFor: 'topic' | 'partition'): void {
    const { topic } = record.content
    record.waitsFor = waitsFor
    const queue = this.unknown.get(topic) ?? new Fifo<UnplacedRecord>()
    this.unknown.set(topic, queue)
    queue.push(record)
  }

  forMemory(record: UnplacedRecord): void {
    record.waitsFor = 'memory'
    this.full.push(record)
  }

  /** Places records that wait for memory, as long as `place` succeeds. */
  placeAll(now: number, place: (record: UnplacedRecord) => boolean): void {
    for (let record = this.full.peek(); record !== undefined; record = this.full.peek()) {
      if (!place(record)) return
      this.full.shift()
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
   * Removes the records that have waited this long: for a topic since each was added, for memory since one of them was
   * last placed, since each of a thousand records that come at once has its turn only after the others.
   */
  takeLate(now: number, maxBlockMs: number): readonly UnplacedRecord[] {
    const taken: UnplacedRecord[] = []
    const before = now - maxBlockMs
    const take = (queue: Fifo<UnplacedRecord>, since: number): void => {
      for (let head = queue.peek(); head !== undefined && Math.max(head.givenAt, since) <= before; head = queue.peek())
        taken.push(queue.shift() ?? head)
    }
    take(this.full, this.movedAt)
    for (const queue of this.unknown.values()) take(queue, -Infinity)
    for (const [topic, queue] of this.unknown) if (queue.length === 0) this.unknown.delete(topic)
    return taken
  }

  /** When the next one has waited this long; Infinity if there is none. */
  lateAt(maxBlockMs: number): number {
    let since = this.stuckSince
    for (const queue of this.unknown.values()) since = Math.min(since, queue.peek()?.givenAt ?? Infinity)
    return since + maxBlockMs
  }

  private get stuckSince(): number {
    const head = this.full.peek()
    return head === undefined ? Infinity : Math.max(head.givenAt, this.movedAt)
  }
}

const all = (queue: Fifo<UnplacedRecord>): readonly UnplacedRecord[] => {
  const taken: UnplacedRecord[] = []
  for (let record = queue.shift(); record !== undefined; record = queue.shift()) taken.push(record)
  return taken
}
