import kafkajs from 'kafkajs'
import { compressFrameSync } from 'lz4-napi'
import { compressSync } from 'snappy'
import type { CompressionType } from '../../src/index.js'
import { compressorOf } from '../../src/sources/kafka/compress.js'
import type { PlainRecord } from './record-lines.js'

const { CompressionCodecs, CompressionTypes } = kafkajs

const types: Readonly<Record<CompressionType, kafkajs.CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD
}

const codec = (run: (bytes: Buffer) => Uint8Array) => () => ({
  compress: ({ buffer }: { readonly buffer: Buffer }) => Promise.resolve(Buffer.from(run(buffer)))
})

// There is no package for kafkajs that can be installed everywhere.
const zstd = compressorOf('zstd')

// As its users register them: snappy without Java's frames.
CompressionCodecs[CompressionTypes.Snappy] = codec((bytes) => compressSync(bytes))
CompressionCodecs[CompressionTypes.LZ4] = codec((bytes) => compressFrameSync(bytes))
CompressionCodecs[CompressionTypes.ZSTD] = codec((bytes) => zstd?.run(bytes) ?? bytes)

/** What of a record kafkajs can write: no header without a value, and those of one name one after the other. */
export const asKafkajsHasIt = (record: PlainRecord): PlainRecord => ({
  ...record,
  headers: [...grouped(record.headers)].flatMap(([name, values]) => values.map((value) => [name, value] as const))
})

const grouped = (headers: PlainRecord['headers']): ReadonlyMap<string, readonly Buffer[]> => {
  const values = new Map<string, readonly Buffer[]>()
  for (const [name, value] of headers) if (value !== null) values.set(name, [...(values.get(name) ?? []), value])
  return values
}

/** kafkajs's producer writes the records, a batch for each codec. */
export const kafkajsWrites = async (
  brokers: string,
  topic: string,
  some: readonly CompressionType[],
  recordsOf: (codec: CompressionType) => readonly PlainRecord[]
): Promise<void> => {
  const writer = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).producer()
  await zstd?.load?.()
  await writer.connect()
  for (const codec of some) {
    const messages = recordsOf(codec).map(({ partition, timestamp, key, value, headers }) => ({
      partition,
      timestamp: String(timestamp),
      key,
      value,
      headers: Object.fromEntries([...grouped(headers)].map(([name, values]) => [name, [...values]]))
    }))
    await writer.send({ topic, compression: types[codec], messages })
  }
  await writer.disconnect()
}
