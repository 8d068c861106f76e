import type { Fault } from '../../model/fault.js'
import { brokerFault, errorCode as code } from '../protocol/error-code.js'

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
export const transactionVerdict = (api: TransactionApi, given: number, whose: Whose): TransactionVerdict => {
  switch (given) {
    case code.NONE:
      return { _tag: 'done' }
    case code.COORDINATOR_LOAD_IN_PROGRESS:
    case code.COORDINATOR_NOT_AVAILABLE:
    case code.NOT_COORDINATOR:
    case code.REQUEST_TIMED_OUT:
    case code.NETWORK_EXCEPTION:
    case code.UNKNOWN_TOPIC_OR_PARTITION:
      return { _tag: 'retry', soon: false }
    case code.CONCURRENT_TRANSACTIONS:
      return { _tag: 'retry', soon: true }
    case code.INVALID_PRODUCER_EPOCH:
    case code.PRODUCER_FENCED:
    case code.TRANSACTION_COORDINATOR_FENCED:
      return { _tag: 'fatal', fault: { _tag: 'FencedFault', what: 'transactional.id', id: whose.transactionalId } }
    case code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return {
        _tag: 'fatal',
        fault: { _tag: 'AuthorizationFault', resource: 'transactional.id', name: whose.transactionalId }
      }
    case code.CLUSTER_AUTHORIZATION_FAILED:
      return { _tag: 'fatal', fault: { _tag: 'AuthorizationFault', resource: 'cluster', name: 'IdempotentWrite' } }
    case code.INVALID_TRANSACTION_TIMEOUT:
    case code.UNSUPPORTED_VERSION:
      return { _tag: 'fatal', fault: brokerFault(api, given) }
    case code.GROUP_AUTHORIZATION_FAILED:
      return { _tag: 'abort', fault: { _tag: 'AuthorizationFault', resource: 'group', name: whose.groupId ?? '' } }
    case code.TOPIC_AUTHORIZATION_FAILED:
      return { _tag: 'abort', fault: { _tag: 'AuthorizationFault', resource: 'topic', name: whose.topic ?? '' } }
    case code.ILLEGAL_GENERATION:
    case code.REBALANCE_IN_PROGRESS:
      return {
        _tag: 'abort',
        fault: { _tag: 'MembershipLostFault', groupId: whose.groupId ?? '', reason: 'generation over' }
      }
    case code.UNKNOWN_MEMBER_ID:
      return {
        _tag: 'abort',
        fault: { _tag: 'MembershipLostFault', groupId: whose.groupId ?? '', reason: 'unknown member' }
      }
    case code.FENCED_INSTANCE_ID:
      return {
        _tag: 'abort',
        fault: { _tag: 'FencedFault', what: 'group.instance.id', id: whose.groupInstanceId ?? '' }
      }
    case code.TRANSACTION_ABORTABLE:
    default:
      return { _tag: 'abort', fault: brokerFault(api, given) }
  }
}
