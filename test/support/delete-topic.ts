import kafkajs from 'kafkajs'

/** Deletes a topic of real Kafka, and waits until no broker knows it. */
export const deleteTopic = async (brokers: string, topic: string): Promise<void> => {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await admin.deleteTopics({ topics: [topic] })
    while ((await admin.listTopics()).includes(topic)) continue
  } finally {
    await admin.disconnect()
  }
}
