import type { TopicPartition } from '../model/topic-partition.js'
import type { Admin } from '../ports/awaitable-admin.js'

/** The current beginning and end of a log. */
export interface LogBounds {
  readonly logStart: bigint
  readonly logEnd: bigint
}

/** The bounds of these partitions' logs, in their order. */
export const logBounds = async (admin: Admin, partitions: readonly TopicPartition[]): Promise<readonly LogBounds[]> => {
  const begins = await admin.listOffsets(partitions.map((one) => ({ ...one, at: 'beginning' as const })))
  const ends = await admin.listOffsets(partitions.map((one) => ({ ...one, at: 'end' as const })))
  return partitions.map((_, index) => ({ logStart: begins[index]?.offset ?? 0n, logEnd: ends[index]?.offset ?? 0n }))
}
