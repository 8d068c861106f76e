import { isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom, from, map } from 'rxjs'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { ack } from '../../operators/ack.js'
import { atMostOnce } from '../../operators/at-most-once.js'
import { eachPartition } from '../../operators/each-partition.js'
import { produceTo } from '../../sinks/produce-to.js'
import { producer } from '../../sinks/producer.js'
import { collect, includes, same, until } from './checks.js'
import {
  createTopic,
  faultOf,
  member,
  newTopic,
  numbered,
  produce,
  type Read,
  texts,
  uniqueName
} from './contract-members.js'
import type { ContractCase } from './contract-case.js'

/** What a cluster has to do for writers, and for commits. */
export const writingContract: readonly ContractCase[] = [
  {
    name: 'refuses a topic that cannot be by the name of the error and in words, and creates the others',
    run: async (cluster) => {
      const [good, none] = [uniqueName(cluster, 'contract'), uniqueName(cluster, 'contract')]
      const refusal = async (topic: string, partitions: number): Promise<unknown> => {
        const topics = [
          { topic, partitions },
          { topic: good, partitions: 1 }
        ]
        const created = await firstValueFrom(cluster.createTopicsEither(topics))
        if (isRight(created) || created.left._tag !== 'BrokerFault') return created
        const { api, name, topic: refused, message } = created.left
        return [api, name, refused, typeof message]
      }
      same(await refusal(none, 0), ['CreateTopics', 'INVALID_PARTITIONS', none, 'string'])
      same(await refusal('no good', 1), ['CreateTopics', 'INVALID_TOPIC_EXCEPTION', 'no good', 'string'])
      await produce(cluster, good, numbered(1))
    }
  },
  {
    name: 'puts equal keys into one partition, the one that Java chooses',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 10)
      // murmur2 in Java's client: "21" is -973932308, "foobar" is -790332482.
      await produce(cluster, topic, [
        { key: '21', value: 'a' },
        { key: 'foobar', value: 'b' }
      ])
      const reader = member(cluster, topic, topic)
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await until(() => seen.length === 2, 'both records')
      await reader.close()
      await run.ended
      const expected = new Map([
        ['21', (-973932308 & 0x7fffffff) % 10],
        ['foobar', (-790332482 & 0x7fffffff) % 10]
      ])
      same(new Map(seen.map((record) => [record.key, record.partition])), expected)
    }
  },
  {
    name: 'stores nothing implicitly when auto commit is off and no commit() is there',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      await produce(cluster, topic, numbered(5))
      const config = { 'enable.auto.commit': false }
      const read = async (): Promise<number> => {
        const reader = member(cluster, topic, topic, config)
        const run = collect(reader.pipe(eachPartition((partition) => partition.pipe(ack<ConsumerRecord>()))))
        await until(() => run.values.length === 5, 'five records')
        await reader.drain()
        return run.values.length
      }
      same(await read(), 5)
      same(await read(), 5)
    }
  },
  {
    name: 'stores before it delivers under atMostOnce',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      await produce(cluster, topic, numbered(20))
      const reader = member(cluster, topic, topic)
      const ahead: boolean[] = []
      const run = collect(
        reader.pipe(
          eachPartition((partition) =>
            partition.pipe(
              atMostOnce<ConsumerRecord>({ every: 5, withinMs: 20 }),
              map((record) => {
                ahead.push((reader.positions()[0]?.committed ?? -1n) > record.offset)
                return record
              })
            )
          )
        )
      )
      await until(() => run.values.length === 20, 'all records')
      await reader.close()
      same(
        ahead,
        Array.from({ length: 20 }, () => true)
      )
    }
  },
  {
    name: 'refuses to produce to a topic that does not exist, with a fault that names it',
    run: async (cluster) => {
      const topic = uniqueName(cluster, 'absent')
      const error = await collect(
        from(numbered(1)).pipe(produceTo(cluster, { topic, properties: { 'max.block.ms': 500 } }))
      ).ended
      const fault = faultOf(error)
      same(fault?._tag, 'ProduceFault')
      same(fault?._tag === 'ProduceFault' && [fault.topic, fault.permanent], [topic, true])
    }
  },
  {
    name: 'writes to a topic that is made while records wait for it, and says that they do',
    run: async (cluster) => {
      const topic = uniqueName(cluster, 'late')
      const writer = producer(cluster)
      const reported = collect(writer.events)
      const sent = collect(writer.sendAll(numbered(3).map((record) => ({ ...record, topic, partition: 0 }))))
      await until(() => reported.values.length > 0, 'an event')
      includes(reported.values[0], { _tag: 'waiting for topic', topic, fault: { _tag: 'UnknownTopicFault', topic } })
      await createTopic(cluster, topic, 1)
      await sent.ended
      same(
        sent.values.map(({ outcome }) => isRight(outcome) && outcome.right.offset),
        [0n, 1n, 2n]
      )
      await writer.close()
    }
  }
]
