// What the benchmarks share: a cluster, filled topics, peers as processes of their own, in interleaved rounds.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import kafkajs from 'kafkajs'
import { firstValueFrom, lastValueFrom, tap } from 'rxjs'
import { isLeft } from 'fp-ts/lib/Either.js'
import { producer } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { missingTools, startKafka } from '../scripts/kafka-cluster.mjs'
import { ours } from './peers/catalogue.mjs'
import { ackstreamProperties } from './peers/node/connection.mjs'

let made = 0

/** What is missing to run Kafka here, or null if nothing is. */
export const missingForKafka = () => (process.env.KAFKA_BROKERS === undefined ? missingTools() : null)

/** A Kafka of its own for as long as `body` runs, or the one of KAFKA_BROKERS. */
export const withKafka = async (body) => {
  const missing = missingForKafka()
  if (missing !== null) throw new Error(`the benchmark needs ${missing}, or KAFKA_BROKERS`)
  const server = process.env.KAFKA_BROKERS === undefined ? await startKafka() : null
  try {
    const brokers = server?.brokers ?? process.env.KAFKA_BROKERS
    return await body({ brokers, cluster: kafka(ackstreamProperties(brokers)), security: null })
  } finally {
    await server?.stop()
  }
}

/** A Kafka of its own that speaks only SASL over TLS; peers are told as whom (`security`). */
export const withSecuredKafka = async (body) => {
  const sasl = { user: 'bench', password: 'only-for-benchmarks' }
  const server = await startKafka({ sasl })
  try {
    const { brokers, certificate } = server
    const security = { ...sasl, certificate }
    return await body({ brokers, cluster: kafka(ackstreamProperties(brokers, security)), security })
  } finally {
    await server.stop()
  }
}

/** New topics; their names. */
export const newTopics = async (cluster, { topics = 1, partitions, config = {} }) => {
  const names = Array.from({ length: topics }, () => `bench-${process.pid}-${Date.now()}-${made++}`)
  await firstValueFrom(cluster.createTopics(names.map((topic) => ({ topic, partitions, config }))))
  return names
}

/** A value of so many bytes that begins with the number of the record. */
export const numbered = (bytes) => (number) => {
  const value = Buffer.alloc(bytes, 120)
  value.writeUInt32BE(number)
  return value
}

/**
 * New topics with records, dealt out to the topics and their first `busy` partitions (all) in turn, so many in a row (1). They are written
 * 10,000 at a time: what a partition gets of these is a batch, of 1,000 records for 10 partitions and of 10 for 1,000.
 * What is returned says what a peer has to have read: their number, and the sum of the numbers in them.
 */
export const filled = async (
  cluster,
  {
    topics = 1,
    partitions,
    busy = partitions,
    records,
    inRow = 1,
    value,
    key,
    compression = 'none',
    inSum = (number) => number
  }
) => {
  const names = await newTopics(cluster, { topics, partitions })
  const writer = producer(cluster, { 'linger.ms': 5, 'compression.type': compression })
  const chunk = Math.max(1, Math.min(10_000, Math.floor(8_000_000 / value(0).length)))
  const turnOf = (number) => Math.floor(number / inRow)
  const recordOf = (number) => ({
    topic: names[turnOf(number) % topics],
    partition: Math.floor(turnOf(number) / topics) % busy,
    value: value(number),
    ...(key === undefined ? {} : { key: key(number) })
  })
  const confirmed = ({ outcome }) => {
    if (isLeft(outcome)) throw new Error(`a topic could not be filled: ${JSON.stringify(outcome.left)}`)
  }
  let sum = 0
  for (let from = 0; from < records; from += chunk) {
    const some = Array.from({ length: Math.min(chunk, records - from) }, (_, index) => from + index)
    await lastValueFrom(writer.sendAll(some.map(recordOf)).pipe(tap(confirmed)))
    for (const number of some) sum += inSum(number)
  }
  await writer.close()
  return { topics: names.join(','), records, sum }
}

/** How many records stand in a topic, by the ends of its partitions: what kafkajs says, not the one who wrote. */
export const writtenTo = async (brokers, topic) => {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0)
  } finally {
    await admin.disconnect()
  }
}

/** Runs a peer, for so long at most, and gives the last line that it prints; `ready` is called as soon as it says so. */
export const runPeer = async (
  [program, given],
  args,
  { ready = () => undefined, minutes = 10, security = null } = {}
) => {
  const env = security === null ? process.env : { ...process.env, BENCH_SECURITY: JSON.stringify(security) }
  const child = spawn(program, [...given, ...args.map(String)], {
    stdio: ['ignore', 'pipe', process.env.BENCH_DEBUG === undefined ? 'ignore' : 'inherit'],
    timeout: minutes * 60_000,
    env
  })
  let output = ''
  child.stdout.on('data', (data) => {
    const told = output.includes('ready\n')
    output += data
    if (!told && output.includes('ready\n')) ready()
  })
  const [code, signal] = await once(child, 'close')
  const last = output.trim().split('\n').at(-1) ?? ''
  if (code !== 0 || !last.startsWith('{'))
    throw new Error(`it ended with ${code ?? signal} and said "${output.trim()}"; BENCH_DEBUG=1 shows the rest`)
  return JSON.parse(last)
}

/** Has a peer read what a topic was filled with, and makes sure that it did. */
export const readPeer = async (command, { brokers, security }, input, workload = 'drain', ...more) => {
  const result = await runPeer(command, [workload, brokers, input.topics, input.records, ...more], { security })
  if (result.records !== input.records || result.sum !== input.sum)
    throw new Error(`it read ${result.records} records (sum ${result.sum}) of ${input.records} (${input.sum})`)
  return result
}

/**
 * Runs each peer once a round, one after the other; the first round warms the broker up and is not counted. A peer that
 * fails is left out from there on, and loudly; ours may not fail.
 */
export const interleaved = async (peers, rounds, say, run) => {
  const results = Object.fromEntries(Object.keys(peers).map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++)
    for (const name of Object.keys(results)) {
      try {
        const result = await run(peers[name], name, round)
        if (round > 0) results[name].push(result)
        console.log(`round ${round}  ${name.padEnd(40)} ${say(result)}`)
      } catch (error) {
        if (name.startsWith(ours)) throw error
        console.error(`FAILED: ${name} is left out from here on: ${error.message}`)
        delete results[name]
      }
    }
  return results
}
