// A handler that takes 5 ms, in the order of 1,000 keys over 4 partitions; and five partitions beside one that hangs.
import { filled, interleaved, numbered, readPeer, runPeer } from '../harness.mjs'
import { javaPeer, ours, prepared, script } from '../peers/catalogue.mjs'
import { median, rateOf, table } from '../statistics.mjs'

const sayRate = (result) => `${String(rateOf(result)).padStart(9)} records/s`
const rateOfAll = (all) => median(all.map(rateOf))
const value = numbered(10)
const key = (number) => `key-${number % 1_000}`

const shared = `${ours}, a limit of 256 in all`
const handlers = {
  [shared]: script('node/processing.mjs', 'shared'),
  [`${ours}, 256 for each partition`]: script('node/processing.mjs', 'each'),
  'Parallel Consumer, 256 in all': javaPeer('ParallelConsumerPeer', 'parallel'),
  'Parallel Consumer (Reactor), 256 in all': javaPeer('ParallelConsumerPeer', 'parallel', '-Dwait=reactor'),
  'kafkajs `eachMessage`, 4 partitions at once': script('node/kafkajs-processing.mjs')
}
/** kafkajs has one record of each partition under way: it gets fewer of them, or a round would take four minutes. */
const shareOf = (name) => (name.startsWith('kafkajs') ? 50 : 1)

export const processing = async (kafka, options) => {
  const records = options.recordsOr(200_000)
  const commands = prepared(handlers, options.wanted(Object.keys(handlers)))
  const inputs = {}
  for (const share of new Set(Object.keys(commands).map(shareOf)))
    inputs[share] = await filled(kafka.cluster, { partitions: 4, records: Math.ceil(records / share), value, key })
  const results = await interleaved(commands, options.rounds, sayRate, (command, name) =>
    readPeer(command, kafka, inputs[shareOf(name)])
  )
  const rows = Object.entries(results).map(([name, all]) => [
    name,
    rateOfAll(all).toLocaleString('en'),
    results[shared] === undefined ? '' : (rateOfAll(results[shared]) / rateOfAll(all)).toFixed(2),
    Math.max(...all.map(({ breaches = 0 }) => breaches)),
    Math.round(median(all.map(({ rss }) => rss)) / 1e6)
  ])
  const head = ['consumer', 'records/s', 'the limit of 256 in all ÷ this', 'breaches of the order', 'peak RSS, MB']
  return { results, shown: table(head, rows) }
}

export const hung = async (kafka, options) => {
  const input = await filled(kafka.cluster, { partitions: 6, records: options.recordsOr(200_000), value, key })
  const sixths = {
    [`${ours}, the sixth free too`]: script('node/hung-partition.mjs', 'none'),
    [`${ours}, beside one that hangs`]: script('node/hung-partition.mjs', 'hangs')
  }
  const results = await interleaved(prepared(sixths, Object.keys(sixths)), options.rounds, sayRate, (command) =>
    runPeer(command, ['drain', kafka.brokers, input.topics, input.records])
  )
  const free = rateOfAll(Object.values(results)[0])
  const rows = Object.entries(results).map(([name, all]) => [
    name,
    rateOfAll(all).toLocaleString('en'),
    `${((100 * rateOfAll(all)) / free).toFixed(1)} %`,
    JSON.stringify(all.at(-1).sixth)
  ])
  return { results, shown: table(['five of six partitions', 'records/s', 'of that free', 'the sixth'], rows) }
}
