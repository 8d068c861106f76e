import type { ProduceRequest, TransactionVersion } from '../../../ports/kafka-calls.js'
import { endTxn } from './end-txn.js'
import { limitedTo } from './latest-usable-version.js'
import { produce, produceByIdFrom } from './produce.js'
import { txnOffsetCommit } from './txn-offset-commit.js'

interface TransactionApis {
  readonly txnOffsetCommit: typeof txnOffsetCommit
  readonly endTxn: typeof endTxn
}

/**
 * The requests that depend on the transaction version, limited to the versions that follow its rules: in a newer one a
 * partition or group would join the transaction by itself, in an older one it would not (KIP-890).
 */
export const transactionApis: Readonly<Record<TransactionVersion, TransactionApis>> = {
  1: {
    txnOffsetCommit: limitedTo(txnOffsetCommit, { from: 0, to: 4 }),
    endTxn: limitedTo(endTxn, { from: 0, to: 4 })
  },
  2: {
    txnOffsetCommit: limitedTo(txnOffsetCommit, { from: 5, to: Infinity }),
    endTxn: limitedTo(endTxn, { from: 5, to: Infinity })
  }
}

const inTransaction: Readonly<Record<TransactionVersion, typeof produce>> = {
  1: limitedTo(produce, { from: 0, to: 11 }),
  2: limitedTo(produce, { from: 12, to: Infinity })
}

const inAny = { byId: produce, byName: byName(produce) }
const byRules = {
  1: { byId: inTransaction[1], byName: byName(inTransaction[1]) },
  2: { byId: inTransaction[2], byName: byName(inTransaction[2]) }
}

/** Produce in the versions of its transaction, and by topic ID only if each ID is known. */
export const produceOf = ({ transaction, batches }: ProduceRequest): typeof produce => {
  const api = transaction === null ? inAny : byRules[transaction.version]
  return batches.every(({ topicId = null }) => topicId !== null) ? api.byId : api.byName
}

function byName(api: typeof produce): typeof produce {
  return limitedTo(api, { from: 0, to: produceByIdFrom - 1 })
}
