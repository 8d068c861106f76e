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
import { BatchCallbacks, type DeliveryCallbacks } from './delivery-callbacks.js'

/** The records of one partition that are sent together, in the bytes that are sent. */
export class BatchRecords implements TopicPartition {
  readonly topic: string
  readonly partition: number
  /** receive their outcomes */
  readonly callbacks = new BatchCallbacks()
  private readonly builder: BatchBuilder
  protected readonly source: BytesSource
  private readonly fullAt: number
  private taken: number
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
    this.callbacks.add(callbacks, index)
  }

  /** The broker has confirmed the batch: its bytes are not read any more, and may be reused. */
  release(): void {
    this.builder.release()
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
      const into = isApart(place) ? apart : others
      into.builder.append(content, timestamp)
      this.callbacks.move(place++, into.callbacks)
    })
    apart.close()
    others.close()
  }
}
