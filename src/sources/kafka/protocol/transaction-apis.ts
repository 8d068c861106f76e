import type { TransactionVersion } from '../../../ports/kafka-calls.js'
import { endTxn } from './end-txn.js'
import { limitedTo } from './newest-common.js'
import { produce } from './produce.js'
import { txnOffsetCommit } from './txn-offset-commit.js'

interface TransactionApis {
  readonly produce: typeof produce
  readonly txnOffsetCommit: typeof txnOffsetCommit
  readonly endTxn: typeof endTxn
}

/**
 * The requests that differ by the rules of the transaction, each in the versions that go by them: in a newer one a partition
 * or group would join the transaction by itself, in an older one it would not (KIP-890).
 */
export const transactionApis: Readonly<Record<TransactionVersion, TransactionApis>> = {
  1: {
    produce: limitedTo(produce, { from: 0, to: 11 }),
    txnOffsetCommit: limitedTo(txnOffsetCommit, { from: 0, to: 4 }),
    endTxn: limitedTo(endTxn, { from: 0, to: 4 })
  },
  2: {
    produce: limitedTo(produce, { from: 12, to: Infinity }),
    txnOffsetCommit: limitedTo(txnOffsetCommit, { from: 5, to: Infinity }),
    endTxn: limitedTo(endTxn, { from: 5, to: Infinity })
  }
}
