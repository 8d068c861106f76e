import type { TopicPartition } from '../../model/topic-partition.js'
import { ProtocolReader, ProtocolWriter } from '../protocol/protocol-bytes.js'

/** What a member sends to the group's leader about itself: Kafka's `ConsumerProtocolSubscription`. */
export interface MemberSubscription {
  readonly topics: readonly string[]
  readonly userData: Uint8Array | null
  readonly owned: readonly TopicPartition[]
  readonly generation: number
  readonly rack: string | null
}

/**
 * Writes a subscription, always as version 3: leaders of any version read the fields they know, and without the owned
 * partitions of version 1 a cooperative Java leader assigns a partition to two owners (seen on Kafka 4.1).
 */
export const encodeSubscription = (subscription: MemberSubscription): Uint8Array => {
  const writer = new ProtocolWriter()
  writer.int16(3)
  // Sorted, as Java's client sends them.
  writer.array([...subscription.topics].sort(), (topic) => {
    writer.string(topic)
  })
  writer.bytes(subscription.userData)
  writer.partitions(subscription.owned)
  writer.int32(subscription.generation)
  writer.nullableString(subscription.rack)
  return writer.done()
}

/**
 * Reads another member's subscription, of any version; null if the bytes are not a subscription. kafkajs writes the
 * body of version 0 under any version that a custom assigner claims: data that ends there is read as version 0.
 */
export const decodeSubscription = (bytes: Uint8Array): MemberSubscription | null => {
  const reader = new ProtocolReader(bytes)
  const claimed = reader.int16()
  const topics = reader.array(2, () => reader.string())
  const userData = reader.bytes()
  const version = reader.isAtEnd ? Math.min(claimed, 0) : claimed
  const owned = version >= 1 ? reader.partitions() : []
  const generation = version >= 2 ? reader.int32() : -1
  const rack = version >= 3 ? reader.nullableString() : null
  return reader.failed || version < 0 ? null : { topics, userData, owned, generation, rack }
}

/** Writes the leader's assignment for a member: Kafka's `ConsumerProtocolAssignment`, version 1. */
export const encodeAssignment = (
  partitions: readonly TopicPartition[],
  userData: Uint8Array | null = null
): Uint8Array => {
  const writer = new ProtocolWriter()
  writer.int16(1)
  writer.partitions(partitions)
  writer.bytes(userData)
  return writer.done()
}

/** Reads an assignment; no bytes are an empty assignment, unreadable ones null. */
export const decodeAssignment = (bytes: Uint8Array): readonly TopicPartition[] | null => {
  if (bytes.length === 0) return []
  const reader = new ProtocolReader(bytes)
  const version = reader.int16()
  const partitions = reader.partitions()
  return reader.failed || version < 0 ? null : partitions
}
