// eachBatch in transactions of 500 records, each with its offsets: as kafkajs's documentation has it.
import kafkajs from 'kafkajs'

const mostRecords = 500

export const copy = async ({ brokers, from, to, records, groupId, begin, upper }) => {
  const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const consumer = client.consumer({ groupId })
  const producer = client.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: groupId })
  await producer.connect()
  await consumer.connect()
  await consumer.subscribe({ topic: from, fromBeginning: true })
  consumer.on(consumer.events.GROUP_JOIN, begin)
  let copied = 0
  await new Promise((done) => {
    void consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { topic, partition, messages } }) => {
        for (let at = 0; at < messages.length; at += mostRecords) {
          const some = messages.slice(at, at + mostRecords)
          const offset = String(BigInt(some.at(-1).offset) + 1n)
          const transaction = await producer.transaction()
          await transaction.send({
            topic: to,
            messages: some.map(({ key, value }) => ({ key, value: upper(value) }))
          })
          await transaction.sendOffsets({
            consumerGroupId: groupId,
            topics: [{ topic, partitions: [{ partition, offset }] }]
          })
          await transaction.commit()
          copied += some.length
        }
        if (copied >= records) done()
      }
    })
  })
}
