// What a process that lives for a moment pays: importing, and the first record of a topic that has some.
import { filled, interleaved, numbered, runPeer } from '../harness.mjs'
import { ours, script, starters } from '../peers/catalogue.mjs'
import { npmPackage } from '../peers/install.mjs'
import { median, table } from '../statistics.mjs'

/** What ackstream stands on. */
const foundation = ['rxjs', 'io-ts', 'fp-ts']

const imports = () => ({
  'rxjs, io-ts, fp-ts': foundation,
  'those, ackstream': [...foundation, 'ackstream'],
  'those, ackstream, ackstream/kafka': [...foundation, 'ackstream', 'ackstream/kafka'],
  'those, ackstream/testing': [...foundation, 'ackstream/testing'],
  kafkajs: ['kafkajs'],
  '@platformatic/kafka': [npmPackage('platformatic', '@platformatic/kafka')]
})

const of = (all, which) => median(all.map(which))
const say = ({ ms, cpuMs }) => `${ms.toFixed(0)} ms, processor ${cpuMs.toFixed(0)} ms`

export const start = async (kafka, options) => {
  const rounds = Math.max(options.rounds, 5)
  const modules = Object.fromEntries(
    Object.entries(imports()).map(([name, all]) => [name, script('node/imports.mjs', ...all).start()])
  )
  const imported = await interleaved(modules, rounds, say, (command) => runPeer(command, []))
  const base = imported['rxjs, io-ts, fp-ts']
  const importRows = Object.entries(imported).map(([name, all]) => [
    name,
    of(all, ({ ms }) => ms).toFixed(0),
    of(all, ({ cpuMs }) => cpuMs).toFixed(0),
    (of(all, ({ cpuMs }) => cpuMs) / of(base, ({ cpuMs }) => cpuMs)).toFixed(2)
  ])
  const input = await filled(kafka.cluster, { partitions: 4, records: 1_000, value: numbered(100) })
  const commands = starters(options.wanted([ours, 'kafkajs `eachBatch`', '@platformatic/kafka']))
  const first = await interleaved(commands, rounds, say, (command) =>
    runPeer(command, [kafka.brokers, input.topics], { security: kafka.security })
  )
  const firstRows = Object.entries(first).map(([name, all]) => [
    name,
    of(all, ({ ms }) => ms).toFixed(0),
    of(all, ({ joined }) => joined).toFixed(0),
    of(all, ({ cpuMs }) => cpuMs).toFixed(0)
  ])
  const shown = [
    table(['imported', 'ms', 'processor, ms', 'of rxjs, io-ts, fp-ts'], importRows),
    table(['from the start of the process', 'first record, ms', 'assigned, ms', 'processor, ms'], firstRows)
  ]
  return { results: { imported, first }, shown: shown.join('\n\n') }
}
