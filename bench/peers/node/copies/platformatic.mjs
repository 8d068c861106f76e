// Its stream, collected up to 5,000 records or what there is; one send of them, then commit.
import { npmPackage } from '../../install.mjs'

const { Consumer, ProduceAcks, Producer } = await import(npmPackage('platformatic', '@platformatic/kafka'))
const most = 5_000

export const copy = async ({ brokers, from, to, records, groupId, begin, upper }) => {
  const bootstrapBrokers = brokers.split(',')
  const consumer = new Consumer({ clientId: 'bench', groupId, bootstrapBrokers, autocommit: false })
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers, idempotent: true })
  const stream = await consumer.consume({ topics: [from], mode: 'committed', fallbackMode: 'earliest' })
  begin()
  let copied = 0
  let some = []
  for await (const message of stream) {
    some.push(message)
    if (some.length < most && stream.readableLength > 0) continue
    const messages = some.map(({ key, value }) => ({ topic: to, key, value: Buffer.from(upper(value)) }))
    await producer.send({ acks: ProduceAcks.ALL, messages })
    const last = new Map(some.map(({ topic, partition, offset }) => [partition, { topic, partition, offset }]))
    await consumer.commit({ offsets: [...last.values()].map((at) => ({ ...at, leaderEpoch: -1 })) })
    some = []
    if ((copied += messages.length) >= records) return
  }
}
