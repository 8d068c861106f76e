import { isRight } from 'fp-ts/lib/Either.js'
import { createHash } from 'node:crypto'
import { firstValueFrom, from, lastValueFrom, map, mergeAll, mergeMap, take, toArray } from 'rxjs'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { ack, assign, type Bytes, type Cluster, type CompressionType, consumer, producer } from '../../src/index.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { kafka } from '../../src/kafka.js'
import { checksum } from '../../src/sources/kafka/checksum.js'
import { decompress } from '../../src/sources/kafka/decompress.js'
import { kafkaCalls } from '../../src/sources/kafka/kafka-calls.js'
import { openSession } from '../../src/engine/open-session.js'
import { uniqueName } from './kafka.js'
import type { PlainRecord, StoredRecord } from './record-lines.js'

/** Each has the partition of its place. */
export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

const random = seededRandom(8)
const noise = Buffer.from(Array.from({ length: 600_000 }, () => Math.floor(random() * 256)))
const bytes = (text: string): Buffer => Buffer.from(text)
const noon = Date.UTC(2024, 1, 29, 12)

type Content = Omit<PlainRecord, 'partition'>
const plain: Content = { timestamp: noon, key: bytes('key'), value: bytes('value'), headers: [] }
const numbered = (count: number, first: number): readonly Content[] =>
  Array.from({ length: count }, (_, at) => ({
    timestamp: noon + first + at,
    key: bytes(`key-${String(first + at)}`),
    value: bytes(`{"order":${String(first + at)},"from":"Zürich","amount":${String((first + at) % 97)}}`),
    headers: (first + at) % 10 === 0 ? [['trace', bytes(String(first + at))] as const] : []
  }))

/** What one partition gets: all that a record may be, a batch of very many, and values of the largest kind. */
const contents: readonly Content[] = [
  { ...plain, key: null },
  { ...plain, key: bytes('') },
  { ...plain, value: bytes('') },
  { ...plain, value: null },
  { ...plain, key: null, value: null },
  { ...plain, timestamp: 1 },
  { ...plain, timestamp: noon - 86_400_000 },
  {
    ...plain,
    headers: [
      ['name', bytes('')],
      ['näme', null],
      ['other', bytes('a:b c\tnull')],
      ['name', null],
      ['name', bytes('last')]
    ]
  },
  {
    ...plain,
    key: Buffer.from([0, 10, 9, 92, 255]),
    value: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  },
  ...numbered(5_000, 0),
  { ...plain, key: bytes('alike'), value: Buffer.alloc(1_000_000, 'alike ') },
  { ...plain, key: bytes('noise'), value: noise },
  ...numbered(100, 5_000)
]

/** The same records for the partition of each of these codecs. */
export const recordsFor = (some: readonly CompressionType[]): readonly PlainRecord[] =>
  some.flatMap((codec) => contents.map((content) => ({ partition: codecs.indexOf(codec), ...content })))

/** A topic with a partition for each codec, which takes batches of any size. */
export const codecTopic = async (brokers: string): Promise<string> => {
  const topic = uniqueName('codecs')
  const config = { 'max.message.bytes': '20000000' }
  await firstValueFrom(
    kafka({ 'bootstrap.servers': brokers }).createTopics([{ topic, partitions: codecs.length, config }])
  )
  return topic
}

/** Our producers write the records, those of each partition with its own codec; says how many were not confirmed. */
export const weWrite = async (brokers: string, topic: string): Promise<number> => {
  const cluster = kafka({ 'bootstrap.servers': brokers })
  const failed = from(codecs).pipe(
    mergeMap(async (codec) => {
      const writer = producer(cluster, { 'compression.type': codec, 'linger.ms': 50 })
      const given = recordsFor([codec]).map((record) => ({
        ...record,
        topic,
        headers: record.headers.map(([name, value]) => ({ name, value }))
      }))
      const results = await lastValueFrom(writer.sendAll(given).pipe(toArray()))
      await writer.close()
      return results.filter(({ outcome }) => !isRight(outcome)).length
    }),
    toArray()
  )
  return (await lastValueFrom(failed)).reduce((sum, count) => sum + count, 0)
}

/** What our consumer reads of a topic, and in how many compressed batches of each codec it came. */
export const weRead = async (
  brokers: string,
  topic: string,
  count: number
): Promise<{ readonly records: readonly StoredRecord[]; readonly batches: Readonly<Record<string, number>> }> => {
  const batches: Record<string, number> = {}
  const cluster = watched(brokers, (codec) => (batches[codec] = (batches[codec] ?? 0) + 1))
  const everything = codecs.map((_, partition) => ({ topic, partition, from: 'beginning' as const }))
  const records = await lastValueFrom(
    consumer(cluster, { 'enable.auto.commit': false, subscription: assign(everything) }).pipe(
      mergeAll(),
      ack(),
      take(count),
      map(({ partition, offset, timestamp, key, value, headers }) => ({
        partition,
        offset: Number(offset),
        timestamp,
        key: copied(key),
        value: copied(value),
        headers: headers.map((header) => [header.name, copied(header.value)] as const)
      })),
      toArray()
    )
  )
  return { records, batches }
}

/** A cluster that tells of each batch that is decompressed. */
const watched = (brokers: string, onBatch: (codec: string) => void): Cluster => {
  const properties = { 'bootstrap.servers': brokers }
  const connection = decodeClusterConfig(properties)
  if (!isRight(connection)) throw new Error('these properties are wrong')
  const cluster = kafka(properties)
  return {
    ...cluster,
    openConsumer: (settings, handlers) =>
      openSession({
        calls: kafkaCalls(connection.right, settings),
        clock: cluster.clock,
        random: cluster.random,
        settings,
        handlers,
        checksum,
        decompress: (codec, compressed, limit) => {
          onBatch(codec)
          return decompress(codec, compressed, limit)
        }
      })
  }
}

const copied = (of: Bytes): Buffer | null => (of === null ? null : Buffer.from(of))

/** The first few places where what was found is not what was to be written; none if each field is as it was given. */
export const differences = (found: readonly StoredRecord[], given: readonly PlainRecord[]): readonly string[] => {
  const next = new Map<number, number>()
  const placed = given.map((record) => {
    const offset = next.get(record.partition) ?? 0
    next.set(record.partition, offset + 1)
    return { ...record, offset }
  })
  const [are, should] = [shown(found), shown(placed)]
  return Array.from({ length: Math.max(are.length, should.length) }, (_, at) => at)
    .filter((at) => are[at] !== should[at])
    .slice(0, 5)
    .map((at) => `${String(are[at])} in place of ${String(should[at])}`)
}

/** Records by partition and offset as text: bytes one to one (latin1), by their digest where there are many. */
const shown = (records: readonly StoredRecord[]): readonly string[] =>
  [...records]
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    .map(({ partition, offset, timestamp, key, value, headers }) => {
      const named = headers.map(([name, of]) => [name, printed(of)])
      return JSON.stringify({ partition, offset, timestamp, key: printed(key), value: printed(value), headers: named })
    })

const printed = (of: Buffer | null): string | null =>
  of === null || of.length <= 1_000
    ? (of?.toString('latin1') ?? null)
    : `${String(of.length)} bytes, ${createHash('sha256').update(of).digest('hex')}`
