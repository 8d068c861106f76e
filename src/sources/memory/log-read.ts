import type { AbortedTransaction } from '../../core/records/aborted-transactions.js'

/** What a read gives: whole batches, as many as fit. */
export interface LogRead {
  readonly bytes: Uint8Array
  readonly aborted: readonly AbortedTransaction[]
}

/** What there is at the end of a log. */
export const nothingRead: LogRead = { bytes: new Uint8Array(0), aborted: [] }
