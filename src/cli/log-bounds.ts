import type { TopicPartition } from '../model/topic-partition.js'
import type { Admin } from '../ports/awaitable-admin.js'

/** Where a log begins and ends at the moment. */
export interface LogBounds {
  readonly logStart: bigint
  readonly logEnd: bigint
}

/** Of these partitions, in their order. */
export const logBounds = async (admin: Admin, partitions: readonly TopicPartition[]): Promise<readonly LogBounds[]> => {
  const begins = await admin.listOffsets(partitions.map((one) => ({ ...one, at: 'beginning' as const })))
  const ends = await admin.listOffsets(partitions.map((one) => ({ ...one, at: 'end' as const })))
  return partitions.map((_, index) => ({ logStart: begins[index]?.offset ?? 0n, logEnd: ends[index]?.offset ?? 0n }))
}
