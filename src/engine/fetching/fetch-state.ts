import type { Fault } from '../../model/fault.js'
import type { Subscription } from 'rxjs'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { FetchPartition } from '../../ports/kafka-calls.js'

/** A request that is under way. */
export interface FetchCall {
  readonly node: number
  readonly sentAt: number
  /** nothing of it is known to be there: it is answered when something comes, or the wait is over */
  readonly isPoll: boolean
  readonly end: Subscription
}

/** How the reading of one partition stands. */
export interface FetchState extends TopicPartition {
  /** names the partition */
  readonly key: string
  /** of the topic that is read, null where it is not known */
  topicId: string | null
  cursor: number
  offset: bigint
  /** of the last record below the offset, -1 if unknown */
  leaderEpoch: number
  /** of a batch that was read and ends at the offset, -1 if none was */
  behindEpoch: number
  /** the leader's epoch under which the offset is known to be in the log, -1: none yet */
  checkedUnder: number
  /** true while the leader is asked whether it is */
  checking: boolean
  /** its share: bytes that may be asked for at any time; 0: none */
  demand: number
  /** how large its batches are, as far as is known: less than one would bring nothing, unless it is first in the answer */
  minimumBytes: number
  /** false after a fault that only a new position mends */
  readable: boolean
  /** not to be asked for before */
  notBefore: number
  /** why the leader does not give it out at the moment, null if it does, and how often in a row it has not */
  trouble: Fault | null
  refusals: number
  /** CORRUPT_MESSAGE in a row */
  corrupt: number
  /** a follower to read from, while it is right to */
  replica: { readonly node: number; readonly until: number } | null
  highWatermark: bigint
  lastStableOffset: bigint
  /** who leads it, null where nobody does, and the leader's epoch: as far as is known */
  leader: number | null
  currentLeaderEpoch: number
  /** the request that it is part of */
  call: FetchCall | null
  /** with what it was last asked for */
  asked: AskedPartition | null
  /** when it was last named in an answer, or asked for again as it was */
  heardAt: number
}

export const newFetchState = ({ topic, partition }: TopicPartition): FetchState => ({
  key: partitionKey(topic, partition),
  topic,
  partition,
  topicId: null,
  cursor: 0,
  offset: 0n,
  leaderEpoch: -1,
  behindEpoch: -1,
  checkedUnder: -1,
  checking: false,
  demand: 0,
  minimumBytes: 0,
  readable: false,
  notBefore: 0,
  trouble: null,
  refusals: 0,
  corrupt: 0,
  replica: null,
  highWatermark: -1n,
  lastStableOffset: -1n,
  leader: null,
  currentLeaderEpoch: -1,
  call: null,
  asked: null,
  heardAt: 0
})

/** It is read from that follower, or from the leader again: what the one has said the other has not. */
export const readFrom = (state: FetchState, replica: FetchState['replica']): void => {
  state.replica = replica
  state.asked = null
}

/** From here on, as if nothing had been fetched before. */
export const beginReading = (state: FetchState, cursor: number, offset: bigint, leaderEpoch: number): void => {
  Object.assign(state, { cursor, offset, leaderEpoch, behindEpoch: -1, checkedUnder: -1, checking: false })
  Object.assign(state, { readable: true, minimumBytes: 0, corrupt: 0, notBefore: 0, trouble: null, refusals: 0 })
  // A request that is under way asks for something else.
  state.call = null
  // Told again from the new cursor on, so that the consumer knows the end of the log.
  state.highWatermark = state.lastStableOffset = -1n
}

/** A partition in a request: what answers are held against. */
export interface AskedPartition extends FetchPartition {
  readonly key: string
  readonly state: FetchState
  readonly cursor: number
}

/** What to ask for: the very same as the last time, unless something is different. */
export const askedOf = (state: FetchState, maxBytes: number): AskedPartition => {
  const { asked, topicId, cursor, offset, currentLeaderEpoch: leaderEpoch } = state
  const isSame =
    asked?.cursor === cursor &&
    asked.topicId === topicId &&
    asked.offset === offset &&
    asked.leaderEpoch === leaderEpoch &&
    asked.maxBytes === maxBytes
  if (isSame) return asked
  const { key, topic, partition } = state
  return (state.asked = { key, topic, topicId, partition, state, cursor, offset, leaderEpoch, maxBytes })
}
