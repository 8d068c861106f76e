// kafkajs: how[0] is eachBatch or eachMessage. Its own auto commit (how[1] is "auto") is waited for after every batch; else
// what was handled is stored once a second beside the reading, which is faster, and the guarantee of the others.
import kafkajs from 'kafkajs'
import { kafkajsOptions } from '../connection.mjs'

export const consume = async ({ brokers, topics, groupId, take, ready, how: [mode, auto], from = 'beginning' }) => {
  const client = new kafkajs.Kafka({ ...kafkajsOptions(brokers), logLevel: kafkajs.logLevel.NOTHING })
  // A request that waits at the end would hold up what goes back to the beginning.
  const consumer = client.consumer({ groupId, ...(from === 'end' ? { maxWaitTimeInMs: 100 } : {}) })
  const handled = new Map(topics.map((topic) => [topic, new Map()]))
  let held = []
  const store = () => {
    const offsets = [...handled].flatMap(([topic, partitions]) =>
      [...partitions].map(([partition, last]) => ({ topic, partition, offset: String(BigInt(last) + 1n) }))
    )
    for (const partitions of handled.values()) partitions.clear()
    if (offsets.length > 0) consumer.commitOffsets(offsets).catch(() => undefined)
  }
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: from === 'beginning' })
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    held = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition }))
    )
    ready()
  })
  const handlers = {
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) take(message.value)
      handled.get(batch.topic).set(batch.partition, batch.lastOffset())
    },
    eachMessage: async ({ topic, partition, message }) => {
      take(message.value)
      handled.get(topic).set(partition, message.offset)
    }
  }
  await consumer.run({ autoCommit: auto === 'auto', [mode]: handlers[mode] })
  if (auto !== 'auto') setInterval(store, 1_000)
  return {
    holds: () => held.length,
    rewind: () => {
      for (const partition of held) consumer.seek({ ...partition, offset: '0' })
    }
  }
}
