import kafkajs from 'kafkajs'
import { freePort, startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import { offsetsPartitionOf } from './java-hash.js'

/** Three nodes, each in a rack of its own (`rack-1` to `rack-3`), to be killed and brought back, and what an administrator sees of them. */
export interface ThreeNodes extends RunningKafka {
  readonly createTopic: (
    topic: string,
    replicas: readonly (readonly number[])[],
    config?: Readonly<Record<string, string>>
  ) => Promise<void>
  /** node id, -1 while there is none */
  readonly leaderOf: (topic: string, partition: number) => Promise<number>
  readonly coordinatorOf: (group: string) => Promise<number>
}

const offsetsPartitions = 5

/** With `proxies` clients find each node at that port; the nodes find each other without. */
export const startThreeNodes = async (proxies?: readonly number[]): Promise<ThreeNodes> => {
  const among = await Promise.all([1, 2, 3].map(freePort))
  const kafka = await startKafka({
    nodes: 3,
    properties: (id, listeners) => ({
      ...(proxies === undefined ? {} : behind(proxies[id - 1] ?? 0, among[id - 1] ?? 0, listeners)),
      'broker.session.timeout.ms': 3_000,
      'broker.heartbeat.interval.ms': 500,
      'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector'
    })
  })
  const client = new kafkajs.Kafka({ brokers: kafka.brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const asked = async <A>(ask: (admin: kafkajs.Admin) => Promise<A>): Promise<A> => {
    const admin = client.admin()
    await admin.connect()
    try {
      return await ask(admin)
    } finally {
      await admin.disconnect()
    }
  }
  const leaderOf = (topic: string, partition: number): Promise<number> =>
    asked(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      return topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader ?? -1
    })
  return {
    ...kafka,
    leaderOf,
    coordinatorOf: (group) => leaderOf('__consumer_offsets', offsetsPartitionOf(group, offsetsPartitions)),
    createTopic: (topic, replicas, config = {}) =>
      asked(async (admin) => {
        const replicaAssignment = replicas.map((nodes, partition) => ({ partition, replicas: [...nodes] }))
        const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
        await admin.createTopics({ topics: [{ topic, replicaAssignment, configEntries }], waitForLeaders: true })
      })
  }
}

const behind = (proxy: number, own: number, listeners: string): Readonly<Record<string, string>> => ({
  listeners: `${listeners},INTERNAL://127.0.0.1:${String(own)}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(proxy)},INTERNAL://127.0.0.1:${String(own)}`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'INTERNAL'
})
