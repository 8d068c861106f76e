import type { Carried } from '../../model/carried.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import {
  BatchBuilder,
  type BatchHeader,
  type BytesSource,
  type Compressor,
  recordOverhead,
  type RecordContent
} from '../records/batch-builder.js'
import type { Checksum } from '../records/crc32c.js'

/**
 * Receives the outcome of each record, once. `index` is what the caller passed with the record, so that one object can serve
 * many records.
 */
export interface DeliveryCallbacks {
  /** The pipeline's record from which this one was made; only traces need it. */
  readonly carried?: Carried<unknown> | undefined
  /** `offset` is -1 if no confirmation was requested (acks 0), or the broker returns none. */
  written(index: number, topic: string, partition: number, offset: bigint): void
  failed(index: number, fault: Fault): void
}

/** The records of one partition that are sent together, in the bytes that are sent, with the callback of each. */
export class BatchRecords implements TopicPartition {
  readonly topic: string
  readonly partition: number
  private readonly builder: BatchBuilder
  protected readonly source: BytesSource
  private readonly fullAt: number
  private taken: number
  private readonly callbacks: DeliveryCallbacks[] = []
  private readonly indices: number[] = []
  private closed = false
  private isCompressed = false

  constructor({ topic, partition }: TopicPartition, memory: number, source: BytesSource) {
    this.topic = topic
    this.partition = partition
    this.fullAt = memory
    this.taken = memory
    this.source = source
    this.builder = new BatchBuilder(memory, source)
  }

  get count(): number {
    return this.builder.count
  }

  get size(): number {
    return this.builder.size
  }

  /** The part of the producer's memory that it uses. */
  get memory(): number {
    return this.taken
  }

  /** Whether the batch has reached `batch.size`: then it does not linger. */
  get isFull(): boolean {
    return this.closed || this.builder.size + recordOverhead > this.fullAt
  }

  /** No further record can be added. */
  close(): void {
    this.closed = true
  }

  /** Whether a record of this size fits. A batch that could not be sent yet grows up to `limit`. */
  hasRoomFor(bound: number, limit: number): boolean {
    return !this.closed && this.builder.size + bound <= Math.max(limit, this.fullAt)
  }

  /** Makes room for a record of this size; returns how much memory that takes. */
  growFor(bound: number): number {
    const grown = this.builder.reserve(bound)
    this.taken += grown
    return grown
  }

  /** How much memory room for a record of this size would take. */
  growthFor(bound: number): number {
    return this.builder.size + bound <= this.taken ? 0 : Math.max(this.taken, this.builder.size + bound - this.taken)
  }

  append(content: RecordContent, timestamp: number, callbacks: DeliveryCallbacks, index: number): void {
    this.builder.append(content, timestamp)
    this.callbacks.push(callbacks)
    this.indices.push(index)
  }

  /** The broker has confirmed the batch: its bytes are not read any more, and may be reused. */
  release(): void {
    this.builder.release()
  }

  confirm(baseOffset: bigint): void {
    const { topic, partition, callbacks, indices } = this
    const step = baseOffset < 0n ? 0n : 1n
    let offset = baseOffset < 0n ? -1n : baseOffset
    for (let place = 0; place < callbacks.length; place++) {
      callbacks[place]?.written(indices[place] ?? 0, topic, partition, offset)
      offset += step
    }
  }

  fail(fault: Fault): void {
    for (let place = 0; place < this.callbacks.length; place++)
      this.callbacks[place]?.failed(this.indices[place] ?? 0, fault)
  }

  /** Fails each record for its own reason, in order. */
  failEach(faults: readonly Fault[]): void {
    for (const [place, fault] of faults.entries()) this.callbacks[place]?.failed(this.indices[place] ?? 0, fault)
  }

  /** The batch's bytes under this header. The next call changes them. */
  protected finish(header: BatchHeader, compressor: Compressor | null, checksum: Checksum): Uint8Array {
    this.closed = true
    if (compressor !== null && !this.isCompressed) this.builder.compress(compressor, true)
    this.isCompressed = compressor !== null
    return this.builder.finish(header, checksum)
  }

  /** Writes the records into two other batches: those at these indexes, and the rest. Neither accepts further records. */
  protected divideInto(isApart: (place: number) => boolean, apart: BatchRecords, others: BatchRecords): void {
    let place = 0
    this.builder.each((content, timestamp) => {
      const callbacks = this.callbacks[place] as DeliveryCallbacks
      const into = isApart(place) ? apart : others
      into.append(content, timestamp, callbacks, this.indices[place] ?? 0)
      place++
    })
    apart.close()
    others.close()
  }
}
