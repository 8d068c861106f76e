/** One action on a cluster, at a column of a diagram. */
export type ScheduleEvent = { readonly at: number } & (
  | {
      /** A record is written; the sink takes this many columns for it, after this many failing attempts. */
      readonly _tag: 'record'
      readonly partition: number
      readonly takes: number
      readonly failures: number
      /** The number of its key in the schedule: records with the same number have the same key. @default a key of its own */
      readonly key?: number
    }
  | {
      /** An action of a member; ignored if it is impossible, e.g. because there is no such member. */
      readonly _tag: 'join' | 'drain' | 'leave' | 'crash' | 'expire'
      readonly member: number
    }
  | { readonly _tag: 'fail'; readonly api: ScheduledFault['api']; readonly fault: ScheduledFault['fault'] }
)

/** The next request of this kind by any member fails. */
export interface ScheduledFault {
  readonly api:
    | 'OffsetCommit'
    | 'Heartbeat'
    | 'JoinGroup'
    | 'SyncGroup'
    | 'Fetch'
    | 'OffsetFetch'
    | 'ShareGroupHeartbeat'
    | 'ShareFetch'
    | 'ShareAcknowledge'
  readonly fault: 'disconnect' | 'NOT_COORDINATOR' | 'UNKNOWN_MEMBER_ID' | 'SHARE_SESSION_NOT_FOUND'
}

/** Actions on a cluster, as data: can be generated, shrunk, and drawn. The first member exists from the beginning. */
export interface Schedule {
  readonly topic: string
  readonly events: readonly ScheduleEvent[]
}
