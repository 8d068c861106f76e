import type { Observable } from 'rxjs'
import type { Committed } from '../model/committed.js'
import type { ProducerStatus } from '../model/producer-status.js'
import type { ProducerEvent } from '../model/producer-event.js'
import type { OutgoingRecord } from '../core/producing/outgoing-record.js'
import type { DeliveryCallbacks } from '../core/producing/delivery-callbacks.js'
import type { Step } from './step.js'

export type { OutgoingRecord }

/** Where a record was written; the offset is -1 with `acks` 0. */
export type WrittenRecord = Committed

/** One producer. */
export interface ProducerSession {
  /** Completes when it is closed. */
  readonly events: Observable<ProducerEvent>
  /**
   * Accepts a record. Reports its outcome to `callbacks` with this index: once, and never within this call. Records of one
   * partition are written in the order of the calls. While the memory for batches is used up the record waits, unencoded; the
   * caller limits how many wait. Never throws: an invalid record fails through `callbacks` too, without affecting others.
   */
  send(record: OutgoingRecord, callbacks: DeliveryCallbacks, index: number): void
  /** The current state. */
  status(): ProducerStatus
  /** Sends all accepted records without lingering. Answers when each of them has its outcome. */
  flush(): Step<void>
  /**
   * Accepts no more records and releases the connections at once. Records without a confirmation fail with a `ClosedFault`,
   * though they may have been written. To wait for them, flush first.
   */
  close(): void
}
