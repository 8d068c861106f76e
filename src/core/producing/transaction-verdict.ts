import type { Fault } from '../../model/fault.js'
import { brokerFault, errorCode } from '../protocol/error-code.js'

/** What an error code of a transaction's request means. */
export type TransactionVerdict =
  | { readonly _tag: 'done' }
  /** `soon` where it waits only for the former transaction to be completed */
  | { readonly _tag: 'retry'; readonly soon: boolean }
  /** the transaction can only be aborted */
  | { readonly _tag: 'abort'; readonly fault: Fault }
  /** no transaction of this producer can succeed any more */
  | { readonly _tag: 'fatal'; readonly fault: Fault }

/** The requests of a transaction. */
export type TransactionApi = 'InitProducerId' | 'AddPartitionsToTxn' | 'AddOffsetsToTxn' | 'TxnOffsetCommit' | 'EndTxn'

export interface Whose {
  readonly transactionalId: string
  readonly groupId?: string
  readonly groupInstanceId?: string | null
  readonly topic?: string
}

/** Every code that these requests are answered with, and what becomes of it. */
export const transactionVerdict = (api: TransactionApi, code: number, whose: Whose): TransactionVerdict => {
  switch (code) {
    case errorCode.NONE:
      return { _tag: 'done' }
    case errorCode.COORDINATOR_LOAD_IN_PROGRESS:
    case errorCode.COORDINATOR_NOT_AVAILABLE:
    case errorCode.NOT_COORDINATOR:
    case errorCode.REQUEST_TIMED_OUT:
    case errorCode.NETWORK_EXCEPTION:
    case errorCode.UNKNOWN_TOPIC_OR_PARTITION:
      return { _tag: 'retry', soon: false }
    case errorCode.CONCURRENT_TRANSACTIONS:
      return { _tag: 'retry', soon: true }
    case errorCode.INVALID_PRODUCER_EPOCH:
    case errorCode.PRODUCER_FENCED:
    case errorCode.TRANSACTION_COORDINATOR_FENCED:
      return { _tag: 'fatal', fault: { _tag: 'FencedFault', what: 'transactional.id', id: whose.transactionalId } }
    case errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return {
        _tag: 'fatal',
        fault: { _tag: 'AuthorizationFault', resource: 'transactional.id', name: whose.transactionalId }
      }
    case errorCode.CLUSTER_AUTHORIZATION_FAILED:
      return { _tag: 'fatal', fault: { _tag: 'AuthorizationFault', resource: 'cluster', name: 'IdempotentWrite' } }
    case errorCode.INVALID_TRANSACTION_TIMEOUT:
    case errorCode.UNSUPPORTED_VERSION:
      return { _tag: 'fatal', fault: brokerFault(api, code) }
    case errorCode.GROUP_AUTHORIZATION_FAILED:
      return { _tag: 'abort', fault: { _tag: 'AuthorizationFault', resource: 'group', name: whose.groupId ?? '' } }
    case errorCode.TOPIC_AUTHORIZATION_FAILED:
      return { _tag: 'abort', fault: { _tag: 'AuthorizationFault', resource: 'topic', name: whose.topic ?? '' } }
    case errorCode.ILLEGAL_GENERATION:
    case errorCode.REBALANCE_IN_PROGRESS:
      return {
        _tag: 'abort',
        fault: { _tag: 'MembershipLostFault', groupId: whose.groupId ?? '', reason: 'generation over' }
      }
    case errorCode.UNKNOWN_MEMBER_ID:
      return {
        _tag: 'abort',
        fault: { _tag: 'MembershipLostFault', groupId: whose.groupId ?? '', reason: 'unknown member' }
      }
    case errorCode.FENCED_INSTANCE_ID:
      return {
        _tag: 'abort',
        fault: { _tag: 'FencedFault', what: 'group.instance.id', id: whose.groupInstanceId ?? '' }
      }
    case errorCode.TRANSACTION_ABORTABLE:
    default:
      return { _tag: 'abort', fault: brokerFault(api, code) }
  }
}
