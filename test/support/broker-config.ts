import kafkajs from 'kafkajs'

/** How a broker is set, as it says itself; null for what it does not know. */
export const brokerConfig = async (brokers: string, name: string): Promise<string | null> => {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const { controller } = await admin.describeCluster()
    const { resources } = await admin.describeConfigs({
      resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: String(controller), configNames: [name] }],
      includeSynonyms: false
    })
    return resources[0]?.configEntries[0]?.configValue ?? null
  } finally {
    await admin.disconnect()
  }
}
