// npm run bench: every peer in one run on the same topics, in interleaved rounds; prints the ratios beside the figures.
// Needs Java and Maven, or KAFKA_BROKERS; a peer whose tools are missing is skipped, and it says so.
// -- --only drain,latency   these workloads of the list below (all of them unless said; memory takes 20 minutes)
//    --peers kafkajs,franz  only peers whose names contain one of these
//    --rounds N             counted rounds (5); one before them warms up
//    --records N            instead of each workload's own number: 5000000 for a JVM that is warm
//    --seconds N            of latency (10)
//    --minutes N --rate N   of memory (20 minutes at 5,000 records a second)
//    --cases "100 true none,…"  of produce: bytes, idempotent, compression; of compressed and tls: "lz4 100 B,…"
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { withKafka } from './harness.mjs'
import { copy } from './workloads/copying.mjs'
import { transact } from './workloads/transacting.mjs'
import { busy, members, partitions, sizes, topics } from './workloads/growth.mjs'
import { compressed, tls } from './workloads/compressing.mjs'
import { latency } from './workloads/latency.mjs'
import { memory } from './workloads/memory.mjs'
import { observed } from './workloads/observing.mjs'
import { hung, processing } from './workloads/processing.mjs'
import { produce } from './workloads/producing.mjs'

import { start } from './workloads/starting.mjs'
import { decode, drain, kilobyte, loop, many, shared } from './workloads/reading.mjs'

const workloads = {
  drain,
  kilobyte,
  decode,
  many,
  loop,
  shared,
  latency,
  processing,
  hung,
  partitions,
  busy,
  topics,
  sizes,
  members,
  produce,
  copy,
  transact,
  compressed,
  tls,
  observed,
  start,
  memory
}

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    only: text,
    peers: text,
    rounds: text,
    records: text,
    seconds: text,
    minutes: text,
    rate: text,
    cases: text
  }
})
const list = (value) => value?.split(',').map((part) => part.trim())
/** Brokers have share groups from Kafka 4.2 on, and the usual ones are older. */
const usual = Object.keys(workloads).filter((name) => name !== 'shared')
const only = list(values.only) ?? usual
const unknown = only.filter((name) => workloads[name] === undefined)
if (unknown.length > 0) throw new Error(`no workload ${unknown}; there are ${Object.keys(workloads).join(', ')}`)

const wanted = list(values.peers?.toLowerCase())
const options = {
  rounds: Number(values.rounds ?? 5),
  recordsOr: (usual) => Number(values.records ?? usual),
  /** Of these peers those that were asked for, and `usual` if none were. */
  wanted: (names, usual = names) =>
    wanted === undefined ? usual : names.filter((name) => wanted.some((part) => name.toLowerCase().includes(part))),
  minutes: Number(values.minutes ?? 20),
  rate: Number(values.rate ?? 5_000),
  seconds: Number(values.seconds ?? 10),
  cases: list(values.cases)
}

if (!(options.rounds >= 1)) throw new Error('--rounds: at least 1')

const reports = fileURLToPath(new URL('results/', import.meta.url))
mkdirSync(reports, { recursive: true })
await withKafka(async (kafka) => {
  for (const name of only) {
    console.log(`\n${name}`)
    try {
      const { results, shown } = await workloads[name](kafka, options)
      console.log(`\n${shown}`)
      const about = { node: process.version, cpu: cpus()[0]?.model, load: loadavg(), options: values }
      writeFileSync(`${reports}${name}.json`, JSON.stringify({ ...about, results }, null, 2))
    } catch (error) {
      console.error(`FAILED: ${name}: ${error.stack}`)
      process.exitCode = 1
    }
  }
})
