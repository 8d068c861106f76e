import { keyOf, type TopicPartition } from '../model/topic-partition.js'
import type { Admin } from '../ports/awaitable-admin.js'
import { type LogBounds, logBounds } from './log-bounds.js'

/** How far a group is behind in one partition, as Kafka's tools count it: the end of the log less what is committed. */
export interface PartitionLag extends TopicPartition, LogBounds {
  /** null where the group has committed nothing */
  readonly committed: bigint | null
  /** null where nothing is committed */
  readonly lag: bigint | null
  /** who reads it; null where nobody does */
  readonly member: string | null
}

/** Of all partitions that the group has committed or is assigned, sorted. */
export const groupLag = async (admin: Admin, groupId: string): Promise<readonly PartitionLag[]> => {
  const stored = await admin.fetchOffsets(groupId)
  const [group] = await admin.describeGroups([groupId])
  const owners = new Map<string, string>()
  const places = new Map<string, TopicPartition>()
  for (const { clientId, host, assignment } of group?.members ?? [])
    for (const place of assignment ?? []) {
      owners.set(keyOf(place), `${clientId}${host}`)
      places.set(keyOf(place), { topic: place.topic, partition: place.partition })
    }
  for (const { topic, partition } of stored) places.set(keyOf({ topic, partition }), { topic, partition })
  const committed = new Map(stored.map((one) => [keyOf(one), one.offset]))
  const all = [...places.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
  )
  if (all.length === 0) return []
  const bounds = await logBounds(admin, all)
  return all.map((place, index) => {
    const offset = committed.get(keyOf(place)) ?? null
    const { logStart, logEnd } = bounds[index] ?? { logStart: 0n, logEnd: 0n }
    return {
      ...place,
      committed: offset,
      logStart,
      logEnd,
      lag: offset === null ? null : logEnd > offset ? logEnd - offset : 0n,
      member: owners.get(keyOf(place)) ?? null
    }
  })
}
