import kafkajs from 'kafkajs'
import type { TopicPartition } from '../../src/index.js'

/** Does on real Kafka what retention does: everything below the offset is gone. */
export const deleteRecords = async (brokers: string, place: TopicPartition, before: bigint): Promise<void> => {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const { topic, partition } = place
    // It deletes only of topics that it has heard of.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
  } finally {
    await admin.disconnect()
  }
}
