import type { AuthorizationFault, Fault } from '../../model/fault.js'
import type { ProduceFault, ProduceTrouble } from '../../model/record-fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { CodesOf } from '../protocol/answered-codes.js'
import { byCode, errorCode, errorName } from '../protocol/error-code.js'
import type { BatchAnswer, RefusedRecord } from './batch-answer.js'

/** What an error code of Produce means for the batch that it answers. */
export type ProduceVerdict =
  /** it is in the log */
  | { readonly _tag: 'written' }
  /** send it again unchanged; `maybeWritten`: this attempt may have been written, `moved`: another broker may be the leader */
  | {
      readonly _tag: 'retry'
      readonly maybeWritten: boolean
      readonly moved: boolean
      readonly trouble: ProduceTrouble
    }
  /** the log lacks the records before it: an earlier batch is still in flight, or there is a gap */
  | { readonly _tag: 'out of sequence' }
  /** the broker does not know this producer (any more), so a new epoch begins */
  | { readonly _tag: 'forgotten' }
  /** smaller batches may be accepted */
  | { readonly _tag: 'too large' }
  /** one of its records is refused, so nothing of the batch was written; the others may be accepted */
  | { readonly _tag: 'invalid record' }
  /** it is refused permanently, and is in the log only if an earlier attempt wrote it */
  | {
      readonly _tag: 'refused'
      readonly permanent: boolean
      readonly maybeWritten: boolean
      readonly trouble: ProduceTrouble
    }
  | { readonly _tag: 'not authorised'; readonly resource: AuthorizationFault['resource'] }

const retry = (trouble: ProduceTrouble, more: { maybeWritten?: boolean; moved?: boolean } = {}): ProduceVerdict => ({
  _tag: 'retry',
  maybeWritten: false,
  moved: false,
  ...more,
  trouble
})

const refused = (trouble: ProduceTrouble, permanent: boolean, maybeWritten = false): ProduceVerdict => ({
  _tag: 'refused',
  permanent,
  maybeWritten,
  trouble
})

/** Every code that answers Produce; each row is in docs/error-codes.md and has a test. */
const rows: { readonly [Name in CodesOf<'Produce'>]: ProduceVerdict } = {
  NONE: { _tag: 'written' },
  DUPLICATE_SEQUENCE_NUMBER: { _tag: 'written' },
  OUT_OF_ORDER_SEQUENCE_NUMBER: { _tag: 'out of sequence' },
  UNKNOWN_PRODUCER_ID: { _tag: 'forgotten' },
  MESSAGE_TOO_LARGE: { _tag: 'too large' },
  RECORD_LIST_TOO_LARGE: { _tag: 'too large' },
  INVALID_RECORD: { _tag: 'invalid record' },
  INVALID_TIMESTAMP: { _tag: 'invalid record' },
  POLICY_VIOLATION: { _tag: 'invalid record' },
  UNSUPPORTED_FOR_MESSAGE_FORMAT: { _tag: 'invalid record' },
  CORRUPT_MESSAGE: retry('refused'),
  UNKNOWN_TOPIC_OR_PARTITION: retry('unknown partition', { moved: true }),
  UNKNOWN_TOPIC_ID: retry('unknown partition', { moved: true }),
  LEADER_NOT_AVAILABLE: retry('not reachable', { moved: true }),
  NOT_LEADER_OR_FOLLOWER: retry('not reachable', { moved: true }),
  REPLICA_NOT_AVAILABLE: retry('not reachable', { moved: true }),
  FENCED_LEADER_EPOCH: retry('not reachable', { moved: true }),
  NETWORK_EXCEPTION: retry('not reachable', { maybeWritten: true, moved: true }),
  // The leader may have appended the batch before its disk failed.
  KAFKA_STORAGE_ERROR: retry('not reachable', { maybeWritten: true, moved: true }),
  NOT_ENOUGH_REPLICAS: retry('not enough replicas'),
  // Both mean that the leader has the batch, and other replicas do not have it yet.
  REQUEST_TIMED_OUT: retry('not enough replicas', { maybeWritten: true }),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: retry('not enough replicas', { maybeWritten: true }),
  COORDINATOR_LOAD_IN_PROGRESS: retry('not reachable'),
  COORDINATOR_NOT_AVAILABLE: retry('not reachable'),
  NOT_COORDINATOR: retry('not reachable'),
  CONCURRENT_TRANSACTIONS: retry('not reachable'),
  THROTTLING_QUOTA_EXCEEDED: retry('refused'),
  TOPIC_AUTHORIZATION_FAILED: { _tag: 'not authorised', resource: 'topic' },
  CLUSTER_AUTHORIZATION_FAILED: { _tag: 'not authorised', resource: 'cluster' },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: { _tag: 'not authorised', resource: 'transactional.id' },
  INVALID_TOPIC_EXCEPTION: refused('unknown topic', true),
  INVALID_REQUIRED_ACKS: refused('refused', true),
  UNSUPPORTED_VERSION: refused('refused', true),
  UNSUPPORTED_COMPRESSION_TYPE: refused('refused', true),
  INVALID_PRODUCER_EPOCH: refused('fenced', false),
  PRODUCER_FENCED: refused('fenced', true),
  INVALID_PRODUCER_ID_MAPPING: refused('fenced', false),
  INVALID_TXN_STATE: refused('fenced', false),
  TRANSACTION_ABORTABLE: refused('refused', false)
}

const verdicts = /*#__PURE__*/ byCode<ProduceVerdict>(rows)

/** Codes that refuse the producer's settings and so affect all of its records. */
const refusalsOfProducers: readonly string[] = [
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_COMPRESSION_TYPE'
] satisfies readonly CodesOf<'Produce'>[]

/** Whether the broker refuses the producer's settings rather than the record. The reason begins with the code's name. */
export const isRefusalOfProducer = ({ trouble, reason }: ProduceFault): boolean =>
  trouble === 'refused' && refusalsOfProducers.includes(reason.split(':', 1)[0] ?? '')

/** The meaning of an unknown code; it does not say whether the batch was written. */
export const produceVerdict = (code: number): ProduceVerdict => verdicts.get(code) ?? refused('refused', false, true)

/** All codes with a row in the table. */
export const produceCodes: readonly number[] = [...verdicts.keys()]

/** The fault of records that were not confirmed. */
export const produceFault = (
  { topic, partition }: Pick<TopicPartition, 'topic'> & Partial<TopicPartition>,
  trouble: ProduceTrouble,
  reason: string,
  { permanent, maybeWritten = false }: { readonly permanent: boolean; readonly maybeWritten?: boolean }
): ProduceFault => ({
  _tag: 'ProduceFault',
  topic,
  ...(partition === undefined ? {} : { partition }),
  trouble,
  reason,
  permanent,
  maybeWritten
})

/** The fault of a batch that is given up after this answer. */
export const faultOfAnswer = (
  place: TopicPartition,
  { code, message }: Pick<BatchAnswer, 'code' | 'message'>,
  maybeWritten: boolean
): Fault => {
  const verdict = produceVerdict(code)
  const reason = inWords(errorName(code), message)
  switch (verdict._tag) {
    case 'not authorised':
      return { _tag: 'AuthorizationFault', resource: verdict.resource, name: place.topic }
    case 'too large':
      return produceFault(place, 'record too large', `larger than the topic allows (${reason})`, {
        permanent: true,
        maybeWritten
      })
    case 'invalid record':
      return produceFault(place, 'refused', reason, { permanent: true, maybeWritten })
    case 'refused':
      return produceFault(place, verdict.trouble, reason, {
        permanent: verdict.permanent,
        maybeWritten: maybeWritten || verdict.maybeWritten
      })
    case 'retry':
      return produceFault(place, verdict.trouble, reason, {
        permanent: false,
        maybeWritten: maybeWritten || verdict.maybeWritten
      })
    case 'out of sequence':
    case 'forgotten':
      return produceFault(place, 'refused', reason, { permanent: false, maybeWritten })
    case 'written':
      return produceFault(place, 'refused', 'it was written', { permanent: false, maybeWritten: true })
  }
}

/**
 * The fault of a record that the broker names. The code is that of the whole batch: if several records are named, each fails
 * with INVALID_RECORD, as in Java's client.
 */
export const faultOfRecord = (
  place: TopicPartition,
  answer: BatchAnswer,
  { message }: RefusedRecord,
  maybeWritten: boolean
): Fault => {
  const name = answer.refused.length === 1 ? answer.code : errorCode.INVALID_RECORD
  return produceFault(place, 'refused', inWords(errorName(name), message ?? answer.message), {
    permanent: true,
    maybeWritten
  })
}

const inWords = (name: string, message: string | null): string =>
  message === null || message === '' ? name : `${name}: ${message}`

/** The fault of a record that exceeds the size limit; null if it does not. */
export const tooLarge = (topic: string, bound: number, maxRequestSize: number): ProduceFault | null =>
  bound <= maxRequestSize
    ? null
    : produceFault(
        { topic },
        'record too large',
        `a record of ${String(bound)} bytes, max.request.size is ${String(maxRequestSize)}`,
        { permanent: true }
      )
