import type { Fault } from '../../model/fault.js'
import type { CodesOf } from '../protocol/answered-codes.js'
import { brokerFault, byCode } from '../protocol/error-code.js'

/** The meaning of an error code of InitProducerId without a transactional ID. A fault is permanent. */
export type ProducerIdVerdict = 'assigned' | 'retry' | { readonly fault: Fault }

/** The meaning of every code; any other is a permanent fault. */
const rows: { readonly [Name in CodesOf<'InitProducerId'>]: ProducerIdVerdict } = {
  NONE: 'assigned',
  COORDINATOR_LOAD_IN_PROGRESS: 'retry',
  COORDINATOR_NOT_AVAILABLE: 'retry',
  NOT_COORDINATOR: 'retry',
  REQUEST_TIMED_OUT: 'retry',
  CONCURRENT_TRANSACTIONS: 'retry',
  NETWORK_EXCEPTION: 'retry',
  CLUSTER_AUTHORIZATION_FAILED: { fault: { _tag: 'AuthorizationFault', resource: 'cluster', name: 'IdempotentWrite' } }
}

const verdicts = /*#__PURE__*/ byCode<ProducerIdVerdict>(rows)

/** What the code means for a producer that requested an ID. */
export const producerIdVerdict = (code: number): ProducerIdVerdict =>
  verdicts.get(code) ?? { fault: brokerFault('InitProducerId', code) }
