import kafkajs from 'kafkajs'

const { CompressionTypes, Kafka, logLevel } = kafkajs

export const writer = async ({ brokers, topic, idempotent, compression }) => {
  const producer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).producer({ idempotent })
  const codec = compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None
  await producer.connect()
  return {
    send: (values) =>
      producer.send({ topic, acks: -1, compression: codec, messages: values.map((value) => ({ value })) }),
    close: () => producer.disconnect()
  }
}
