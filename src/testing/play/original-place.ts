import { ConsumerRecord } from '../../model/consumer-record.js'
import type { RecordPlace } from '../../model/record-place.js'
import { readRetry } from '../../sinks/retries/retry-headers.js'

/** The original place of a record: for a record of a retry topic that of the original. */
export const originalPlace = (record: RecordPlace): RecordPlace => {
  const { topic, partition, offset } = (record instanceof ConsumerRecord ? readRetry(record)?.place : null) ?? record
  return { topic, partition, offset }
}
