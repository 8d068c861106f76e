import { errorCode } from '../protocol/error-code.js'
import { commitVerdict } from './offset-verdicts.js'

interface Sized {
  readonly topic: string
  readonly metadata: string
}

/** The bytes of an offset in the group's log, without its topic and metadata. */
const offsetBytes = 50
/** No broker has a lower limit in practice, so a refusal of fewer bytes has another reason. */
const leastLimit = 16_384

/**
 * Whether a commit is refused because its offsets together are too large: a broker writes the offsets of a request as one batch
 * (`max.message.bytes` of `__consumer_offsets`). Kafka 3.9 answers INVALID_COMMIT_OFFSET_SIZE. Kafka 4.0 to 4.3 answer
 * UNKNOWN_SERVER_ERROR (tried), which has many other causes, so it counts only if the offsets are large.
 */
export const isTooLargeCommit = (code: number, offsets: readonly Sized[]): boolean => {
  if (offsets.length < 2) return false
  if (commitVerdict(code) === 'too large') return true
  const bytes = offsets.reduce((sum, { topic, metadata }) => sum + offsetBytes + topic.length + metadata.length, 0)
  return code === errorCode.UNKNOWN_SERVER_ERROR && bytes > leastLimit
}
