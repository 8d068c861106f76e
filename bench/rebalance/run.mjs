// node bench/rebalance/run.mjs --scenario joins|kills|storm|freeze: a group of processes on real Kafka, what is done to it, and
// what the offline checker and the clock say. Needs Java and Maven, or KAFKA_BROKERS; and dist (npm run build).
// --rounds N, --changes N, --seed N, --rate N, --explain N (the longest gaps), --keep (the histories).
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { missingTools, startKafka } from '../../scripts/kafka-cluster.mjs'
import { check } from './checker.mjs'
import { explain, figuresOf, gapsOf, tableOf } from './gaps.mjs'
import { scenarios } from './scenarios.mjs'

const number = { type: 'string' }
const { values } = parseArgs({ options: { scenario: { type: 'string', default: 'joins' }, rounds: number, changes: number, seed: number, rate: number, explain: number, properties: number, keep: { type: 'boolean', default: false } } }) // prettier-ignore
const scenario = scenarios[values.scenario]
if (scenario === undefined) throw new Error(`--scenario: one of ${Object.keys(scenarios).join(', ')}`)
const given = ['rounds', 'changes', 'seed', 'rate'].flatMap((name) => values[name] === undefined ? [] : [[name, Number(values[name])]]) // prettier-ignore
if (values.properties !== undefined) given.push(['properties', JSON.parse(values.properties)])

const own = process.env.KAFKA_BROKERS === undefined
if (own && missingTools() !== null) throw new Error(`this needs ${missingTools()}, or KAFKA_BROKERS`)
const server = own ? await startKafka() : null
try {
  const run = await scenario({ brokers: server?.brokers ?? process.env.KAFKA_BROKERS, ...Object.fromEntries(given) })
  const { violations, duplicates, handled, substreams } = check(run)
  const gaps = gapsOf(run, substreams)
  const records = [...run.ends.values()].reduce((sum, end) => sum + end, 0)
  const lost = run.histories.size - 1
  console.log(`${values.scenario}: ${records} records, ${handled} handled, ${duplicates} of them again, by ${lost} members in ${substreams.length} partition streams`) // prettier-ignore
  console.log(violations.length === 0 ? 'no violation' : `${violations.length} VIOLATIONS\n${violations.slice(0, 20).join('\n')}`) // prettier-ignore
  console.log(tableOf(figuresOf(gaps)))
  if (values.explain !== undefined) console.log(explain(gaps, Number(values.explain)).join('\n'))
  if (values.keep || violations.length > 0) console.log(`histories: ${run.folder}`)
  else rmSync(run.folder, { recursive: true })
  process.exitCode = violations.length === 0 ? 0 : 1
} finally {
  await server?.stop()
}
