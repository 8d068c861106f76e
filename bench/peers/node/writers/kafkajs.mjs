import kafkajs from 'kafkajs'
import { addCodecs } from '../kafkajs-codecs.mjs'

const { CompressionTypes, Kafka, logLevel } = kafkajs
const types = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' }

await addCodecs()

export const writer = async ({ brokers, topic, idempotent, compression }) => {
  const producer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).producer({ idempotent })
  const codec = CompressionTypes[types[compression]]
  await producer.connect()
  return {
    send: (values) =>
      producer.send({ topic, acks: -1, compression: codec, messages: values.map((value) => ({ value })) }),
    close: () => producer.disconnect()
  }
}
