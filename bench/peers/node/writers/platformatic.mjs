import { npmPackage } from '../../install.mjs'

const { ProduceAcks, Producer } = await import(npmPackage('platformatic', '@platformatic/kafka'))

export const writer = ({ brokers, topic, bytes, idempotent, compression }) => {
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: brokers.split(','), idempotent, compression })
  return {
    // With idempotence a second call under way is refused by the broker, as out of order: one then, and as much in it as
    // the partitions take at once.
    ...(idempotent ? { calls: 1, chunk: Math.min(10_000, 2_000_000 / bytes) } : {}),
    send: (values) => producer.send({ acks: ProduceAcks.ALL, messages: values.map((value) => ({ topic, value })) }),
    close: () => producer.close()
  }
}
