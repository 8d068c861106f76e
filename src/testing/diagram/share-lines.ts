/** The kinds of lines for the records of a share group, besides their delivery and settlement. */
export const shareLines = [
  'acquires',
  'counts',
  'accepts',
  'releases',
  'rejects',
  'renews',
  'loses',
  'expires',
  'archives'
] as const

export type ShareLine = (typeof shareLines)[number]

export const isShareLine = (word: string): word is ShareLine => (shareLines as readonly string[]).includes(word)

const ends: readonly string[] = ['accepts', 'releases', 'rejects', 'loses', 'expires', 'archives'] satisfies ShareLine[]

/** Whether a line shows how locks end. */
export const endsLock = (word: string): boolean => ends.includes(word)

/** The requests that only members of share groups make. */
export const shareApis = ['ShareGroupHeartbeat', 'ShareFetch', 'ShareAcknowledge', 'DescribeShareGroupOffsets'] as const

/** The requests that only members of consumer groups send, with their counterparts in share groups. */
export const consumerApis = {
  JoinGroup: 'ShareGroupHeartbeat',
  SyncGroup: 'ShareGroupHeartbeat',
  Heartbeat: 'ShareGroupHeartbeat',
  LeaveGroup: 'ShareGroupHeartbeat',
  ConsumerGroupHeartbeat: 'ShareGroupHeartbeat',
  DescribeGroups: 'ShareGroupHeartbeat',
  OffsetCommit: 'ShareAcknowledge',
  OffsetFetch: 'ShareFetch',
  ListOffsets: 'ShareFetch',
  Fetch: 'ShareFetch',
  OffsetForLeaderEpoch: 'ShareFetch'
} as const
