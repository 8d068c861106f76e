// npm run bench:decoding: what JSON.parse, io-ts and the compiled decoder cost for orders of about 1 KB; needs no Kafka.
// --rounds N (default 9), --records N (default 20000).
import { parseArgs } from 'node:util'
import * as t from 'io-ts'
import { compiled, json } from 'ackstream'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, records: { type: 'string', default: '20000' } }
})

const Address = t.type({ street: t.string, city: t.string, zip: t.string, country: t.string })
const props = {
  id: t.string,
  customer: t.type({ id: t.string, email: t.string, vip: t.boolean }),
  status: t.union([t.literal('new'), t.literal('paid'), t.literal('shipped'), t.literal('cancelled')]),
  shipping: Address,
  billing: Address,
  items: t.array(t.type({ sku: t.string, title: t.string, quantity: t.Int, price: t.number })),
  payment: t.union([
    t.type({ kind: t.literal('card'), last4: t.string, brand: t.string }),
    t.type({ kind: t.literal('invoice'), dueDays: t.number })
  ]),
  tags: t.array(t.string),
  placedAt: t.string,
  total: t.number
}
const optional = t.partial({ note: t.string, coupon: t.union([t.string, t.null]) })
const codecs = {
  'type and partial': t.intersection([t.type(props), optional]),
  'the same, exact': t.exact(t.intersection([t.type(props), optional]))
}

const address = (n) => ({
  street: `${n % 90} Market Street`,
  city: 'Springfield',
  zip: String(10_000 + n),
  country: 'US'
})
const order = (n) => ({
  id: `order-${n}`,
  customer: { id: `customer-${n % 500}`, email: `someone.${n % 500}@example.com`, vip: n % 7 === 0 },
  status: ['new', 'paid', 'shipped', 'cancelled'][n % 4],
  shipping: address(n),
  billing: address(n + 1),
  items: Array.from({ length: 6 }, (_, i) => ({
    sku: `sku-${(n + i) % 100}`,
    title: `A thing of some name, number ${i}`,
    quantity: 1 + i,
    price: 9.5 + i
  })),
  payment: n % 2 === 0 ? { kind: 'card', last4: '4242', brand: 'visa' } : { kind: 'invoice', dueDays: 30 },
  tags: ['web', 'eu'],
  placedAt: '2026-01-01T12:00:00.000Z',
  total: 123.45,
  ...(n % 3 === 0 ? { coupon: null } : {})
})

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
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
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
