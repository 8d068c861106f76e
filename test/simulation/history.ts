/** What happened in a schedule, as the members, the group and the broker saw it. Offsets are numbers here: logs are short. */
export type Happening =
  | { readonly what: 'member started'; readonly member: string; readonly config: MemberConfig }
  | { readonly what: 'member stopping'; readonly member: string; readonly how: 'drain' | 'close'; readonly withinMs: number } // prettier-ignore
  | { readonly what: 'member ended'; readonly member: string; readonly error: string | null }
  | { readonly what: 'member crashed' | 'member frozen' | 'member thawed'; readonly member: string }
  | { readonly what: 'produced'; readonly partition: number; readonly offset: number; readonly count: number }
  | { readonly what: 'disturbed'; readonly how: string }
  /** `inGroup`: the members that the group has at this moment */
  | { readonly what: 'assigned'; readonly member: string; readonly generation: number; readonly gained: readonly number[]; readonly kept: readonly number[]; readonly inGroup: readonly string[] } // prettier-ignore
  | { readonly what: 'revoking'; readonly member: string; readonly generation: number; readonly partitions: readonly number[]; readonly withinMs: number } // prettier-ignore
  | { readonly what: 'revoked' | 'lost'; readonly member: string; readonly generation: number; readonly partitions: readonly Ending[]; readonly reason: string } // prettier-ignore
  | { readonly what: 'opened'; readonly member: string; readonly partition: number; readonly stream: number }
  | { readonly what: 'delivered'; readonly stream: number; readonly offset: number; readonly key: string; readonly value: string } // prettier-ignore
  | { readonly what: 'started' | 'finished' | 'settled'; readonly stream: number; readonly offset: number }
  | { readonly what: 'completed' | 'unsubscribed' | 'errored'; readonly stream: number }
  /** as the member sent it */
  | { readonly what: 'commit requested'; readonly member: string; readonly generation: number; readonly offsets: readonly PartitionOffset[] } // prettier-ignore
  /** Given back to the group; the member may tell of it later, with the others of the same revocation. */
  | { readonly what: 'released'; readonly member: string; readonly partitions: readonly number[] }
  /** From JoinGroup to the answer of SyncGroup the group takes no commits. */
  | { readonly what: 'joining' | 'joined'; readonly member: string }
  /** The member has heard what became of its request. */
  | { readonly what: 'commit answered'; readonly member: string }
  /** as the broker took it */
  | { readonly what: 'commit stored'; readonly member: string; readonly generation: number; readonly offsets: readonly PartitionOffset[] } // prettier-ignore
  /** a commit was not confirmed, as the member reports it */
  | { readonly what: 'commit troubled'; readonly member: string; readonly how: string }
  /** Nothing was disturbed any more, everything is committed and the group is stable. */
  | { readonly what: 'at rest'; readonly group: GroupAtRest }

export type HistoryEvent = Happening & { readonly at: number }

export interface PartitionOffset {
  readonly partition: number
  readonly offset: number
}

/** How one partition's assignment ended, as the member reports it. */
export interface Ending {
  readonly partition: number
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
}

export interface GroupAtRest {
  readonly state: string
  readonly generation: number
  readonly members: readonly string[]
  /** what the broker gave each member last */
  readonly given: ReadonlyMap<string, readonly number[]>
}

export interface LoggedRecord {
  readonly offset: number
  readonly key: string
  readonly value: string
}

/** What the cluster holds when all is over, read from it directly. */
export interface Truth {
  readonly logs: readonly { readonly records: readonly LoggedRecord[]; readonly end: number }[]
  readonly committed: readonly (number | null)[]
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
  readonly partition?: number | undefined
  readonly offset?: number | undefined
  readonly detail?: string | undefined
}
