// npm run bench:rebalance: groups of processes on real Kafka, what is done to them, and what the offline checker and the clock
// say. Needs Java and Maven, or KAFKA_BROKERS. --scenario joins|kills|storm|freeze (several times; default all of them),
// --rounds N, --changes N, --seed N, --rate N, --explain N (the longest gaps), --keep (the histories).
import { rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { missingTools, startKafka } from '../../scripts/kafka-cluster.mjs'
import { check } from './checker.mjs'
import { explain, figuresOf, gapsOf, tableOf } from './gaps.mjs'
import { scenarios } from './scenarios.mjs'

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    scenario: { ...text, multiple: true },
    rounds: text,
    changes: text,
    seed: text,
    rate: text,
    explain: text,
    properties: text,
    keep: { type: 'boolean', default: false }
  }
})
const chosen = values.scenario ?? Object.keys(scenarios)
const unknown = chosen.find((name) => scenarios[name] === undefined)
if (unknown !== undefined) throw new Error(`--scenario ${unknown}: one of ${Object.keys(scenarios).join(', ')}`)
const given = Object.fromEntries(
  ['rounds', 'changes', 'seed', 'rate'].flatMap((name) =>
    values[name] === undefined ? [] : [[name, Number(values[name])]]
  )
)
if (values.properties !== undefined) given.properties = JSON.parse(values.properties)

const sessionMs = 6_000
const upTo = (found, most, what) => ({ what: `${what} ${Math.round(found)} ms of ${most}`, met: found <= most })
/** What a scenario has to keep, besides the checker's rules. */
const goals = {
  joins: ({ kept, moved }, duplicates) => [
    upTo(kept.max, 500, 'kept, longest'),
    upTo(moved.p99, 1_000, 'moved, p99'),
    { what: `${duplicates} handled again of 0`, met: duplicates === 0 }
  ],
  kills: ({ kept, moved }) => [
    upTo(kept.max, 500, 'kept, longest'),
    upTo(moved.max, sessionMs + 2_000, 'moved, longest')
  ],
  storm: () => [],
  freeze: ({ moved }) => [upTo(moved.max, sessionMs + 2_000, 'moved, longest')]
}

const measure = async (name, brokers) => {
  const run = await scenarios[name]({ brokers, ...given })
  const { violations, duplicates, handled, substreams } = check(run)
  const gaps = gapsOf(run, substreams)
  const figures = figuresOf(gaps)
  const records = [...run.ends.values()].reduce((sum, end) => sum + end, 0)
  console.log(
    `\n${name}: ${records} records, ${handled} handled, ${duplicates} of them again, by ${run.histories.size - 1} members in ${substreams.length} partition streams; load ${loadavg()[0].toFixed(1)}`
  )
  console.log(
    violations.length === 0 ? 'no violation' : `${violations.length} VIOLATIONS\n${violations.slice(0, 20).join('\n')}`
  )
  const results = goals[name](figures, duplicates)
  for (const { what, met } of results) console.log(`${met ? 'met' : 'MISSED'}: ${what}`)
  console.log(tableOf(figures))
  if (values.explain !== undefined) console.log(explain(gaps, Number(values.explain)).join('\n'))
  if (values.keep || violations.length > 0) console.log(`histories: ${run.folder}`)
  else rmSync(run.folder, { recursive: true })
  return violations.length === 0 && results.every(({ met }) => met)
}

const own = process.env.KAFKA_BROKERS === undefined
if (own && missingTools() !== null) throw new Error(`this needs ${missingTools()}, or KAFKA_BROKERS`)
const server = own ? await startKafka() : null
try {
  for (const name of chosen)
    if (!(await measure(name, server?.brokers ?? process.env.KAFKA_BROKERS))) process.exitCode = 1
} finally {
  await server?.stop()
}
