import type { Fault } from '../../model/fault.js'
import type { CodesOf } from '../protocol/answered-codes.js'
import { brokerFault, byCode, errorCode } from '../protocol/error-code.js'

/** What an error code of a transaction's request means. */
export type TransactionVerdict =
  | { readonly _tag: 'done' }
  /**
   * `soon`: only the completion of the former transaction is awaited. `onTimeout`: the fault if the retries take longer than
   * `max.block.ms`; the transaction can then only be aborted.
   */
  | { readonly _tag: 'retry'; readonly soon: boolean; readonly onTimeout?: Fault }
  /** the transaction can only be aborted; `isOfOthers`: because another partition of the request was refused */
  | { readonly _tag: 'abort'; readonly fault: Fault; readonly isOfOthers?: boolean }
  /** no transaction of this producer can succeed any more */
  | { readonly _tag: 'fatal'; readonly fault: Fault }

/** The code that decides of several in an answer, and its topic if it is about one. */
export interface DecidingCode {
  readonly code: number
  readonly topic?: string
}

/** The requests of a transaction. */
export type TransactionApi = 'InitProducerId' | 'AddPartitionsToTxn' | 'AddOffsetsToTxn' | 'TxnOffsetCommit' | 'EndTxn'

export interface TransactionSubject {
  readonly transactionalId: string
  readonly groupId?: string
  readonly groupInstanceId?: string | null
  readonly topic?: string
}

/** An answer to one of these requests. */
interface Answered {
  readonly api: TransactionApi
  readonly code: number
  readonly subject: TransactionSubject
}

type Row = (answered: Answered) => TransactionVerdict

/** The meaning of an error code. A code without a row aborts the transaction. */
export const transactionVerdict = (
  api: TransactionApi,
  code: number,
  subject: TransactionSubject
): TransactionVerdict => (verdicts.get(code) ?? aborted)({ api, code, subject })

const ranks = { done: 0, retry: 2, abort: 3, fatal: 4 } as const
const ofOthers = 1

const rankOf = (verdict: TransactionVerdict): number =>
  verdict._tag === 'abort' && verdict.isOfOthers === true ? ofOthers : ranks[verdict._tag]

/**
 * The code that decides about a whole answer. A broker that refuses one partition attempts none of the others, and gives each
 * of them a code that is not a reason by itself. Of several reasons the permanent one counts, since a retry would not help.
 * Java's client has the same rules (`TransactionManager.AddPartitionsToTxnHandler`).
 */
export const decidingCode = (api: TransactionApi, answered: readonly DecidingCode[]): DecidingCode => {
  let deciding: DecidingCode = { code: errorCode.NONE }
  let highest: number = ranks.done
  for (const one of answered) {
    const rank = rankOf(transactionVerdict(api, one.code, { transactionalId: '' }))
    if (rank <= highest) continue
    highest = rank
    deciding = one
  }
  return deciding
}

/**
 * Whether the answer to an abort says that the coordinator has no such transaction, so that nothing is left to abort. After a
 * commit with an unknown outcome (`maybeCommitted`), INVALID_TXN_STATE may mean that it was committed.
 */
export const hasNoTransaction = (code: number, maybeCommitted: boolean): boolean =>
  code === errorCode.INVALID_PRODUCER_ID_MAPPING || (code === errorCode.INVALID_TXN_STATE && !maybeCommitted)

const aborted: Row = ({ api, code }) => ({ _tag: 'abort', fault: brokerFault(api, code) })

const retry: Row = () => ({ _tag: 'retry', soon: false })
const fenced: Row = ({ subject }) => ({
  _tag: 'fatal',
  fault: { _tag: 'FencedFault', what: 'transactional.id', id: subject.transactionalId }
})
const unusable: Row = ({ api, code }) => ({ _tag: 'fatal', fault: brokerFault(api, code) })
const generationOver: Row = ({ subject }) => ({
  _tag: 'abort',
  fault: { _tag: 'MembershipLostFault', groupId: subject.groupId ?? '', reason: 'generation over' }
})

/** The meaning of every code that these requests are answered with. */
const rows: { readonly [Name in CodesOf<'transaction'>]: Row } = {
  NONE: () => ({ _tag: 'done' }),
  COORDINATOR_LOAD_IN_PROGRESS: retry,
  COORDINATOR_NOT_AVAILABLE: retry,
  NOT_COORDINATOR: retry,
  REQUEST_TIMED_OUT: retry,
  NETWORK_EXCEPTION: retry,
  // Brokers learn of new topics late; one that was deleted does not come back.
  UNKNOWN_TOPIC_OR_PARTITION: ({ subject: { topic = '' } }) => ({
    _tag: 'retry',
    soon: false,
    onTimeout: { _tag: 'UnknownTopicFault', topic }
  }),
  CONCURRENT_TRANSACTIONS: () => ({ _tag: 'retry', soon: true }),
  INVALID_PRODUCER_EPOCH: fenced,
  PRODUCER_FENCED: fenced,
  TRANSACTION_COORDINATOR_FENCED: fenced,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: ({ subject }) => ({
    _tag: 'fatal',
    fault: { _tag: 'AuthorizationFault', resource: 'transactional.id', name: subject.transactionalId }
  }),
  CLUSTER_AUTHORIZATION_FAILED: () => ({
    _tag: 'fatal',
    fault: { _tag: 'AuthorizationFault', resource: 'cluster', name: 'IdempotentWrite' }
  }),
  // Only AddPartitionsToTxn answers this, beside the code of the refused partition: see `decidingCode`.
  OPERATION_NOT_ATTEMPTED: ({ api, code }) => ({ _tag: 'abort', fault: brokerFault(api, code), isOfOthers: true }),
  INVALID_TRANSACTION_TIMEOUT: unusable,
  UNSUPPORTED_VERSION: unusable,
  GROUP_AUTHORIZATION_FAILED: ({ subject }) => ({
    _tag: 'abort',
    fault: { _tag: 'AuthorizationFault', resource: 'group', name: subject.groupId ?? '' }
  }),
  TOPIC_AUTHORIZATION_FAILED: ({ subject }) => ({
    _tag: 'abort',
    fault: { _tag: 'AuthorizationFault', resource: 'topic', name: subject.topic ?? '' }
  }),
  ILLEGAL_GENERATION: generationOver,
  REBALANCE_IN_PROGRESS: generationOver,
  UNKNOWN_MEMBER_ID: ({ subject }) => ({
    _tag: 'abort',
    fault: { _tag: 'MembershipLostFault', groupId: subject.groupId ?? '', reason: 'unknown member' }
  }),
  FENCED_INSTANCE_ID: ({ subject }) => ({
    _tag: 'abort',
    fault: { _tag: 'FencedFault', what: 'group.instance.id', id: subject.groupInstanceId ?? '' }
  }),
  // As answers to an abort these may mean that it is done: `hasNoTransaction`.
  INVALID_PRODUCER_ID_MAPPING: aborted,
  INVALID_TXN_STATE: aborted,
  TRANSACTION_ABORTABLE: aborted
}

const verdicts = /*#__PURE__*/ byCode<Row>(rows)
