import type { TopicPartition } from '../../../model/topic-partition.js'
import { ProtocolReader, ProtocolWriter } from '../../protocol/protocol-bytes.js'

/** `AbstractStickyAssignor.DEFAULT_GENERATION`: for a member that sends none. */
export const noGeneration = -1

/** The partitions that a member claims to have had, and their generation. */
export interface FormerAssignment {
  readonly owned: readonly TopicPartition[]
  readonly generation: number
}

/** Java's `StickyAssignor`, `STICKY_ASSIGNOR_USER_DATA_V1`: partitions by topic, then the generation. */
export const encodeStickyUserData = ({ owned, generation }: FormerAssignment): Uint8Array => {
  const writer = new ProtocolWriter()
  writer.partitions(owned)
  writer.int32(generation)
  return writer.done()
}

/** Reads the data of any member: version 0 has no generation, and unreadable data counts as empty. */
export const decodeStickyUserData = (bytes: Uint8Array | null): FormerAssignment => {
  const reader = new ProtocolReader(bytes ?? new Uint8Array())
  const owned = reader.partitions()
  const readable = !reader.failed
  const generation = reader.int32()
  return { owned: readable ? owned : [], generation: reader.failed ? noGeneration : generation }
}

/** Java's `CooperativeStickyAssignor`, `COOPERATIVE_STICKY_ASSIGNOR_USER_DATA_V0`: the generation alone. */
export const encodeGeneration = (generation: number): Uint8Array => {
  const writer = new ProtocolWriter()
  writer.int32(generation)
  return writer.done()
}

/** Reads the generation; if there are too few bytes, there is none. */
export const decodeGeneration = (bytes: Uint8Array | null): number => {
  const reader = new ProtocolReader(bytes ?? new Uint8Array())
  const generation = reader.int32()
  return reader.failed ? noGeneration : generation
}
