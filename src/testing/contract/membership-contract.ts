import { mergeAll } from 'rxjs'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { ack } from '../../operators/ack.js'
import { collect, includes, same, until } from './checks.js'
import {
  committedEnds,
  faultOf,
  longPolls,
  member,
  newTopic,
  numbered,
  produce,
  type Read,
  texts
} from './contract-members.js'
import type { ContractCase } from './contract-case.js'

/** What a cluster has to do for the members of a group. */
export const membershipContract: readonly ContractCase[] = [
  {
    name: 'shares partitions out, and hands them over at a join and at a leave with no record repeated',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 4)
      const seen: Read[] = []
      const first = member(cluster, topic, topic)
      const refused: unknown[] = []
      first.commits.subscribe((event) => { if (event._tag === 'dropped') refused.push(event) }) // prettier-ignore
      const one = collect(texts((record) => seen.push(record))(first))
      await produce(cluster, topic, numbered(200))
      await until(() => first.positions().length === 4, 'all partitions with one member')
      const second = member(cluster, topic, topic)
      const two = collect(texts((record) => seen.push(record))(second))
      await produce(cluster, topic, numbered(200, undefined, 200))
      await until(() => first.positions().length === 2 && second.positions().length === 2, 'two partitions each')
      await produce(cluster, topic, numbered(200, undefined, 400))
      await second.drain()
      same(await two.ended, 'complete')
      await until(() => first.positions().length === 4, 'all partitions with one member again')
      await until(() => seen.length >= 600 && committedEnds(first, 4), 'all records')
      await first.drain()
      await one.ended
      same(seen.length, 600)
      same(new Set(seen.map(({ value }) => value)).size, 600)
      same(refused, [])
    }
  },
  {
    name: 'gives everything up before an eager rebalance: assigned, revoking, revoked with a report for each partition',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      const eager = { 'partition.assignment.strategy': ['range'] } as const
      const first = member(cluster, topic, topic, eager)
      const events = collect(first.rebalances)
      const one = collect(texts()(first))
      await until(() => events.values.length === 1, 'assigned')
      const second = member(cluster, topic, topic, eager)
      const two = collect(texts()(second))
      await until(() => events.values.length >= 4, 'assigned again')
      await Promise.all([first.drain(), second.drain()])
      await Promise.all([one.ended, two.ended])
      includes(events.values.slice(0, 4), [
        { _tag: 'assigned', gained: [{ partition: 0 }, { partition: 1 }] },
        { _tag: 'revoking', partitions: [{ partition: 0 }, { partition: 1 }] },
        { _tag: 'revoked', partitions: [{ outcome: 'drained' }, { outcome: 'drained' }] },
        { _tag: 'assigned', gained: [{}], kept: [], rebalance: { protocol: 'range' } }
      ])
    }
  },
  {
    name: 'gives up only what is taken away in a cooperative rebalance, and reads on what it keeps',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      const first = member(cluster, topic, topic)
      const events = collect(first.rebalances)
      let streams = 0
      const pipeline = texts()
      const one = collect(pipeline(first))
      const counted = first.rebalances.subscribe((event) => {
        if (event._tag === 'assigned') streams += event.gained.length
      })
      await until(() => events.values.length === 1, 'assigned')
      const second = member(cluster, topic, topic)
      const two = collect(texts()(second))
      await until(() => second.positions().length === 1 && first.positions().length === 1, 'one partition each')
      const [kept] = first.positions()
      await produce(cluster, topic, numbered(20, kept?.partition))
      await until(() => committedEnds(first, 1) && first.positions()[0]?.committed === 20n, 'what it keeps')
      await Promise.all([first.drain(), second.drain()])
      await Promise.all([one.ended, two.ended])
      counted.unsubscribe()
      const taken = events.values.filter(({ _tag }) => _tag === 'revoking' || _tag === 'revoked' || _tag === 'lost')
      includes(taken.slice(0, 2), [
        { _tag: 'revoking', partitions: [{ partition: 1 - (kept?.partition ?? 0) }] },
        { _tag: 'revoked', partitions: [{ outcome: 'drained', repeated: 0 }] }
      ])
      same(streams, 2)
      includes(events.values[0], { rebalance: { protocol: 'cooperative-sticky' } })
    }
  },
  {
    name: 'reads what it gains beside the long poll of what it has',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      const first = member(cluster, topic, topic, longPolls)
      const run = collect(first.pipe(mergeAll(), ack<ConsumerRecord>()))
      await until(() => first.positions().length === 2, 'all partitions with one member')
      const second = member(cluster, topic, topic)
      const other = collect(texts()(second))
      await until(() => second.positions().length === 1 && first.positions().length === 1, 'one partition each')
      const own = first.positions()[0]?.partition ?? -1
      await second.close()
      await other.ended
      await until(() => first.positions().length === 2, 'all partitions with one member again')
      await produce(cluster, topic, numbered(1, 1 - own))
      await until(() => run.values.length === 1, 'the record of the partition that was gained')
      await first.close()
      await run.ended
    }
  },
  {
    name: 'closes at once in mid-join, and a new subscription waits for the end of the former',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      await produce(cluster, topic, numbered(1))
      const reader = member(cluster, topic, topic)
      const first = collect(reader)
      await reader.close()
      same(await first.ended, 'complete')
      const leaving = collect(reader)
      void reader.close()
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await leaving.ended
      await until(() => run.values.length === 1, 'the record')
      await reader.close()
      same(await run.ended, 'complete')
    }
  },
  {
    name: 'refuses a member for good whose group speaks other assignment strategies, and says which',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const first = member(cluster, topic, topic, { 'partition.assignment.strategy': ['range'] })
      const run = collect(texts()(first))
      await until(() => first.positions().length === 1, 'the first member')
      const second = member(cluster, topic, topic, { 'partition.assignment.strategy': ['roundrobin'] })
      same(faultOf(await collect(second).ended), {
        _tag: 'GroupProtocolFault',
        groupId: topic,
        offered: ['roundrobin']
      })
      await first.close()
      await run.ended
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
