import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { DecodedRun } from '../records/record-run.js'
import type { FetchedPartition, FetchPartition } from './fetch-messages.js'

/** A fetch in flight. */
export interface FetchCall {
  readonly id: number
  readonly node: number
  /** the fetch session's request, or a refill beside its long poll */
  readonly kind: 'session' | 'refill'
  readonly sentAt: number
  /** the broker is not known to have records, so it answers when records arrive or the wait is over */
  readonly isPoll: boolean
  readonly requested: readonly RequestedPartition[]
}

/** A partition in a request. Its answer is compared with it. */
export interface RequestedPartition extends FetchPartition {
  readonly key: string
  readonly state: PartitionFetchState
  readonly cursor: number
}

/**
 * `awaiting position`: nothing is requested before `fetchFrom`. `validating`: the leader is asked whether the position is in
 * its log.
 */
export type FetchPhase = 'awaiting position' | 'fetching' | 'validating'

/** The position of a partition. */
export interface FetchPosition {
  /** as passed to `fetchFrom` */
  readonly cursor: number
  readonly offset: bigint
  /** of the last record below the offset, -1 if unknown */
  readonly leaderEpoch: number
  /** of the last batch read, if it ends at the offset; else -1 */
  readonly behindEpoch: number
  /** the leader's epoch under which the offset is known to be in the log; -1 if none yet */
  readonly checkedUnder: number
  /** from the last answer; -1 before the first */
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
}

/** The leader of a partition and the ID of its topic, as far as the client knows them. */
export interface PartitionLeader {
  readonly topicId: string | null
  readonly node: number | null
  readonly epoch: number
}

/** A follower that the leader has named for reading. */
export interface PreferredReplica {
  readonly node: number
  readonly until: number
}

/** Error answers in a row. */
export interface Refusals {
  /** why the leader does not serve the partition now, null if it does */
  readonly fault: Fault | null
  /** in a row */
  readonly count: number
  /** CORRUPT_MESSAGE in a row */
  readonly corrupt: number
  /** no request before this time */
  readonly notBefore: number
}

/** The fetch state of one partition. Only its own methods change it. */
export interface PartitionFetchState {
  readonly place: TopicPartition
  readonly key: string
  readonly phase: FetchPhase
  readonly position: FetchPosition
  readonly leader: PartitionLeader
  /** null: it is read from the leader */
  readonly replica: PreferredReplica | null
  readonly refusals: Refusals
  /** its share: the bytes that may be requested at any time; 0: none */
  readonly demand: number
  /**
   * the size of its batches as far as it is known: a smaller request would bring nothing, unless the partition comes first in
   * the answer
   */
  readonly minimumBytes: number
  /** the request in flight that includes it */
  readonly call: FetchCall | null
  /** when an answer last named it, or it was last requested unchanged */
  readonly answeredAt: number

  /** Begins at this offset, as if nothing had been fetched before. */
  beginAt(cursor: number, offset: bigint, leaderEpoch: number): void
  /** Reading has ended: answers to requests in flight match nothing any more. */
  release(): void
  /** Nothing more is requested until `beginAt`. */
  awaitPosition(): void
  located(leader: PartitionLeader): void
  demands(bytes: number): void
  /** Reads from this follower, or from the leader again. An answer of one broker says nothing about another. */
  readFrom(replica: PreferredReplica | null): void
  /** Asks the leader whether the position is in its log. */
  validate(): void
  /** The leader has answered, or is no longer asked. With an epoch: the position is in the log under that epoch. */
  validated(epoch?: number): void
  /** A broker has accepted the epoch in the request: the position is in its log. */
  confirmed(leaderEpoch: number): void
  /** The broker serves the partition. */
  served(): void
  /** Records arrived, or new ends of the log. */
  received(run: DecodedRun, fetched: FetchedPartition): void
  enlarge(minimumBytes: number): void
  refused(change: Partial<Refusals>): void
  sentIn(call: FetchCall): void
  sentNoMore(call: FetchCall): void
  answered(now: number): void
  /** The request for this partition: the same object as last time unless something has changed. */
  requestOf(maxBytes: number): RequestedPartition
  /**
   * Whether an answer still counts. It does not if the partition was moved, released or reset since, nor if the position was
   * found in the log of a newer leader: records that the former leader sent beyond it may have been truncated.
   */
  isCurrent(requested: RequestedPartition): boolean
}

export const newPartitionFetchState = ({ topic, partition }: TopicPartition): PartitionFetchState =>
  new State({ topic, partition })

/** The state of a partition without a known position. */
const nowhere: FetchPosition = {
  cursor: 0,
  offset: 0n,
  leaderEpoch: -1,
  behindEpoch: -1,
  checkedUnder: -1,
  highWatermark: -1n,
  lastStableOffset: -1n
}
const served: Refusals = { fault: null, count: 0, corrupt: 0, notBefore: 0 }

class State implements PartitionFetchState {
  readonly place: TopicPartition
  readonly key: string
  phase: FetchPhase = 'awaiting position'
  position = nowhere
  leader: PartitionLeader = { topicId: null, node: null, epoch: -1 }
  replica: PreferredReplica | null = null
  refusals = served
  demand = 0
  minimumBytes = 0
  call: FetchCall | null = null
  answeredAt = 0
  private requested: RequestedPartition | null = null

  constructor(place: TopicPartition) {
    this.place = place
    this.key = keyOf(place)
  }

  beginAt(cursor: number, offset: bigint, leaderEpoch: number): void {
    this.phase = 'fetching'
    // The consumer learns the ends of the log again under the new cursor.
    this.position = { ...nowhere, cursor, offset, leaderEpoch }
    this.refusals = served
    this.minimumBytes = 0
    // A request in flight is for other records.
    this.call = null
  }

  release(): void {
    this.phase = 'awaiting position'
    this.position = { ...this.position, cursor: -1 }
  }

  awaitPosition(): void {
    this.phase = 'awaiting position'
  }

  located(leader: PartitionLeader): void {
    this.leader = leader
  }

  demands(bytes: number): void {
    this.demand = bytes
  }

  readFrom(replica: PreferredReplica | null): void {
    this.replica = replica
    this.requested = null
  }

  validate(): void {
    this.phase = 'validating'
  }

  validated(epoch?: number): void {
    if (this.phase === 'validating') this.phase = 'fetching'
    if (epoch !== undefined) this.position = { ...this.position, checkedUnder: epoch }
  }

  confirmed(leaderEpoch: number): void {
    if (leaderEpoch > this.position.checkedUnder) this.position = { ...this.position, checkedUnder: leaderEpoch }
  }

  served(): void {
    const { fault, count, corrupt, notBefore } = this.refusals
    if (fault !== null || count > 0 || corrupt > 0) this.refusals = { ...served, notBefore }
  }

  received(run: DecodedRun, { highWatermark, lastStableOffset }: FetchedPartition): void {
    const { cursor, offset, leaderEpoch, behindEpoch, checkedUnder } = this.position
    this.position = {
      cursor,
      offset: run.nextOffset,
      leaderEpoch: run.leaderEpoch >= 0 ? run.leaderEpoch : leaderEpoch,
      behindEpoch: run.nextOffset > offset ? run.leaderEpoch : behindEpoch,
      checkedUnder,
      highWatermark,
      lastStableOffset
    }
    if (run.bytes > 0) this.minimumBytes = run.largestBatch
  }

  enlarge(minimumBytes: number): void {
    this.minimumBytes = minimumBytes
  }

  refused(change: Partial<Refusals>): void {
    this.refusals = { ...this.refusals, ...change }
  }

  sentIn(call: FetchCall): void {
    this.call = call
  }

  sentNoMore(call: FetchCall): void {
    if (this.call === call) this.call = null
  }

  answered(now: number): void {
    this.answeredAt = now
  }

  requestOf(maxBytes: number): RequestedPartition {
    const { requested, leader, position } = this
    const isSame =
      requested?.cursor === position.cursor &&
      requested.topicId === leader.topicId &&
      requested.offset === position.offset &&
      requested.leaderEpoch === leader.epoch &&
      requested.maxBytes === maxBytes
    if (isSame) return requested
    const { topic, partition } = this.place
    const { cursor, offset } = position
    const { topicId, epoch: leaderEpoch } = leader
    return (this.requested = {
      key: this.key,
      topic,
      topicId,
      partition,
      state: this,
      cursor,
      offset,
      leaderEpoch,
      maxBytes
    })
  }
  isCurrent({ cursor, offset, leaderEpoch }: RequestedPartition): boolean {
    const { phase, position } = this
    return (
      phase !== 'awaiting position' &&
      position.cursor === cursor &&
      position.offset === offset &&
      position.checkedUnder <= leaderEpoch
    )
  }
}
