import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { type BytesSource, type Compressor, emptyBatchBytes } from '../records/batch-builder.js'
import type { Checksum } from '../records/crc32c.js'
import { BatchRecords } from './batch-records.js'

/** The identity of a producer on the brokers: batches carry it, and sequence numbers count within it. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly epoch: number
}

/**
 * A batch of the producer, from its first record until the outcome of each is reported: the state of its delivery, and the
 * identity and sequence number by which a broker recognizes it.
 */
export class ProducerBatch extends BatchRecords {
  /** in the clock's time */
  readonly createdAt: number
  /** When its records are given up, in the clock's time. */
  readonly deadline: number
  /** The number of the `flush` that waits for it. */
  readonly generation: number
  /** In flight to a broker. */
  onWire = false
  attempts = 0
  /** It is not sent again before this time. */
  retryAt = 0
  /** An attempt without an answer may have put it into the log. */
  maybeWritten = false
  /** It is a part of a batch that may be in the log as a whole. A broker does not recognize a part as a duplicate. */
  wholeMaybeWritten = false
  /** The last failure; null if none. */
  lastFault: Fault | null = null
  /** Its place among the partition's batches in the order of their first sending; 0 before that. */
  number = 0
  identity: ProducerIdentity | null = null
  /** The sequence number of its first record; -1 if it has none yet. */
  sequence = -1

  constructor(
    place: TopicPartition,
    memory: number,
    source: BytesSource,
    times: Pick<ProducerBatch, 'createdAt' | 'deadline' | 'generation'>
  ) {
    super(place, memory, source)
    this.createdAt = times.createdAt
    this.deadline = times.deadline
    this.generation = times.generation
  }

  /** The bytes to send. The next call changes them. */
  encode(transactional: boolean, compressor: Compressor | null, checksum: Checksum): Uint8Array {
    const { identity } = this
    if (identity === null) return this.finish({}, compressor, checksum)
    const { producerId, epoch } = identity
    const header = { producerId, producerEpoch: epoch, baseSequence: this.sequence, transactional }
    return this.finish(header, compressor, checksum)
  }

  /** Its halves. Their records keep their sequence numbers, so later batches stay in sequence. */
  split(): readonly [ProducerBatch, ProducerBatch] {
    const half = Math.ceil(this.count / 2)
    const memory = Math.ceil(this.memory / 2)
    const halves = this.divide((place) => place < half, memory)
    halves[0].goOnAs(this, this.sequence)
    halves[1].goOnAs(this, this.sequence < 0 ? -1 : sequenceAfter(this.sequence, half))
    return halves
  }

  /** Its records in two unsent batches: those at these indexes, with this much of its memory, and the others. */
  divide(isApart: (place: number) => boolean, memory: number): readonly [ProducerBatch, ProducerBatch] {
    const apart = new ProducerBatch(this, memory, this.source, this)
    const others = new ProducerBatch(this, this.memory - memory, this.source, this)
    this.divideInto(isApart, apart, others)
    return [apart, others]
  }

  /** Replaces a batch that was sent, or a part of it, beginning with this sequence number. */
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

/** Sequence numbers have 31 bits and begin at 0 again. */
export const sequenceAfter = (sequence: number, count: number): number => (sequence + count) % 0x8000_0000

/** The buffer size for a batch that holds a record of this size, and at least `batchSize`. */
export const capacityFor = (bound: number, batchSize: number): number => Math.max(batchSize, emptyBatchBytes + bound)
