import { ProtocolReader } from '../../core/protocol/protocol-bytes.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { JoinGroupRequest } from '../../ports/kafka-calls.js'

/** A classic member of a group that is converted from one protocol to the other. */
export interface ConvertedMember {
  readonly id: string
  readonly groupInstanceId: string | null
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly protocols: JoinGroupRequest['protocols']
  /** the topics of its subscription */
  readonly topics: readonly string[]
  readonly assigned: readonly TopicPartition[]
}

/** The state that a group keeps when it is converted from one protocol to the other. */
export interface ConvertedGroup {
  /** the generation of a classic group, the epoch of another */
  readonly generation: number
  readonly members: readonly ConvertedMember[]
}

/** Whether an assignment carries a custom assignor's user data, which the consumer protocol would lose. */
export const carriesUserData = (assignment: Uint8Array): boolean => {
  if (assignment.length === 0) return false
  const reader = new ProtocolReader(assignment)
  reader.int16()
  reader.partitions()
  return (reader.bytes()?.length ?? 0) > 0
}
