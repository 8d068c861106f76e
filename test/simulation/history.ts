import type { TopicPartition } from '../../src/model/topic-partition.js'

/** A partition by topic and number: `orders/3`. */
export type Place = string

export const placeOf = ({ topic, partition }: TopicPartition): Place => `${topic}/${String(partition)}`

export const topicOf = (place: Place): string => place.slice(0, place.lastIndexOf('/'))

/** What a look-up asks for: what the group has committed, or a timestamp; -1 is the end of the log, -2 its beginning. */
export type LookUp = 'committed' | number

/** What happened in a schedule, as the members, the group and the broker saw it. Offsets are numbers here: logs are short. */
export type Happening =
  | { readonly what: 'member started'; readonly member: string; readonly config: MemberConfig }
  | {
      readonly what: 'member stopping'
      readonly member: string
      readonly how: 'drain' | 'close'
      readonly withinMs: number
    }
  | { readonly what: 'member ended'; readonly member: string; readonly error: string | null }
  | { readonly what: 'member crashed' | 'member frozen' | 'member thawed'; readonly member: string }
  | { readonly what: 'produced'; readonly place: Place; readonly offset: number; readonly count: number }
  | { readonly what: 'disturbed'; readonly how: string }
  /** What was planned has really been done: to a member that was there, from where it was to be called. */
  | { readonly what: 'did'; readonly how: string }
  /** The topic was deleted and made anew: the next of its logs begins. */
  | { readonly what: 'recreated'; readonly topic: string }
  /**
   * The group became one of the consumer protocol, where each member has what a leader gave it last: what it has yet to give up
   * of a cooperative rebalance is anybody's from then on, as in Kafka.
   */
  | { readonly what: 'converted'; readonly held: ReadonlyMap<string, readonly Place[]> }
  /** The group has removed the member, whether that left or is not heard of any more. */
  | { readonly what: 'fenced'; readonly member: string }
  /** The process knows a topic: the one that has the name now, or one before it. */
  | { readonly what: 'topic known'; readonly member: string; readonly topic: string; readonly isCurrent: boolean }
  /** `inGroup`: the members that the group has at this moment */
  | { readonly what: 'assigned'; readonly member: string; readonly generation: number; readonly gained: readonly Place[]; readonly kept: readonly Place[]; readonly inGroup: readonly string[] } // prettier-ignore
  | { readonly what: 'revoking'; readonly member: string; readonly generation: number; readonly places: readonly Place[]; readonly withinMs: number } // prettier-ignore
  | { readonly what: 'revoked' | 'lost'; readonly member: string; readonly generation: number; readonly endings: readonly Ending[]; readonly reason: string } // prettier-ignore
  | { readonly what: 'opened'; readonly member: string; readonly place: Place; readonly stream: number }
  | {
      readonly what: 'delivered'
      readonly stream: number
      readonly delivery: number
      readonly offset: number
      readonly key: string
      readonly value: string
    }
  | { readonly what: 'started' | 'finished' | 'settled'; readonly stream: number; readonly delivery: number }
  | { readonly what: 'completed' | 'unsubscribed' | 'errored'; readonly stream: number }
  /** The process has sought elsewhere: to an offset, or to what a look-up will say. */
  | {
      readonly what: 'moved'
      readonly member: string
      readonly place: Place
      readonly to: { readonly offset: number } | { readonly lookUp: LookUp }
    }
  /** The process has the answer to a look-up; -1 where there is none. */
  | {
      readonly what: 'located'
      readonly member: string
      readonly place: Place
      readonly lookUp: LookUp
      readonly offset: number
      readonly askedAt: number
    }
  /**
   * The process has committed an offset of its choice: everything below is acknowledged, and the commit may go back to it.
   * `isAborted`: the partition's signal has aborted, so that acknowledgements do nothing any more.
   */
  | {
      readonly what: 'acknowledged'
      readonly member: string
      readonly place: Place
      readonly below: number
      readonly isAborted: boolean
    }
  /** A call that no type allows was made: whether it was refused, as it has to be. */
  | { readonly what: 'misused'; readonly member: string; readonly call: string; readonly refused: boolean }
  /** as the member sent it */
  | {
      readonly what: 'commit requested'
      readonly member: string
      readonly generation: number
      readonly offsets: readonly PartitionOffset[]
    }
  /** Given back to the group; the member may tell of it later, with the others of the same revocation. */
  | { readonly what: 'released'; readonly member: string; readonly places: readonly Place[] }
  /** From JoinGroup to the answer of SyncGroup the group takes no commits. */
  | { readonly what: 'joining' | 'joined'; readonly member: string }
  /** The member has heard what became of its request. */
  | { readonly what: 'commit answered'; readonly member: string }
  /** as the broker took it */
  | {
      readonly what: 'commit stored'
      readonly member: string
      readonly generation: number
      readonly offsets: readonly PartitionOffset[]
    }
  /** The broker refused a commit, or a part of it. */
  | { readonly what: 'commit refused'; readonly member: string; readonly codes: readonly number[] }
  /** a commit was not confirmed, as the member reports it */
  | { readonly what: 'commit troubled'; readonly member: string; readonly how: string }
  /** Something was thrown where nobody can catch it. */
  | { readonly what: 'threw'; readonly error: string }
  /** Nothing was disturbed any more, everything is committed and the group is stable. */
  | { readonly what: 'at rest'; readonly group: GroupAtRest }

export type HistoryEvent = Happening & { readonly at: number }

export interface PartitionOffset {
  readonly place: Place
  readonly offset: number
}

/** How one partition's assignment ended, as the member reports it. */
export interface Ending {
  readonly place: Place
  readonly outcome: string
  readonly committed: number | null
  readonly repeated: number
}

/** Of a member's configuration, what it is held to. */
export interface MemberConfig {
  readonly order: 'partition' | 'key' | 'none'
  readonly concurrency: number
  readonly maxInFlight: number
  readonly commitWithinMs: number
  readonly drainTimeoutMs: number
  /** `auto.offset.reset` */
  readonly reset: 'earliest' | 'latest'
  /** what it subscribes to */
  readonly topics: readonly string[]
  /** its `group.instance.id` */
  readonly instance: string | null
  /** `group.protocol`. @default 'classic' */
  readonly protocol?: 'classic' | 'consumer'
}

export interface GroupAtRest {
  readonly state: string
  readonly generation: number
  readonly members: readonly string[]
  /** what the broker gave each member last */
  readonly given: ReadonlyMap<string, readonly Place[]>
}

export interface LoggedRecord {
  readonly offset: number
  readonly key: string
  readonly value: string
}

export interface LoggedPartition {
  readonly records: readonly LoggedRecord[]
  readonly end: number
}

/** What the cluster holds when all is over, read from it directly. */
export interface Truth {
  /** of each partition its logs, one for each topic that had the name in turn; null where that had no such partition */
  readonly logs: ReadonlyMap<Place, readonly (LoggedPartition | null)[]>
  readonly committed: ReadonlyMap<Place, number | null>
  /** what members that have ended left scheduled */
  readonly timersLeft: number
  /** at most this long takes a request with its answer */
  readonly roundTripMs: number
}

/** A violated invariant. */
export interface Violation {
  readonly invariant: string
  readonly at: number
  readonly member?: string | undefined
  readonly place?: Place | undefined
  readonly offset?: number | undefined
  readonly detail?: string | undefined
}
