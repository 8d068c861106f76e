import { Fifo } from '../../core/scheduling/fifo.js'
import type { Given } from '../../core/producing/accumulator.js'
import type { OutgoingRecord } from '../../ports/producer-session.js'

/** A record that no batch has taken yet. */
export interface WaitingRecord extends Given {
  readonly content: OutgoingRecord
  /** chosen already; -1 before */
  partition: number
  /** What kept it out of a batch last. */
  waitsFor: 'topic' | 'partition' | 'memory' | null
}

/**
 * Records that cannot go into a batch yet, in the order in which they were given: those of a topic of which nothing is known,
 * and all that came once the memory was used up.
 */
export class WaitingRecords {
  private readonly unknown = new Map<string, Fifo<WaitingRecord>>()
  private readonly full = new Fifo<WaitingRecord>()
  /** When one of those that wait for memory went on: before, none could. */
  private movedAt = -Infinity

  get waitForMemory(): boolean {
    return this.full.length > 0
  }

  /** Topics that records wait to learn of. */
  get topics(): Iterable<string> {
    return this.unknown.keys()
  }

  has(topic: string): boolean {
    return this.unknown.has(topic)
  }

  forTopic(record: WaitingRecord, waitsFor: 'topic' | 'partition'): void {
    const { topic } = record.content
    record.waitsFor = waitsFor
    const queue = this.unknown.get(topic) ?? new Fifo<WaitingRecord>()
    this.unknown.set(topic, queue)
    queue.push(record)
  }

  forMemory(record: WaitingRecord): void {
    record.waitsFor = 'memory'
    this.full.push(record)
  }

  /** Places those that wait for memory, as long as `place` succeeds. */
  placeAll(now: number, place: (record: WaitingRecord) => boolean): void {
    for (let record = this.full.peek(); record !== undefined; record = this.full.peek()) {
      if (!place(record)) return
      this.full.shift()
      this.movedAt = now
    }
  }

  /** For how long none of those that wait for memory could go on. */
  stuckFor(now: number): number {
    return now - this.stuckSince
  }

  /** Takes out those that wait for this topic. */
  takeTopic(topic: string): readonly WaitingRecord[] {
    const queue = this.unknown.get(topic)
    this.unknown.delete(topic)
    return queue === undefined ? [] : all(queue)
  }

  takeAll(): readonly WaitingRecord[] {
    return [...all(this.full), ...[...this.unknown.keys()].flatMap((topic) => this.takeTopic(topic))]
  }

  /**
   * Takes out those that have waited for so long: for a topic since each was given, for memory since one of them could go on,
   * since each of a thousand that are given at once has its turn only after the others.
   */
  takeLate(now: number, maxBlockMs: number): readonly WaitingRecord[] {
    const taken: WaitingRecord[] = []
    const before = now - maxBlockMs
    const take = (queue: Fifo<WaitingRecord>, since: number): void => {
      for (let head = queue.peek(); head !== undefined && Math.max(head.givenAt, since) <= before; head = queue.peek())
        taken.push(queue.shift() ?? head)
    }
    take(this.full, this.movedAt)
    for (const queue of this.unknown.values()) take(queue, -Infinity)
    for (const [topic, queue] of this.unknown) if (queue.length === 0) this.unknown.delete(topic)
    return taken
  }

  /** When the next one has waited for so long; Infinity if there is none. */
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

const all = (queue: Fifo<WaitingRecord>): readonly WaitingRecord[] => {
  const taken: WaitingRecord[] = []
  for (let record = queue.shift(); record !== undefined; record = queue.shift()) taken.push(record)
  return taken
}
