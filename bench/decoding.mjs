// npm run bench:decoding: what JSON.parse, io-ts and the compiled decoder cost for orders of about 1 KB; needs no Kafka.
// --rounds N (default 9), --records N (default 20000).
import { parseArgs } from 'node:util'
import * as t from 'io-ts'
import { compiled, json } from 'ackstream'
import { Order, order } from './orders.mjs'
import { median } from './statistics.mjs'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, records: { type: 'string', default: '20000' } }
})

const codecs = { 'type and partial': Order, 'the same, exact': t.exact(Order) }

const texts = Array.from({ length: 500 }, (_, n) => JSON.stringify(order(n)))
const bytes = texts.map((text) => new TextEncoder().encode(text))
const parsed = texts.map((text) => JSON.parse(text))
const size = Math.round(bytes.reduce((sum, { length }) => sum + length, 0) / bytes.length)
const records = Number(values.records)

/** Nanoseconds of processor time a record: other work on the machine counts less in it than on the clock. */
const time = (work, inputs) => {
  const began = process.cpuUsage()
  let taken = 0
  for (let n = 0; n < records; n++) if (work(inputs[n % inputs.length]) !== undefined) taken++
  if (taken !== records) throw new Error('a record was not decoded')
  const { user, system } = process.cpuUsage(began)
  return ((user + system) * 1_000) / records
}
const rightOf = (result) => (result._tag === 'Right' ? result.right : undefined)

console.log(
  `orders of ${size} bytes, Node ${process.version}, median of ${values.rounds} rounds of ${records} records\n`
)
console.log(
  '| codec | JSON.parse | io-ts | compiled | io-ts / compiled | parse + io-ts | parse + compiled | all of `json(codec)` |'
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
for (const [name, codec] of Object.entries(codecs)) {
  const fast = compiled(codec)
  const whole = json(codec)
  const peers = {
    parse: [(text) => JSON.parse(text), texts],
    ioTs: [(value) => rightOf(codec.decode(value)), parsed],
    compiled: [(value) => rightOf(fast.decode(value)), parsed],
    parseIoTs: [(text) => rightOf(codec.decode(JSON.parse(text))), texts],
    parseCompiled: [(text) => rightOf(fast.decode(JSON.parse(text))), texts],
    json: [(value) => rightOf(whole.decode(value)), bytes]
  }
  const took = Object.fromEntries(Object.keys(peers).map((peer) => [peer, []]))
  // The first two rounds warm the engine up and are not counted.
  for (let round = -2; round < Number(values.rounds); round++)
    for (const [peer, [work, inputs]] of Object.entries(peers)) {
      const ns = time(work, inputs)
      if (round >= 0) took[peer].push(ns)
    }
  const ns = Object.fromEntries(Object.entries(took).map(([peer, all]) => [peer, median(all)]))
  const cells = [ns.parse, ns.ioTs, ns.compiled].map((value) => Math.round(value).toLocaleString('en'))
  const rest = [ns.parseIoTs, ns.parseCompiled, ns.json].map((value) => Math.round(value).toLocaleString('en'))
  console.log(`| ${[name, ...cells, (ns.ioTs / ns.compiled).toFixed(1), ...rest].join(' | ')} |`)
}
