// A member of a group as a process of its own, which reads what an attacker wrote: partition 0 of the topic is the attacker's,
// whose records it holds until it is told to go on, partition 1 that of others. It tells its parent how it is.
import { commit, consumer, deserialize, eachPartition, handle, json, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import * as t from 'io-ts'
import { Subject } from 'rxjs'

const { brokers, topic, config, decodesJson } = JSON.parse(process.argv[2])
const rss = () => process.memoryUsage().rss
const start = rss()

// Not tagged, so that a value may be tried as each of them, at each level.
const tree = t.recursion('Tree', () =>
  t.union([t.type({ l: tree, x: t.string }), t.type({ l: tree }), t.type({ leaf: t.string }), t.string])
)
const asIs = { decode: (value) => ({ _tag: 'Right', right: value }), encode: (value) => value }

const gate = new Subject()
let isOpen = false
const handled = [0, 0]
let longestStop = 0
const rebalances = []
const events = {}

const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': topic,
  'auto.offset.reset': 'earliest',
  'auto.commit.interval.ms': 200,
  subscription: subscribe(topic),
  ...config
})
records.rebalances.subscribe(({ _tag }) => rebalances.push(_tag))
records.events.subscribe(({ _tag }) => (events[_tag] = (events[_tag] ?? 0) + 1))
const work = ({ value, source }) => {
  handled[source.partition]++
  if (source.partition === 1) return undefined
  // All of a record is looked at.
  source.key?.at(-1)
  if (source.headers.some(({ name }) => name === 'poison'))
    throw new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        }
      }
    )
  return isOpen || value === null ? undefined : gate
}
const pipeline = eachPartition((partition) =>
  partition.pipe(
    deserialize({ value: decodesJson ? json(tree) : asIs }, { onFailure: 'skip' }),
    handle(work, { order: 'none', concurrency: 1_000, onFailure: 'skip' }),
    commit()
  )
)
records.pipe(pipeline).subscribe({ error: (error) => process.send({ error: String(error?.fault?._tag ?? error) }) })

// How late a turn comes is how long something else had the thread.
let last = performance.now()
setInterval(() => {
  const now = performance.now()
  longestStop = Math.max(longestStop, now - last - 20)
  last = now
}, 20)
setInterval(() => {
  const positions = records.positions().map((one) => ({ ...one, fault: one.fault?._tag ?? null }))
  const of = (number) => positions.find(({ partition }) => partition === number)
  const shown = (one) =>
    one && { standing: one.standing, committed: String(one.committed), logEnd: String(one.logEnd), fault: one.fault }
  const most = process.resourceUsage().maxRSS * 1_024
  process.send({
    attacked: shown(of(0)),
    good: shown(of(1)),
    handled,
    rebalances,
    events,
    longestStop,
    moreBytes: most - start
  })
}, 100)
process.on('message', () => {
  isOpen = true
  gate.complete()
})
process.on('disconnect', () => process.exit())
