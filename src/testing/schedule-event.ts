/** One thing that is done to a cluster, at a column of a diagram. */
export type ScheduleEvent = { readonly at: number } & (
  | {
      /** A record is written; the sink takes so many columns for it, after so many attempts that fail. */
      readonly _tag: 'record'
      readonly partition: number
      readonly takes: number
      readonly failures: number
      /** Which of the keys of the schedule it has: records of one number have one key. @default a key of its own */
      readonly key?: number
    }
  | {
      /** What happens to a member; where it cannot, e.g. because there is no such member, nothing happens. */
      readonly _tag: 'join' | 'drain' | 'leave' | 'crash' | 'expire'
      readonly member: number
    }
  | { readonly _tag: 'fail'; readonly api: ScheduledFault['api']; readonly fault: ScheduledFault['fault'] }
)

/** A request of the next member that makes one fails. */
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

/** What is done to a cluster, as data: it can be generated, made smaller, and drawn. The first member is there from the beginning. */
export interface Schedule {
  readonly topic: string
  readonly events: readonly ScheduleEvent[]
}
