import { keyOf, partitionKey, type TopicPartition } from '../model/topic-partition.js'
import type { GroupType } from '../ports/admin.js'
import type { Admin } from '../ports/awaitable-admin.js'
import { type LogBounds, logBounds } from './log-bounds.js'

/** How far a group is behind in one partition, as Kafka's tools count it. */
export interface PartitionLag extends TopicPartition, LogBounds {
  /** null where the group has committed nothing; of a share group the first record that is not done */
  readonly committed: bigint | null
  /**
   * The end of the log less what is committed, null where nothing is; of a share group the records that are neither acknowledged nor
   * given up.
   */
  readonly lag: bigint | null
  /** who reads it; null where nobody does */
  readonly member: string | null
}

/** A group and how far it is behind. */
export interface GroupLag {
  readonly type: GroupType | null
  /** of all partitions that the group has committed or is assigned, sorted */
  readonly partitions: readonly PartitionLag[]
}

export const groupLag = async (admin: Admin, groupId: string): Promise<GroupLag> => {
  const [group] = await admin.describeGroups([groupId])
  const stored: readonly Stored[] =
    group?.type === 'share' ? await admin.fetchShareOffsets(groupId) : await admin.fetchOffsets(groupId)
  const owners = new Map<string, readonly string[]>()
  const places = new Map<string, TopicPartition>()
  for (const { clientId, host, assignment } of group?.members ?? [])
    for (const place of assignment ?? []) {
      // Members of a share group read the same partitions.
      owners.set(keyOf(place), [...(owners.get(keyOf(place)) ?? []), `${clientId}${host}`])
      places.set(keyOf(place), { topic: place.topic, partition: place.partition })
    }
  for (const { topic, partition } of stored) places.set(keyOf({ topic, partition }), { topic, partition })
  const known = new Map(stored.map((one) => [keyOf(one), one]))
  const all = [...places.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
  )
  const bounds = all.length === 0 ? [] : await logBounds(admin, all)
  const partitions = all.map((place, index) => {
    const { offset = null, lag = null } = known.get(keyOf(place)) ?? {}
    const { logStart, logEnd } = bounds[index] ?? { logStart: 0n, logEnd: 0n }
    const behind = offset === null ? null : logEnd > offset ? logEnd - offset : 0n
    const member = owners.get(partitionKey(place.topic, place.partition))?.join(', ') ?? null
    return { ...place, committed: offset, logStart, logEnd, lag: lag ?? behind, member }
  })
  return { type: group?.type ?? null, partitions }
}

interface Stored extends TopicPartition {
  readonly offset: bigint | null
  /** null where it is the end of the log less the offset */
  readonly lag?: bigint | null
}

/** What the offset of a group is called: a share group commits none. */
export const offsetTitle = (type: GroupType | null): string => (type === 'share' ? 'start' : 'committed')
