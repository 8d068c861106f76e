// eachBatch, one send of the whole batch, then commit.
import kafkajs from 'kafkajs'

export const copy = async ({ brokers, from, to, records, groupId, begin, upper }) => {
  const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const consumer = client.consumer({ groupId })
  const producer = client.producer({ idempotent: true })
  await producer.connect()
  await consumer.connect()
  await consumer.subscribe({ topic: from, fromBeginning: true })
  consumer.on(consumer.events.GROUP_JOIN, begin)
  let copied = 0
  await new Promise((done) => {
    void consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 4,
      eachBatch: async ({ batch }) => {
        const { topic, partition, messages } = batch
        const changed = messages.map(({ key, value }) => ({ key, value: upper(value) }))
        await producer.send({ topic: to, acks: -1, messages: changed })
        await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(batch.lastOffset()) + 1n) }])
        if ((copied += messages.length) >= records) done()
      }
    })
  })
}
