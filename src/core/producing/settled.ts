import type { Fault } from '../../model/fault.js'
import type { ProducerBatch } from './producer-batch.js'

/** What is done with a batch: its records are to be told. */
export type Settled =
  | { readonly _tag: 'written'; readonly batch: ProducerBatch; readonly baseOffset: bigint }
  | { readonly _tag: 'failed'; readonly batch: ProducerBatch; readonly fault: Fault }
  /** each record for its own reason, in order */
  | { readonly _tag: 'refused'; readonly batch: ProducerBatch; readonly faults: readonly Fault[] }
