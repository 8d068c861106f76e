// Reading what production reads: compressed batches, plainly and by TLS with SASL.
import { filled, interleaved, readPeer, withSecuredKafka } from '../harness.mjs'
import { order } from '../orders.mjs'
import { ours, oursOnKafkajs, ready } from '../peers/catalogue.mjs'
import { median, rateOf, table } from '../statistics.mjs'
import { latency } from './latency.mjs'
import { payloads } from './payloads.mjs'

const codecs = ['none', 'lz4', 'zstd', 'snappy', 'gzip']
const peers = [ours, 'kafkajs `eachBatch`', '@platformatic/kafka', 'franz-go']

const orders = Array.from({ length: 500 }, (_, number) => Buffer.from(JSON.stringify(order(number))))
const small = payloads(100).map((text) => Buffer.from(text))

const kinds = {
  'orders of 1 KB': { values: orders, records: 200_000 },
  '100 B': { values: small, records: 1_000_000 }
}

/** Each case is `CODEC KIND`. */
const usual = Object.keys(kinds).flatMap((kind) => codecs.map((codec) => `${codec} ${kind}`))

const of = (all, which) => median(all.map(which))
const perRecord = ({ cpuMs, records }) => (cpuMs * 1000) / records

const reading = async (kafka, options, cases, names = peers) => {
  const commands = ready(options.wanted(names))
  const runs = {}
  for (const text of options.cases ?? cases) {
    const [codec, ...kind] = text.split(' ')
    const { values, records } = kinds[kind.join(' ')]
    const value = (number) => values[number % values.length]
    const input = await filled(kafka.cluster, {
      partitions: 4,
      records: options.recordsOr(records),
      compression: codec,
      value,
      inSum: (number) => value(number).readUInt32BE(0)
    })
    for (const [name, command] of Object.entries(commands))
      runs[`${name}, ${text}`] = { name, codec, kind: kind.join(' '), command, input }
  }
  const say = (result) => `${String(rateOf(result)).padStart(9)} records/s ${perRecord(result).toFixed(2)} µs`
  const results = await interleaved(runs, options.rounds, say, ({ command, input }) => readPeer(command, kafka, input))
  const rows = Object.entries(results).map(([run, all]) => {
    const { name, codec, kind } = runs[run]
    const cost = of(all, perRecord)
    const against = (other) => (results[other] === undefined ? '' : (of(results[other], perRecord) / cost).toFixed(2))
    return [
      kind,
      codec,
      name,
      of(all, rateOf).toLocaleString('en'),
      cost.toFixed(2),
      against(`${ours}, ${codec} ${kind}`),
      against(`${name}, none ${kind}`),
      Math.round(of(all, ({ rss }) => rss) / 1e6)
    ]
  })
  const head = [
    'value',
    'compression',
    'consumer',
    'records/s',
    'processor, µs a record',
    'processor: ackstream ÷ this',
    'uncompressed ÷ this',
    'peak RSS, MB'
  ]
  return { results, shown: table(head, rows) }
}

export const compressed = (kafka, options) => reading(kafka, options, usual)

/** The same from a Kafka of its own that speaks only TLS, and how long a record takes there. */
export const tls = (_kafka, options) =>
  withSecuredKafka(async (secured) => {
    const read = await reading(secured, options, usual, [ours, oursOnKafkajs, ...peers.slice(1)])
    if (options.cases !== null && options.cases !== undefined) return read
    const late = await latency(secured, options)
    return { results: { read: read.results, latency: late.results }, shown: `${read.shown}\n\n${late.shown}` }
  })
