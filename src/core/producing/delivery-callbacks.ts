import type { Carried } from '../../model/carried.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'

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

/** Who waits for the outcome of each record of a batch, in the order of the records. */
export class BatchCallbacks {
  private readonly callbacks: DeliveryCallbacks[] = []
  private readonly indices: number[] = []

  add(callbacks: DeliveryCallbacks, index: number): void {
    this.callbacks.push(callbacks)
    this.indices.push(index)
  }

  /** Moves the callbacks of the record at this place to another batch. */
  move(place: number, into: BatchCallbacks): void {
    const callbacks = this.callbacks[place]
    if (callbacks !== undefined) into.add(callbacks, this.indices[place] ?? 0)
  }

  /** All are written, the first at this offset; -1: it is not known. */
  written({ topic, partition }: TopicPartition, baseOffset: bigint): void {
    const { callbacks, indices } = this
    const step = baseOffset < 0n ? 0n : 1n
    let offset = baseOffset < 0n ? -1n : baseOffset
    for (let place = 0; place < callbacks.length; place++) {
      callbacks[place]?.written(indices[place] ?? 0, topic, partition, offset)
      offset += step
    }
  }

  failed(fault: Fault): void {
    for (let place = 0; place < this.callbacks.length; place++)
      this.callbacks[place]?.failed(this.indices[place] ?? 0, fault)
  }

  /** Fails each record for its own reason, in order. */
  failedEach(faults: readonly Fault[]): void {
    for (const [place, fault] of faults.entries()) this.callbacks[place]?.failed(this.indices[place] ?? 0, fault)
  }
}
