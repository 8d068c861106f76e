import { errorCode } from '../protocol/error-code.js'
import { commitVerdict } from './offset-verdicts.js'

interface Sized {
  readonly topic: string
  readonly metadata: string
}

/** What an offset takes in the group's log beside the names in it. */
const offsetBytes = 50
/** No broker is set up to take so little at once: what it does not take has another reason. */
const leastLimit = 16_384

/**
 * Whether a commit is refused since its offsets are too large together: a broker writes those of a request as one batch
 * (`max.message.bytes` of `__consumer_offsets`). Kafka 3.9 answers INVALID_COMMIT_OFFSET_SIZE; 4.0 to 4.3 answer
 * UNKNOWN_SERVER_ERROR, as to much else (tried), so that it is taken for that only where they are large.
 */
export const isTooLargeCommit = (given: number, offsets: readonly Sized[]): boolean => {
  if (offsets.length < 2) return false
  if (commitVerdict(given) === 'too large') return true
  const bytes = offsets.reduce((sum, { topic, metadata }) => sum + offsetBytes + topic.length + metadata.length, 0)
  return given === errorCode.UNKNOWN_SERVER_ERROR && bytes > leastLimit
}
