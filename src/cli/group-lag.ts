import { keyOf, partitionKey, type TopicPartition } from '../model/topic-partition.js'
import type { GroupType } from '../ports/admin.js'
import type { Admin } from '../ports/awaitable-admin.js'
import { type LogBounds, logBounds } from './log-bounds.js'

/** The lag of a group in a partition, as Kafka's tools count it. */
export interface PartitionLag extends TopicPartition, LogBounds {
  /** null if the group has committed nothing; for a share group the first record that is not completed */
  readonly committed: bigint | null
  /**
   * The log end less the committed offset; null if there is none. For a share group the records that are neither acknowledged
   * nor archived.
   */
  readonly lag: bigint | null
  /** the member that reads the partition; null if there is none */
  readonly member: string | null
}

/** A group and its lag. */
export interface GroupLag {
  /** null for one that does not exist, or is of another kind, such as that of Kafka Streams */
  readonly type: GroupType | null
  /** all partitions that the group has committed or is assigned, sorted */
  readonly partitions: readonly PartitionLag[]
}

/** @throws Error for a group that does not exist: a misspelt name must not show a lag of 0 */
export const existingGroupLag = async (admin: Admin, groupId: string): Promise<GroupLag> => {
  const found = await groupLag(admin, groupId)
  if (found.type === null && found.partitions.length === 0) throw new Error(`${groupId} does not exist`)
  return found
}

export const groupLag = async (admin: Admin, groupId: string): Promise<GroupLag> => {
  const [group] = await admin.describeGroups([groupId])
  const stored: readonly Stored[] =
    group?.type === 'share' ? await admin.fetchShareOffsets(groupId) : await admin.fetchOffsets(groupId)
  const owners = new Map<string, readonly string[]>()
  const places = new Map<string, TopicPartition>()
  for (const { clientId, host, assignment } of group?.members ?? [])
    for (const place of assignment ?? []) {
      // Several members of a share group may read the same partitions.
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
  /** null if it is the log end less the offset */
  readonly lag?: bigint | null
}

/** The name of a group's offsets: a share group does not commit. */
export const offsetTitle = (type: GroupType | null): string => (type === 'share' ? 'start' : 'committed')
