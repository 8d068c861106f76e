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
  /** What the record was made of, if that came through a pipeline: only traces want to know. */
  readonly carried?: Carried<unknown> | undefined
  /** `offset` is -1 where no confirmation was requested (acks 0), or the broker gives none. */
  written(index: number, topic: string, partition: number, offset: bigint): void
  failed(index: number, fault: Fault): void
}

/** The records of one partition that are sent together, in the bytes that are sent, and who waits for the outcome of each. */
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

  /** What it takes of the producer's memory. */
  get memory(): number {
    return this.taken
  }

  /** Whether it has what it was meant to hold: then it need not linger. */
  get isFull(): boolean {
    return this.closed || this.builder.size + recordOverhead > this.fullAt
  }

  /** Nothing more goes into it. */
  close(): void {
    this.closed = true
  }

  /** Whether it may take so many bytes more: what could not be sent yet grows up to `limit`. */
  hasRoomFor(bound: number, limit: number): boolean {
    return !this.closed && this.builder.size + bound <= Math.max(limit, this.fullAt)
  }

  /** Makes room for so many bytes more; gives how much memory that takes. */
  growFor(bound: number): number {
    const grown = this.builder.reserve(bound)
    this.taken += grown
    return grown
  }

  /** How much memory room for so many bytes would take. */
  growthFor(bound: number): number {
    return this.builder.size + bound <= this.taken ? 0 : Math.max(this.taken, this.builder.size + bound - this.taken)
  }

  append(content: RecordContent, timestamp: number, callbacks: DeliveryCallbacks, index: number): void {
    this.builder.append(content, timestamp)
    this.callbacks.push(callbacks)
    this.indices.push(index)
  }

  /** The broker has confirmed it: its bytes are not read any more, and may be reused. */
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

  /** Each for its own reason, in order. */
  failEach(faults: readonly Fault[]): void {
    for (const [place, fault] of faults.entries()) this.callbacks[place]?.failed(this.indices[place] ?? 0, fault)
  }

  /** The bytes under this header; those of an earlier call change with it. */
  protected finish(header: BatchHeader, compressor: Compressor | null, checksum: Checksum): Uint8Array {
    this.closed = true
    if (compressor !== null && !this.isCompressed) this.builder.compress(compressor, true)
    this.isCompressed = compressor !== null
    return this.builder.finish(header, checksum)
  }

  /** Writes its records into two others: those at these places, and the rest. Nothing more goes into either. */
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
