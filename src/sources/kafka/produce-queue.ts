import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { encodeBatch } from '../../core/record-batch/encode-batch.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { OutgoingRecord, WrittenRecord } from '../../ports/producer-session.js'

/** What one call of `send` waits for: all of its records, or the first that cannot be written. */
export class PendingSend {
  readonly until: number
  private readonly answer: (answer: Either<Fault, readonly WrittenRecord[]>) => void
  private readonly written: WrittenRecord[] = []
  private left: number
  private over = false

  constructor(count: number, until: number, answer: (answer: Either<Fault, readonly WrittenRecord[]>) => void) {
    this.left = count
    this.until = until
    this.answer = answer
    if (count === 0) this.finish(right([]))
  }

  get isOver(): boolean {
    return this.over
  }

  confirmed(index: number, record: WrittenRecord): void {
    this.written[index] = record
    if (--this.left === 0) this.finish(right(this.written))
  }

  failed(fault: Fault): void {
    this.finish(left(fault))
  }

  private finish(answer: Either<Fault, readonly WrittenRecord[]>): void {
    if (this.over) return
    this.over = true
    this.answer(answer)
  }
}

/** A record that waits to be written to its partition. */
export interface PendingRecord {
  readonly record: OutgoingRecord
  readonly bytes: number
  readonly send: PendingSend
  readonly index: number
}

export type Compress = NonNullable<Parameters<typeof encodeBatch>[0]['compress']>

/** What waits for one partition, in the order of the calls; at most one batch of it is under way. */
export class ProduceQueue implements TopicPartition {
  readonly topic: string
  readonly partition: number
  private waiting: PendingRecord[] = []
  /** One at a time after a batch was too large, until the one to blame is found. */
  private single = false

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0
  }

  push(pending: PendingRecord): void {
    this.waiting.push(pending)
  }

  /** Drops what nobody waits for any more, and fails what has waited too long. */
  expire(now: number, fault: Fault): void {
    for (const { send } of this.waiting) if (send.until <= now) send.failed(fault)
    this.waiting = this.waiting.filter(({ send }) => !send.isOver)
  }

  /** The next records, as many as fit; they stay until they are confirmed. */
  head(maxBytes: number): readonly PendingRecord[] {
    if (this.single) return this.waiting.slice(0, 1)
    let bytes = 0
    let count = 0
    for (const pending of this.waiting) {
      bytes += pending.bytes
      if (count > 0 && bytes > maxBytes) break
      count++
    }
    return this.waiting.slice(0, count)
  }

  confirmed(head: readonly PendingRecord[], baseOffset: bigint): void {
    this.waiting.splice(0, head.length)
    if (this.single) this.single = false
    head.forEach(({ send, index }, place) => {
      const offset = baseOffset < 0n ? -1n : baseOffset + BigInt(place)
      send.confirmed(index, { topic: this.topic, partition: this.partition, offset })
    })
  }

  /** The batch is larger than the topic allows: it is taken apart, and only a record that is too large by itself fails. */
  tooLarge(head: readonly PendingRecord[], fault: Fault): void {
    if (head.length > 1) this.single = true
    else this.refused(head, fault)
  }

  refused(head: readonly PendingRecord[], fault: Fault): void {
    this.waiting.splice(0, head.length)
    for (const { send } of head) send.failed(fault)
  }
}

/** The batch of these records. */
export const batchOf = (records: readonly PendingRecord[], now: number, compress: Compress | undefined): Uint8Array =>
  encodeBatch({
    baseOffset: 0n,
    records: records.map(({ record: { key, value, headers, timestamp } }) => ({
      key,
      value,
      headers,
      timestamp: timestamp ?? now
    })),
    ...(compress === undefined ? {} : { compress })
  })
