import { lastValueFrom, tap } from 'rxjs'
import { assign } from '../../config/assign.js'
import type { CompressionType } from '../../config/producer-config.js'
import { ack } from '../../operators/ack.js'
import { eachPartition } from '../../operators/each-partition.js'
import { producer, type RecordToSend } from '../../sinks/producer.js'
import { consumer } from '../../sources/consumer/consumer.js'
import { type Command, type CommandContext, exitCode } from '../command.js'
import { checkForm } from '../command-form.js'
import { tableOf } from '../table.js'

const compressions: readonly [CompressionType, ...CompressionType[]] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const atOnce = 5_000

export const bench: Command = {
  name: 'bench',
  endsInOrder: true,
  summary: 'measures how fast it writes and reads records of its own topic',
  usage: `ackstream bench [--records N] [--bytes N] [--partitions N] [--compression NAME]

Creates a topic and deletes it afterwards. Default: 200000 records of 100 bytes, 4 partitions, no compression.`,
  flags: {
    records: { type: 'string' },
    bytes: { type: 'string' },
    partitions: { type: 'string' },
    compression: { type: 'string' }
  },
  run: async (context) => {
    const { flags, cluster, output, json, now, interrupted } = context
    checkForm('bench', { names: 0, flags: Object.keys(bench.flags) }, flags, bench.flags)
    const records = flags.whole('records', 1) ?? 200_000
    const size = flags.whole('bytes', 1) ?? 100
    const partitions = flags.whole('partitions', 1) ?? 4
    const compression = flags.oneOf('compression', compressions)
    const topic = `ackstream-bench-${now().toString(36)}`
    const admin = cluster().admin()
    await admin.createTopics([{ topic, partitions }])
    try {
      const writingMs = await written(context, { topic, records, size, compression })
      const readingMs = interrupted.aborted ? 0 : await readBack(context, topic, partitions, records)
      // It has measured fewer records than requested.
      if (interrupted.aborted) return exitCode.interrupted
      const rows = [
        ['write', records, perSecond(records, writingMs), megabytes(records * size, writingMs)],
        ['read', records, perSecond(records, readingMs), megabytes(records * size, readingMs)]
      ] as const
      if (json)
        for (const [what, count, rate, mb] of rows)
          output.json({
            what,
            records: count,
            bytes: size,
            compression,
            recordsPerSecond: rate,
            megabytesPerSecond: mb
          })
      else for (const line of tableOf(['', 'records', 'records/s', 'MB/s'], rows)) output.line(line)
      return exitCode.done
    } finally {
      await admin.deleteTopics([topic])
      admin.close()
    }
  }
}

interface Load {
  readonly topic: string
  readonly records: number
  readonly size: number
  readonly compression: CompressionType
}

const written = async ({ cluster, now, interrupted }: CommandContext, load: Load): Promise<number> => {
  const { topic, records, size, compression } = load
  const sink = producer(cluster(), { 'compression.type': compression })
  const value = Buffer.alloc(size, '{"order":42,"amount":"19.90","currency":"EUR","customer":"c-1729"},')
  const begun = now()
  for (let first = 0; first < records && !interrupted.aborted; first += atOnce) {
    const some: readonly RecordToSend[] = Array.from({ length: Math.min(atOnce, records - first) }, (_, index) => ({
      topic,
      key: String(first + index),
      value
    }))
    await lastValueFrom(sink.sendAll(some))
  }
  await sink.close()
  return now() - begun
}

const readBack = async (
  { cluster, now, interrupted }: CommandContext,
  topic: string,
  partitions: number,
  records: number
): Promise<number> => {
  const source = consumer(cluster(), {
    subscription: assign(
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition, from: 'beginning' as const }))
    ),
    maxInFlight: 100_000
  })
  const begun = now()
  let left = records
  const stop = (): void => {
    void source.close()
  }
  interrupted.addEventListener('abort', stop)
  const count = (): void => {
    if (--left === 0) stop()
  }
  await lastValueFrom(source.pipe(eachPartition((partition) => partition.pipe(tap(count), ack()))), {
    defaultValue: null
  })
  interrupted.removeEventListener('abort', stop)
  return now() - begun
}

const perSecond = (records: number, ms: number): number => (ms === 0 ? 0 : Math.round((records / ms) * 1_000))
const megabytes = (bytes: number, ms: number): number => (ms === 0 ? 0 : Math.round(bytes / ms / 100) / 10)
