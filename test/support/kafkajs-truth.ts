import kafkajs from 'kafkajs'

/** Another client's view of the cluster: what is stored and where the logs end, by partition. */
export interface Truth {
  readonly committed: (group: string, topic: string) => Promise<ReadonlyMap<number, bigint>>
  readonly ends: (topic: string) => Promise<ReadonlyMap<number, bigint>>
  readonly close: () => Promise<void>
}

export const truthOf = async (brokers: string): Promise<Truth> => {
  const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  return {
    committed: async (groupId, topic) => {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
      return new Map(found?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]) ?? [])
    },
    ends: async (topic) => {
      const offsets = await admin.fetchTopicOffsets(topic)
      return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]))
    },
    close: () => admin.disconnect()
  }
}
