import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { RetryMove } from '../../model/failure-policy.js'
import type { Fault } from '../../model/fault.js'
import type { OutgoingRecord, WrittenRecord } from '../../ports/producer-session.js'
import type { Retry } from './retry-headers.js'
import type { RetryIndex } from './retry-index.js'
import { waitingAs } from './retry-lane.js'

/** The next topic. */
export interface Move {
  readonly index: RetryIndex
  /** of the topic that it moves to */
  readonly tier: number
  readonly delayMs: number
  readonly order: string | null
}

/** A record of a retry topic before it is written, and its entry for the index. */
export interface Copy {
  readonly retry: Retry
  readonly record: OutgoingRecord
  readonly moved: RetryMove
}

export const outcomeOf = (answer: Either<Fault, unknown>, moved: RetryMove): Either<Fault, RetryMove | null> => {
  if (!isLeft(answer)) return right(moved)
  return isTooLarge(answer.left) ? right(null) : answer
}

export const waitsThere = ({ index, tier }: Move, retry: Retry, { topic, partition, offset }: WrittenRecord): void => {
  index.add({ ...waitingAs(retry), topic, partition, tier, offset })
}

const isTooLarge = (fault: Fault): boolean => fault._tag === 'ProduceFault' && fault.trouble === 'record too large'
