import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { kafkaJars } from '../../scripts/kafka-cluster.mjs'

const program = fileURLToPath(new URL('java/JavaRecords.java', import.meta.url))

/** A record as Java's consumer has it. */
export interface JavaRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

const java = async (...args: readonly string[]): Promise<string> => {
  const options = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', `${kafkaJars()}/*`]
  const child = spawn('java', [...options, program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`JavaRecords ${args.join(' ')} ended with ${String(code)}`)
  return Buffer.concat(chunks).toString()
}

/** Everything that a topic holds, as Java's consumer reads it. */
export const javaReads = async (
  brokers: string,
  topic: string,
  isolation = 'read_uncommitted'
): Promise<readonly JavaRecord[]> =>
  // prettier-ignore
  (await java('read', brokers, topic, isolation))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [partition, offset, timestamp, key, value, headers] = line.split('\t')
      return {
        partition: Number(partition),
        offset: Number(offset),
        timestamp: Number(timestamp),
        key: decoded(key),
        value: decoded(value),
        headers: (headers ?? '')
          .split(' ')
          .filter((header) => header !== '')
          .map((header) => [header.slice(0, header.indexOf('=')), decoded(header.slice(header.indexOf('=') + 1))] as const)
      }
    })

/** Java's producer writes `CODEC NUMBER abcabc…` under `key-NUMBER`. */
export const javaWrites = async (brokers: string, topic: string, codec: string, count: number): Promise<void> => {
  await java('write', brokers, topic, codec, String(count))
}

const decoded = (base64: string | undefined): string | null =>
  base64 === undefined || base64 === 'null' ? null : Buffer.from(base64, 'base64').toString()
