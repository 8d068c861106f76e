import type { CodesOf } from './answered-codes.js'
import { byCode } from './error-code.js'

/**
 * What Metadata says about a topic. `without leader`: it exists; the number of its partitions is known once they have leaders.
 * `not available`: nothing is known now.
 */
export type TopicVerdict =
  'described' | 'unauthorized' | 'invalid name' | 'unknown' | 'without leader' | 'not available'

/** The meaning of every code of a topic in Metadata; any other is temporary. */
const rows: { readonly [Name in CodesOf<'Metadata'>]: TopicVerdict } = {
  NONE: 'described',
  TOPIC_AUTHORIZATION_FAILED: 'unauthorized',
  INVALID_TOPIC_EXCEPTION: 'invalid name',
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown',
  LEADER_NOT_AVAILABLE: 'without leader'
}

const verdicts = /*#__PURE__*/ byCode<TopicVerdict>(rows)

/** What a topic's code in the answer to Metadata means. */
export const topicVerdict = (code: number): TopicVerdict => verdicts.get(code) ?? 'not available'
