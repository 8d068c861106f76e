import { type ArgumentRule, problemsWith, refuseWrong } from '../../model/check-arguments.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { ConsumerError } from '../../model/consumer-error.js'

/** The header that an outbox gives each record. */
export const messageIdHeader = 'message-id'

const aRecord: ArgumentRule = {
  allowed: 'a record',
  holds: (given) => typeof given === 'object' && given !== null && 'headers' in given
}
// A byte order mark is a part of the ID; by default a decoder removes it.
const decoder = /*#__PURE__*/ new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The id that an outbox gave the record (its last header `message-id`): the same in every copy of it, so that an inbox
 * recognises them.
 *
 * @throws ConsumerError with a `UsageFault` if the record has none
 *
 * @example
 * writeOnce({ store: postgresStore(pool), inbox: postgresInbox(pool, { id: messageId }), write: book })
 */
export const messageId = (record: ConsumerRecord<unknown, unknown>): string => {
  refuseWrong(problemsWith('messageId', record, aRecord))
  const { headers, topic, partition, offset } = record
  const value = headers.findLast(({ name }) => name === messageIdHeader)?.value
  if (value !== undefined && value !== null) return decoder.decode(value)
  const reason = `the record ${topic}/${String(partition)} at ${String(offset)} has no header ${messageIdHeader}`
  throw new ConsumerError({ _tag: 'UsageFault', reason })
}
