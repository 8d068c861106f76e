import type { AbortedTransaction } from '../../core/records/aborted-transactions.js'

/** The result of a read: whole batches, as many as fit. */
export interface LogRead {
  readonly bytes: Uint8Array
  readonly aborted: readonly AbortedTransaction[]
}

/** The offsets at the end of a log. */
export const nothingRead: LogRead = { bytes: new Uint8Array(0), aborted: [] }
