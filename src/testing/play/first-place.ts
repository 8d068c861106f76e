import { ConsumerRecord } from '../../model/consumer-record.js'
import type { RecordPlace } from '../../model/record-place.js'
import { readRetry } from '../../sinks/retries/retry-headers.js'

/** Where a record came from first: that of a retry topic is shown as the one that it is a copy of. */
export const firstPlace = (record: RecordPlace): RecordPlace => {
  const { topic, partition, offset } = (record instanceof ConsumerRecord ? readRetry(record)?.place : null) ?? record
  return { topic, partition, offset }
}
