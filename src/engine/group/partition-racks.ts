import type { PartitionRacks } from '../../core/group/assignors/assignor.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { ClusterMetadata, PartitionMetadata } from '../../ports/kafka-calls.js'

/** The brokers that report their rack. Brokers that are down are not included. */
export type BrokerRacks = ReadonlyMap<number, string>

export const racksOf = ({ brokers }: ClusterMetadata): BrokerRacks =>
  new Map(brokers.flatMap(({ nodeId, rack }) => (rack === null ? [] : [[nodeId, rack]])))

export const describedPartitions = (metadata: ClusterMetadata): ReadonlyMap<string, PartitionRacks> => {
  const racks = racksOf(metadata)
  return new Map(
    metadata.topics.map(({ topic, code, partitions }) => [
      topic,
      code === errorCode.NONE ? partitionRacks(partitions, racks) : []
    ])
  )
}

/** Shared, since there may be hundreds of thousands of partitions. */
const nowhere: ReadonlySet<string> = new Set()

/** Every replica counts, even one that is out of sync: it is expected to catch up. */
export const partitionRacks = (partitions: readonly PartitionMetadata[], racks: BrokerRacks): PartitionRacks =>
  [...partitions]
    .sort((a, b) => a.partition - b.partition)
    .map(({ replicas }) =>
      racks.size === 0 ? nowhere : new Set(replicas.flatMap((nodeId) => racks.get(nodeId) ?? []))
    )
