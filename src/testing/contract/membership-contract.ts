import { mergeAll } from 'rxjs'
import { subscribe } from '../../config/subscribe.js'
import type { Assignor } from '../../model/assignor.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { ack } from '../../operators/ack.js'
import type { Consumer } from '../../sources/consumer/consumer.js'
import { collect, includes, same, until } from './checks.js'
import {
  committedEnds,
  createTopic,
  faultOf,
  longPolls,
  member,
  newTopic,
  numbered,
  produce,
  type Read,
  texts,
  uniqueName
} from './contract-members.js'
import type { ContractCase } from './contract-case.js'

interface Started {
  readonly reader: Consumer
  readonly run: ReturnType<typeof collect>
}

/** What a cluster has to do for the members of a group. */
export const membershipContract: readonly ContractCase[] = [
  {
    name: 'shares partitions out, and hands them over at a join and at a leave with no record repeated',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 4)
      const seen: Read[] = []
      const first = member(cluster, topic, topic)
      const refused: unknown[] = []
      first.commits.subscribe((event) => {
        if (event._tag === 'dropped') refused.push(event)
      })
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
    only: 'classic',
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
    only: 'classic',
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
    only: 'classic',
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
    name: 'assigns a topic that only a follower subscribes to when it is created, whoever leads',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const later = uniqueName(cluster, 'later')
      const watching = { 'metadata.max.age.ms': 300 } as const
      const leader = member(cluster, topic, topic, watching)
      const one = collect(texts()(leader))
      await until(() => leader.positions().length === 1, 'the first member')
      const follower = member(cluster, topic, topic, { ...watching, subscription: subscribe(later) })
      const joined = collect(follower.rebalances)
      const two = collect(texts()(follower))
      await until(() => joined.values.length > 0, 'the second member')
      await createTopic(cluster, later, 2)
      await until(() => follower.positions().length === 2, 'both partitions of the new topic')
      same(
        leader.positions().map((position) => position.topic),
        [topic]
      )
      await Promise.all([leader.drain(), follower.drain()])
      await Promise.all([one.ended, two.ended])
    }
  },
  {
    name: 'gives a static member that comes back within its session all that it subscribes to now, as a follower and as the leader',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const others = [await newTopic(cluster, 1), uniqueName(cluster, 'later')] as const
      const start = (id: string, ...topics: readonly [string, ...string[]]): Started => {
        const reader = member(cluster, topic, topic, { 'group.instance.id': id, subscription: subscribe(...topics) })
        return { reader, run: collect(texts()(reader)) }
      }
      const stop = async ({ reader, run }: Started, leaveGroup = false): Promise<void> => {
        await reader.close({ leaveGroup })
        await run.ended
      }
      const holds = ({ reader }: Started, ...topics: readonly string[]): boolean =>
        topics.every((held) => reader.positions().some((position) => position.topic === held))
      let leader = start('leader', topic)
      await until(() => holds(leader, topic), 'the first member')
      let follower = start('follower', others[1])
      const joined = collect(follower.reader.rebalances)
      await until(() => joined.values.length > 0, 'the second member')
      await stop(follower)
      follower = start('follower', others[0], others[1])
      await until(() => holds(follower, others[0]), 'one more topic of the follower')
      await stop(leader)
      // No member watches the group's topics meanwhile.
      await createTopic(cluster, others[1], 1)
      leader = start('leader', topic)
      await until(() => holds(leader, topic) && holds(follower, ...others), 'what was made meanwhile')
      await Promise.all([stop(leader, true), stop(follower, true)])
    }
  },
  {
    name: 'assigns by an assignor of the user’s own, with what its members tell it',
    only: 'classic',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      const standby = (priority: number): Assignor => ({
        name: 'standby',
        protocol: 'cooperative',
        userData: () => Uint8Array.of(priority),
        assign: (members, topics) => {
          const [active] = [...members].sort((a, b) => (a.userData?.[0] ?? 0) - (b.userData?.[0] ?? 0))
          const mine = (topics.get(topic) ?? []).map((_racks, partition) => ({ topic, partition }))
          return new Map(active === undefined ? [] : [[active.memberId, mine]])
        }
      })
      const first = member(cluster, topic, topic, { 'partition.assignment.strategy': [standby(2)] })
      const events = collect(first.rebalances)
      const one = collect(texts()(first))
      await until(() => first.positions().length === 2, 'everything with the only member')
      const second = member(cluster, topic, topic, { 'partition.assignment.strategy': [standby(1)] })
      const two = collect(texts()(second))
      await until(() => second.positions().length === 2 && first.positions().length === 0, 'everything with the better')
      await second.drain()
      same(await two.ended, 'complete')
      await until(() => first.positions().length === 2, 'everything with the other again')
      includes(events.values[0], { rebalance: { protocol: 'standby' } })
      await first.drain()
      await one.ended
    }
  }
]
