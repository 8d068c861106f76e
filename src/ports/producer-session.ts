import type { Observable } from 'rxjs'
import type { Committed } from '../model/committed.js'
import type { ProducerStatus } from '../model/producer-status.js'
import type { ProducerEvent } from '../model/producer-event.js'
import type { OutgoingRecord } from '../core/producing/outgoing-record.js'
import type { DeliveryCallbacks } from '../core/producing/producer-batch.js'
import type { Step } from './step.js'

export type { OutgoingRecord }

/** Where a record was written; the offset is -1 with `acks` 0. */
export type WrittenRecord = Committed

/** One producer. */
export interface ProducerSession {
  /** Completes when it is closed. */
  readonly events: Observable<ProducerEvent>
  /**
   * Takes a record. What became of it is told to `callbacks` under this index: once, and never inside this call. Records of
   * one partition are written in the order of the calls. While the memory of the batches is used up it waits, as it was
   * given; that is for whoever gives it to keep within bounds. Whatever is given, it throws nothing: of a record that is none
   * that is told too, and of the others nothing is touched.
   */
  send(record: OutgoingRecord, callbacks: DeliveryCallbacks, index: number): void
  /** What it does. */
  status(): ProducerStatus
  /** Sends what was given so far without lingering, and is answered when all of it has been told of. */
  flush(): Step<void>
  /**
   * Takes nothing any more and lets go of the connections at once. What is not confirmed, and may be written all the same, is
   * told of with a `ClosedFault`: a caller that waits for it flushes first.
   */
  close(): void
}
