import { type ArgumentRule, problemsWith, refuseWrong } from '../model/check-arguments.js'
import { ConsumerRecord } from '../model/consumer-record.js'
import type { RecordPlace } from '../model/record-place.js'
import { readLetter } from './letter-headers.js'

/** The content of a dead letter about the record that failed, with the place of that record. */
export interface DeadLetterInfo extends RecordPlace {
  /** of the record, ms since 1970; -1 if it has none */
  readonly timestamp: number
  readonly groupId: string | null
  /** the name of the fault, such as `HandlerFault` */
  readonly fault: string
  /** the fault in one line */
  readonly reason: string
  /** how often it was tried */
  readonly attempts: number
  /** how often it was replayed before it failed again */
  readonly replays: number
  /** whether a part of it was cut off, because it was too large for the topic */
  readonly isCut: boolean
}

const aRecord: ArgumentRule = { allowed: 'a record', holds: (given) => given instanceof ConsumerRecord }

/**
 * What a record of a dead letter topic says of the record that failed; null for one that `deadLetter` did not write.
 * Everybody who may write to the topic may write these headers.
 *
 * @example
 * letters.pipe(eachPartition((partition) => partition.pipe(writeTo((record) => show(deadLetterOf(record))), commit())))
 */
export const deadLetterOf = (record: ConsumerRecord<unknown, unknown>): DeadLetterInfo | null => {
  refuseWrong(problemsWith('deadLetterOf: record', record, aRecord))
  const letter = readLetter(record.headers)
  if (letter === null) return null
  const { place, timestamp, groupId, fault, reason, attempts, replays, isCut } = letter
  return { ...place, timestamp, groupId, fault, reason, attempts, replays, isCut }
}
