// node consume.mjs CLIENT WORKLOAD BROKERS TOPICS RECORDS [MORE…]: reads so many records with one of clients/ (and how, behind
// colons), and prints what
// it measured. Says "ready" when records may be written.
import { isRight } from 'fp-ts/lib/Either.js'
import { Order } from '../../orders.mjs'
import { drained, latencies, remembered } from './measure.mjs'

const [, , client, workload, brokers, topics, total, ...more] = process.argv
const [name, ...how] = client.split(':')
if (name === 'kafkajs') await (await import('./kafkajs-codecs.mjs')).addCodecs()
const { consume, decodes = false } = await import(`./clients/${name}.mjs`)
const count = Number(total)
const topic = { how, brokers, topics: topics.split(','), groupId: `bench-${process.pid}-${Date.now()}` }
const done = () => setImmediate(() => process.exit(0))

/** An order out of bytes, as one writes it where the client does not do it. */
const parsed = (value) => {
  const decoded = Order.decode(JSON.parse(value.toString()))
  if (isRight(decoded)) return decoded.right
  throw new Error('not an order')
}

const drain = ({ begin, take }, options = {}) => consume({ ...topic, ready: begin, take, ...options })

/** Members in this one process. They join at the end of the topics, and go back to the beginning once each has its part. */
const members = async () => {
  const [size, partitions] = more.map(Number)
  const { begin, take } = drained(count, { done })
  const join = () => consume({ ...topic, take, from: 'end', ready: () => undefined })
  const all = await Promise.all(Array.from({ length: size }, join))
  const settled = () =>
    all.every((member) => member.holds() > 0) && all.reduce((sum, { holds }) => sum + holds(), 0) === partitions
  // Settled, and so for a second.
  for (let calm = 0; calm < 10; calm = settled() ? calm + 1 : 0) await new Promise((later) => setTimeout(later, 100))
  begin()
  for (const member of all) member.rewind()
}

const whileWritten = { ready: () => console.log('ready') }
const workloads = {
  drain: () => drain(drained(count, { done })),
  decode: () => {
    const { begin, take } = drained(count, { done, numbered: (order) => order.total })
    return drain({ begin, take: decodes ? take : (value) => take(parsed(value)) }, { codec: Order })
  },
  latency: () =>
    consume({ ...topic, ...whileWritten, handled: true, take: latencies(count, Number(more[0]), { done }) }),
  memory: () => consume({ ...topic, ...whileWritten, take: remembered(count, Number(more[0]), { done }) }),
  members
}
await workloads[workload]()
