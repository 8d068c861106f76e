import kafkajs from 'kafkajs'
import { setTimeout as wait } from 'node:timers/promises'

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
      const [found] = await onceCoordinated(() => admin.fetchOffsets({ groupId, topics: [topic] }))
      return new Map(found?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]) ?? [])
    },
    ends: async (topic) => {
      const offsets = await admin.fetchTopicOffsets(topic)
      return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]))
    },
    close: () => admin.disconnect()
  }
}

/** Until the group's coordinator has loaded its part of the offsets' topic, kafkajs gives its refusal up to the caller. */
const onceCoordinated = async <A>(ask: () => Promise<A>): Promise<A> => {
  for (;;)
    try {
      return await ask()
    } catch (error) {
      const isLoading = error instanceof kafkajs.KafkaJSProtocolError && coordinating.has(error.type)
      if (!isLoading) throw error
      await wait(50)
    }
}

const coordinating: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS'
])
