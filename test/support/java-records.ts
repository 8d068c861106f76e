import { fileURLToPath } from 'node:url'
import { kafkaJars, toolJars } from '../../scripts/kafka-cluster.mjs'
import { consoleRecords, consoleSettings } from './console-lines.js'
import { linesOf, type PlainRecord, recordsIn, type StoredRecord } from './record-lines.js'
import { runProgram } from './run-program.js'

const program = fileURLToPath(new URL('java/JavaRecords.java', import.meta.url))
const decompressor = fileURLToPath(new URL('java/Decompress.java', import.meta.url))
const errorNames = fileURLToPath(new URL('java/ErrorNames.java', import.meta.url))
const version = process.env['KAFKA_VERSION'] ?? '4.1.0'

const java = (args: readonly string[], input = '', jars: readonly string[] = [kafkaJars(version)]): Promise<string> => {
  const path = jars.map((folder) => `${folder}/*`).join(':')
  return runProgram('java', ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', path, ...args], input)
}

/** Kafka's error codes and their names, as Java's client has them. */
export const javaErrors = async (): Promise<ReadonlyMap<number, string>> => {
  const lines = (await java([errorNames])).trim().split('\n')
  return new Map(lines.map((line) => line.split(' ')).map(([code = '', name = '']) => [Number(code), name]))
}

/** What Java's client makes of compressed bytes: their content, or null where it finds them broken. */
export const javaDecompresses = async (
  forms: readonly { readonly codec: string; readonly bytes: Uint8Array }[]
): Promise<readonly (string | null)[]> => {
  const lines = forms.map(({ codec, bytes }) => `${codec} ${Buffer.from(bytes).toString('base64')}\n`)
  const said = (await java([decompressor], lines.join(''))).trim().split('\n')
  return said.map((line) => (line.startsWith('+') ? Buffer.from(line.slice(1), 'base64').toString('latin1') : null))
}

/** Everything that a topic holds, as Java's consumer reads it. */
export const javaReads = async (
  brokers: string,
  topic: string,
  isolation = 'read_uncommitted'
): Promise<readonly StoredRecord[]> => recordsIn(await java([program, 'read', brokers, topic, isolation]))

/** Java's producer writes the records, those of each partition with its own codec. */
export const javaWrites = async (
  brokers: string,
  topic: string,
  codecs: readonly string[],
  records: readonly PlainRecord[]
): Promise<void> => {
  await java([program, 'write', brokers, topic, codecs.join(',')], linesOf(records))
}

/** What one of Kafka's command-line tools prints. */
export const toolPrints = (main: string, ...args: readonly string[]): Promise<string> =>
  java([main, ...args], '', [kafkaJars(version), toolJars(version)])

/** So many records of a topic, as `kafka-console-consumer` prints them. */
export const consoleReads = async (brokers: string, topic: string, count: number): Promise<readonly StoredRecord[]> => {
  const settings = Object.entries(consoleSettings).flatMap(([name, value]) => ['--property', `${name}=${value}`])
  const wanted = ['--topic', topic, '--from-beginning', '--max-messages', String(count), '--timeout-ms', '60000']
  const args = [
    'org.apache.kafka.tools.consumer.ConsoleConsumer',
    '--bootstrap-server',
    brokers,
    ...wanted,
    ...settings
  ]
  return consoleRecords(await java(args, '', [kafkaJars(version), toolJars(version)]))
}
