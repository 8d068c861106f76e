import { Fifo } from '../../../core/fifo.js'
import type { Given } from '../../../core/producing/accumulator.js'
import type { OutgoingRecord } from '../../../ports/producer-session.js'

/** A record that no batch has taken yet. */
export interface WaitingRecord extends Given {
  readonly content: OutgoingRecord
  /** chosen already; -1 before */
  partition: number
}

/**
 * Records that cannot go into a batch yet, in the order in which they were given: those of a topic of which nothing is known,
 * and all that came once the memory was used up.
 */
export class WaitingRecords {
  private readonly unknown = new Map<string, Fifo<WaitingRecord>>()
  private readonly full = new Fifo<WaitingRecord>()

  get waitForMemory(): boolean {
    return this.full.length > 0
  }

  /** Topics that records wait to learn of. */
  get topics(): Iterable<string> {
    return this.unknown.keys()
  }

  forTopic(record: WaitingRecord): void {
    const { topic } = record.content
    const queue = this.unknown.get(topic) ?? new Fifo<WaitingRecord>()
    this.unknown.set(topic, queue)
    queue.push(record)
  }

  forMemory(record: WaitingRecord): void {
    this.full.push(record)
  }

  /** Places those that wait for memory, as long as `place` succeeds. */
  placeAll(place: (record: WaitingRecord) => boolean): void {
    for (let record = this.full.peek(); record !== undefined; record = this.full.peek()) {
      if (!place(record)) return
      this.full.shift()
    }
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

  /** Takes out those that were given before. */
  takeOld(before: number): readonly WaitingRecord[] {
    const taken: WaitingRecord[] = []
    for (const queue of [this.full, ...this.unknown.values()])
      for (let head = queue.peek(); head !== undefined && head.givenAt <= before; head = queue.peek())
        taken.push(queue.shift() ?? head)
    for (const [topic, queue] of this.unknown) if (queue.length === 0) this.unknown.delete(topic)
    return taken
  }

  /** When the oldest was given; Infinity if there is none. */
  get oldest(): number {
    let oldest = this.full.peek()?.givenAt ?? Infinity
    for (const queue of this.unknown.values()) oldest = Math.min(oldest, queue.peek()?.givenAt ?? Infinity)
    return oldest
  }
}

const all = (queue: Fifo<WaitingRecord>): readonly WaitingRecord[] => {
  const taken: WaitingRecord[] = []
  for (let record = queue.shift(); record !== undefined; record = queue.shift()) taken.push(record)
  return taken
}
