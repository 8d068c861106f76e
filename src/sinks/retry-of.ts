import { problemsWith, refuseWrong, type ArgumentRule } from '../model/check-arguments.js'
import { ConsumerRecord } from '../model/consumer-record.js'
import type { RecordPlace } from '../model/record-place.js'
import { readRetry } from './retries/retry-headers.js'

/** The origin and progress of a record in a retry topic, from its headers. */
export interface RetryOrigin extends RecordPlace {
  /** of the original, ms since 1970 */
  readonly timestamp: number
  /** how often it was tried before, in all topics; 0 for one that only followed another of its key */
  readonly attempts: number
  /** when it was to be tried again, ms since 1970 */
  readonly due: number
}

const aRecord: ArgumentRule = { allowed: 'a record', holds: (given) => given instanceof ConsumerRecord }

/**
 * Where a record of a retry topic came from first, and how often it was tried; null for any other record. Everybody who
 * may write to the topic may write these headers.
 *
 * @example
 * handle((record) => charge(record.value, { attempt: (retryOf(record)?.attempts ?? 0) + 1 }), { onFailure: retries })
 */
export const retryOf = (record: ConsumerRecord<unknown, unknown>): RetryOrigin | null => {
  refuseWrong(problemsWith('retryOf: record', record, aRecord))
  const retry = readRetry(record)
  if (retry === null) return null
  const { place, timestamp, attempts, due } = retry
  return { ...place, timestamp, attempts, due }
}
