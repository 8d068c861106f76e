import { errorCode } from '../../core/protocol/error-code.js'
import { type BatchAnswer, bareAnswer, type RefusedRecord } from '../../core/producing/batch-answer.js'
import type { RecordToEncode } from '../../core/records/encode-batch.js'
import type { TopicRules } from './topic-rules.js'

/** The name of the log, and the time. */
export interface LogMoment {
  /** in Kafka's notation: `orders-0` */
  readonly name: string
  readonly now: number
}

/**
 * Whether a topic accepts these records, by the rules of Kafka 4.1's `LogValidator`. Refused records are named, and nothing of
 * the batch is written. Null if all are accepted.
 */
export const validateRecords = (
  records: readonly RecordToEncode[],
  size: number,
  rules: TopicRules,
  { name, now }: LogMoment
): BatchAnswer | null => {
  if (size > rules.maxMessageBytes) return bareAnswer(errorCode.MESSAGE_TOO_LARGE)
  const refused: RefusedRecord[] = []
  let late = false
  for (const [index, { key, timestamp }] of records.entries()) {
    if (rules.compacted && key === null)
      refused.push({ index, message: `Compacted topic cannot accept message without key in topic partition ${name}` })
    else if (!rules.logAppendTime && (now - timestamp > rules.beforeMaxMs || timestamp - now > rules.afterMaxMs)) {
      late = true
      refused.push({ index, message: outOfRange(timestamp, index, now, rules) })
    }
  }
  if (refused.length === 0) return null
  const message = late
    ? 'One or more records have been rejected due to invalid timestamp'
    : `One or more records have been rejected due to ${String(refused.length)} record errors in total`
  return { ...bareAnswer(late ? errorCode.INVALID_TIMESTAMP : errorCode.INVALID_RECORD), message, refused }
}

const outOfRange = (timestamp: number, offset: number, now: number, rules: TopicRules): string => {
  const range = `[${String(now - rules.beforeMaxMs)}, ${String(now + rules.afterMaxMs)}]`
  return `Timestamp ${String(timestamp)} of message with offset ${String(offset)} is out of range. The timestamp should be within ${range}`
}
