import { assign } from '../../config/assign.js'
import { subscribe } from '../../config/subscribe.js'
import type { Position } from '../../model/position.js'
import { collect, same, until } from './checks.js'
import { faultOf, member, newTopic, numbered, produce, type Read, texts } from './contract-members.js'
import type { ContractCase } from './contract-case.js'

/** What a cluster has to do for a member that subscribes again, or to other topics. */
export const subscriptionContract: readonly ContractCase[] = [
  {
    name: 'changes its topics while it runs: what goes is drained and committed, what stays goes on, what comes is read',
    run: async (cluster) => {
      const [first, second, third] = [
        await newTopic(cluster, 1),
        await newTopic(cluster, 1),
        await newTopic(cluster, 1)
      ]
      const reader = member(cluster, first, first, { subscription: subscribe(first, second) })
      const events = collect(reader.rebalances)
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await produce(cluster, first, numbered(20))
      await produce(cluster, third, numbered(20))
      await until(() => seen.length === 20, 'the first topic')
      reader.resubscribe(subscribe(second, third))
      await until(() => seen.length === 40 && reader.positions().length === 2, 'the third topic')
      same(
        reader
          .positions()
          .map(({ topic }) => topic)
          .sort(),
        [second, third].sort()
      )
      reader.resubscribe(subscribe(first))
      await until(() => reader.positions()[0]?.committed === 20n && reader.positions().length === 1, 'the first again')
      await reader.drain()
      await run.ended
      same(seen.length, 40)
      const gained = events.values.flatMap((event) => (event._tag === 'assigned' ? event.gained : []))
      same(gained.filter(({ topic }) => topic === second).length, 1)
    }
  },
  {
    name: 'changes its chosen partitions while it runs: what goes is drained and committed, what stays goes on, what comes is read from its start',
    run: async (cluster) => {
      const [topic, other] = [await newTopic(cluster, 3), await newTopic(cluster, 1)]
      for (const partition of [0, 1, 2]) await produce(cluster, topic, numbered(10, partition))
      await produce(cluster, other, numbered(10, 0))
      const at = (partition: number, from: Position = 'committed') => ({ topic, partition, from })
      const reader = member(cluster, topic, topic, { subscription: assign([at(0), at(1)]) })
      const events = collect(reader.rebalances)
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await until(() => seen.length === 20, 'the first two')
      reader.resubscribe(assign([at(1), at(2, { offset: 7n }), { topic: other, partition: 0, from: 'end' }]))
      await until(() => seen.length === 23, 'what has come')
      await until(
        () => reader.positions().length === 3 && reader.positions().every(({ lag }) => lag === 0n),
        'the ends'
      )
      same((await reader.committed([at(0)]))[0]?.offset, 10n)
      await produce(cluster, topic, numbered(1, 0, 10))
      await produce(cluster, other, numbered(1, 0, 10))
      await until(() => seen.length === 24, 'what was written behind the end')
      reader.resubscribe(assign([at(0), at(1)]))
      await until(() => seen.length === 25, 'the first again, from where it was')
      await reader.drain()
      await run.ended
      same(
        seen.slice(20).map((read) => [read.topic, read.partition, read.offset]),
        [
          [topic, 2, 7n],
          [topic, 2, 8n],
          [topic, 2, 9n],
          [other, 0, 10n],
          [topic, 0, 10n]
        ]
      )
      const gained = events.values.flatMap((event) => (event._tag === 'assigned' ? event.gained : []))
      same(gained.filter((one) => one.topic === topic && one.partition === 1).length, 1)
    }
  },
  {
    name: 'refuses a second live subscription',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const reader = member(cluster, topic, topic)
      const first = collect(reader)
      const error = await collect(reader).ended
      same(faultOf(error)?._tag, 'UsageFault')
      await reader.close()
      await first.ended
    }
  }
]
