import { ProtocolReader } from '../../core/protocol/protocol-bytes.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { JoinGroupRequest } from '../../ports/kafka-calls.js'

/** A member by the classic protocol whose group changes from one protocol to the other. */
export interface ConvertedMember {
  readonly id: string
  readonly groupInstanceId: string | null
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly protocols: JoinGroupRequest['protocols']
  /** what it subscribes to */
  readonly topics: readonly string[]
  readonly assigned: readonly TopicPartition[]
}

/** A group that changes from one protocol to the other: what it takes along. */
export interface ConvertedGroup {
  /** its generation, or its epoch */
  readonly generation: number
  readonly members: readonly ConvertedMember[]
}

/** Whether an assignment carries data of a custom assignor: that would be lost in a group of the consumer protocol. */
export const carriesUserData = (assignment: Uint8Array): boolean => {
  if (assignment.length === 0) return false
  const reader = new ProtocolReader(assignment)
  reader.int16()
  reader.partitions()
  return (reader.bytes()?.length ?? 0) > 0
}
