// Draining a topic: of many records, of large ones, out of many partitions, with decoding.
import { filled, interleaved, numbered, readPeer } from '../harness.mjs'
import { order } from '../orders.mjs'
import { consumers, drainers, inNode, prepared, ready, sharers } from '../peers/catalogue.mjs'
import { lead, median, rateOf, table } from '../statistics.mjs'

const of = (all, which) => median(all.map(which))
const inMB = (bytes) => Math.round(bytes / 1e6)
const sayRate = (result) => `${String(rateOf(result)).padStart(9)} records/s`

const speeds = (results) =>
  table(
    ['consumer', 'records/s', 'ackstream ÷ this', 'processor, µs a record', 'event loop p99, ms', 'peak RSS, MB'],
    Object.entries(results).map(([name, all]) => [
      name,
      of(all, rateOf).toLocaleString('en'),
      lead(results, all),
      of(all, ({ cpuMs, records }) => (cpuMs * 1000) / records).toFixed(2),
      all[0].loop === undefined ? '' : of(all, ({ loop }) => loop.p99).toFixed(1),
      inMB(of(all, ({ rss }) => rss))
    ])
  )

const delays = (results) =>
  table(
    ['consumer', 'event loop p50, ms', 'p99, ms', 'longest, ms', 'records/s'],
    Object.entries(results).map(([name, all]) => [
      name,
      ...['p50', 'p99', 'max'].map((which) => of(all, ({ loop }) => loop[which]).toFixed(1)),
      of(all, rateOf).toLocaleString('en')
    ])
  )

const reading =
  ({ peers, usual = peers, commandsOf = ready, workload = 'drain', show = speeds, records, ...topic }) =>
  async (kafka, options) => {
    const commands = commandsOf(options.wanted(peers, usual))
    const input = await filled(kafka.cluster, { ...topic, records: options.recordsOr(records) })
    const results = await interleaved(commands, options.rounds, sayRate, (command) =>
      readPeer(command, kafka, input, workload)
    )
    return { results, shown: show(results) }
  }

const small = { partitions: 4, records: 1_000_000, value: numbered(100) }

export const drain = reading({ peers: drainers, usual: consumers, ...small })
export const kilobyte = reading({ peers: drainers, usual: consumers, ...small, value: numbered(1_000) })
export const many = reading({ peers: drainers, usual: consumers, ...small, partitions: 400 })
/** By one member of a share group, which accepts each record; needs KAFKA_VERSION=4.3.1. */
export const shared = reading({
  peers: Object.keys(sharers),
  commandsOf: (names) => prepared(sharers, names, 'consume'),
  ...small,
  records: 200_000
})
/** How long the event loop is kept from anything else. */
export const loop = reading({ peers: inNode, show: delays, ...small })

const orders = Array.from({ length: 500 }, (_, number) => Buffer.from(JSON.stringify(order(number))))
/** `JSON.parse` and an io-ts check of orders of 1 KB: by `json(codec)` here, by the same two calls elsewhere. */
export const decode = reading({
  peers: inNode,
  workload: 'decode',
  partitions: 4,
  records: 200_000,
  value: (number) => orders[number % orders.length],
  inSum: (number) => number % orders.length
})
