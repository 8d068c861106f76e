import type { Fault } from '../../model/fault.js'
import type { ProducerBatch } from './producer-batch.js'

/** A settled batch: report the outcome to the senders of its records. */
export type Settled =
  | { readonly _tag: 'written'; readonly batch: ProducerBatch; readonly baseOffset: bigint }
  | { readonly _tag: 'failed'; readonly batch: ProducerBatch; readonly fault: Fault }
  /** each record has its own reason, in order */
  | { readonly _tag: 'refused'; readonly batch: ProducerBatch; readonly faults: readonly Fault[] }
