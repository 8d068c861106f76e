import type { Carried } from '../../model/carried.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import {
  BatchBuilder,
  type BytesSource,
  type Compressor,
  emptyBatchBytes,
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
  /** `offset` is -1 where nobody was asked to confirm it. */
  written(index: number, topic: string, partition: number, offset: bigint): void
  failed(index: number, fault: Fault): void
}

/** Who a producer is to the brokers: batches carry it, and it is what their sequence numbers count under. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly epoch: number
}

/** Records of one partition that are sent together, from the first that is appended until the outcome of each is reported. */
export class ProducerBatch implements TopicPartition {
  readonly topic: string
  readonly partition: number
  /** in the clock's time */
  readonly createdAt: number
  /** When its records are given up. */
  readonly deadline: number
  /** Which `flush` waits for it. */
  readonly generation: number
  /** Under way to a broker. */
  onWire = false
  attempts = 0
  /** Not to be sent again before. */
  retryAt = 0
  /** An attempt may have put it into the log without an answer that says so. */
  maybeWritten = false
  /** It is a part of a batch that may be in the log as a whole; a broker does not recognize a part as a duplicate. */
  wholeMaybeWritten = false
  /** Given up while it was in flight: the outcome of its records has been reported. */
  abandoned = false
  /** What went wrong last, if anything. */
  lastFault: Fault | null = null
  /** Its place among the partition's batches in the order of their first sending; 0 before. */
  number = 0
  identity: ProducerIdentity | null = null
  /** The sequence number of its first record; -1 where none is given. */
  sequence = -1
  private readonly builder: BatchBuilder
  private readonly source: BytesSource
  private readonly fullAt: number
  private taken: number
  private readonly callbacks: DeliveryCallbacks[] = []
  private readonly indices: number[] = []
  private closed = false
  private isCompressed = false

  constructor(
    { topic, partition }: TopicPartition,
    memory: number,
    source: BytesSource,
    times: Pick<ProducerBatch, 'createdAt' | 'deadline' | 'generation'>
  ) {
    this.topic = topic
    this.partition = partition
    this.fullAt = memory
    this.taken = memory
    this.source = source
    this.builder = new BatchBuilder(memory, source)
    this.createdAt = times.createdAt
    this.deadline = times.deadline
    this.generation = times.generation
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

  /** The bytes to be sent; those of an earlier call change with it. */
  encode(transactional: boolean, compressor: Compressor | null, checksum: Checksum): Uint8Array {
    this.closed = true
    if (compressor !== null && !this.isCompressed) this.builder.compress(compressor)
    this.isCompressed = compressor !== null
    const { identity } = this
    if (identity === null) return this.builder.finish({}, checksum)
    const { producerId, epoch } = identity
    const header = { producerId, producerEpoch: epoch, baseSequence: this.sequence, transactional }
    return this.builder.finish(header, checksum)
  }

  /** The broker has answered that it is written: nobody reads its bytes any more. */
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

  /** Its halves, with the sequence numbers that its records have: what follows it stays in sequence. */
  split(): readonly [ProducerBatch, ProducerBatch] {
    const half = Math.ceil(this.count / 2)
    const memory = Math.ceil(this.memory / 2)
    const halves = this.divide((place) => place < half, memory)
    halves[0].goOnAs(this, this.sequence)
    halves[1].goOnAs(this, this.sequence < 0 ? -1 : sequenceAfter(this.sequence, half))
    return halves
  }

  /** Its records in two batches that have not been sent: those at these places, with so much of its memory, and the others. */
  divide(isApart: (place: number) => boolean, memory: number): readonly [ProducerBatch, ProducerBatch] {
    const apart = new ProducerBatch(this, memory, this.source, this)
    const others = new ProducerBatch(this, this.memory - memory, this.source, this)
    let place = 0
    this.builder.each((content, timestamp) => {
      const callbacks = this.callbacks[place] as DeliveryCallbacks
      const into = isApart(place) ? apart : others
      into.append(content, timestamp, callbacks, this.indices[place] ?? 0)
      place++
    })
    apart.close()
    others.close()
    return [apart, others]
  }

  /** It takes the place of a batch that was sent, or of a part of it: from this sequence number on. */
  goOnAs(former: ProducerBatch, sequence: number): void {
    this.attempts = former.attempts
    this.maybeWritten = former.maybeWritten
    this.lastFault = former.lastFault
    this.identity = former.identity
    this.number = former.number
    this.sequence = sequence
    this.wholeMaybeWritten = former.wholeMaybeWritten || (former.maybeWritten && sequence >= 0)
  }
}

/** Sequence numbers are 32 bits and begin at 0 again behind the last. */
export const sequenceAfter = (sequence: number, count: number): number => (sequence + count) % 0x8000_0000

/** How large a batch has to be for a record of so many bytes, and at least `batchSize`. */
export const capacityFor = (bound: number, batchSize: number): number => Math.max(batchSize, emptyBatchBytes + bound)
