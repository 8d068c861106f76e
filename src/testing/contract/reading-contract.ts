import { from, lastValueFrom, mergeAll } from 'rxjs'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { assign } from '../../config/assign.js'
import { subscribe } from '../../config/subscribe.js'
import { ack } from '../../operators/ack.js'
import { eachPartition } from '../../operators/each-partition.js'
import { produceTo } from '../../sinks/produce-to.js'
import { consumer } from '../../sources/consumer/consumer.js'
import { collect, same, until } from './checks.js'
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

/** What a cluster has to do for readers. */
export const readingContract: readonly ContractCase[] = [
  {
    name: 'gives a member every record once, in the order of the partition, and stores what was acknowledged',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 3)
      await produce(cluster, topic, numbered(300))
      const reader = member(cluster, topic, topic)
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await until(() => seen.length >= 300, 'all records')
      await reader.drain()
      same(await run.ended, 'complete')
      same(
        seen.map(({ value }) => Number(value)).sort((a, b) => a - b),
        Array.from({ length: 300 }, (_, n) => n)
      )
      for (const partition of [0, 1, 2]) {
        const offsets = seen.filter((record) => record.partition === partition).map(({ offset }) => offset)
        same(
          offsets,
          offsets.map((_, index) => BigInt(index))
        )
      }
      const again = member(cluster, topic, topic)
      const second = collect(texts((record) => seen.push(record))(again))
      await until(
        () => again.positions().length === 3 && again.positions().every(({ lag }) => lag === 0n),
        'nothing left'
      )
      await again.close()
      await second.ended
      same(seen.length, 300)
    }
  },
  {
    name: 'keeps key, value, headers and timestamp as they were written, null and empty apart',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      await produce(cluster, topic, [
        { key: null, value: null },
        { key: '', value: '', headers: [{ name: 'trace', value: 'ü' }], timestamp: 1_700_000_000_000 }
      ])
      const reader = member(cluster, topic, topic)
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await until(() => seen.length === 2, 'both records')
      await reader.close()
      await run.ended
      same(
        seen.map(({ key, value }) => [key, value]),
        [
          [null, null],
          ['', '']
        ]
      )
      same(seen[1]?.timestamp, 1_700_000_000_000)
      same(seen[1]?.timestampType, 'CreateTime')
      same(
        seen[1]?.headers.map(({ name, value }) => [name, new TextDecoder().decode(value ?? undefined)]),
        [['trace', 'ü']]
      )
    }
  },
  {
    name: 'reads chosen partitions from a position each, without a group',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 4)
      for (const partition of [0, 1, 2, 3]) await produce(cluster, topic, numbered(10, partition))
      const reader = consumer(cluster, {
        subscription: assign([
          { topic, partition: 0, from: 'beginning' },
          { topic, partition: 1, from: 'end' },
          { topic, partition: 2, from: { offset: 7n } },
          { topic, partition: 3, from: { timestamp: 0 } }
        ])
      })
      const run = collect(reader.pipe(eachPartition((partition) => partition.pipe(ack<ConsumerRecord>()))))
      await until(() => run.values.length >= 23, 'what is there')
      await produce(cluster, topic, numbered(1, 1, 10))
      await until(() => run.values.length >= 24, 'what came after')
      await reader.close()
      await run.ended
      const counts = [0, 1, 2, 3].map(
        (partition) => run.values.filter((record) => record.partition === partition).length
      )
      same(counts, [10, 1, 3, 10])
    }
  },
  {
    name: 'begins where auto.offset.reset says when nothing is stored: latest',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      await produce(cluster, topic, numbered(5))
      const reader = member(cluster, topic, topic, { 'auto.offset.reset': 'latest' })
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await until(() => reader.positions()[0]?.lag === 0n, 'the end of the log')
      await produce(cluster, topic, numbered(1, 0, 5))
      await until(() => run.values.length === 1, 'the new record')
      await reader.close()
      same(
        run.values.map(({ offset }) => offset),
        [5n]
      )
    }
  },
  {
    name: 'fails under auto.offset.reset none without a stored offset, and names the partition',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const reader = member(cluster, topic, topic, { 'auto.offset.reset': 'none' })
      const error = await collect(reader.pipe(mergeAll())).ended
      const fault = faultOf(error)
      same(fault, { _tag: 'NoOffsetFault', topic, partition: 0, groupId: topic })
    }
  },
  {
    name: 'begins where startFrom says, before anything is fetched',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      await produce(cluster, topic, numbered(10, 0))
      await produce(cluster, topic, numbered(10, 1))
      const reader = member(cluster, topic, topic, {
        startFrom: (gained) => [gained.map((partition) => ({ ...partition, from: { offset: 8n } }))]
      })
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await until(() => run.values.length === 4, 'the last two of each')
      await reader.close()
      same(
        run.values.every(({ offset }) => offset >= 8n),
        true
      )
    }
  },
  {
    name: 'waits for a topic that does not exist yet, and says so',
    run: async (cluster) => {
      const topic = uniqueName(cluster, 'later')
      const reader = member(cluster, topic, topic, { 'retry.backoff.max.ms': 200, 'retry.backoff.ms': 50 })
      const events = collect(reader.events)
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await until(() => events.values.some(({ _tag }) => _tag === 'waiting'), 'that it waits')
      await createTopic(cluster, topic, 1)
      await produce(cluster, topic, numbered(1))
      await until(() => seen.length === 1, 'the record')
      await reader.close()
      same(await run.ended, 'complete')
    }
  },
  {
    name: 'says when the end of a partition is reached, where that is asked for',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      await produce(cluster, topic, numbered(3, 0))
      const reader = member(cluster, topic, topic, { 'enable.partition.eof': true })
      const reached = new Map<number, bigint>()
      reader.events.subscribe((event) => {
        if (event._tag === 'end reached') reached.set(event.partition, event.offset)
      })
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await until(() => reached.get(0) === 3n && reached.get(1) === 0n, 'the ends')
      same(run.values.length, 3)
      await produce(cluster, topic, numbered(1, 1))
      await until(() => reached.get(1) === 1n, 'the new end')
      await reader.close()
      same([reached.get(0), reached.get(1)], [3n, 1n])
    }
  },
  {
    name: 'finds topics that match a pattern, and those that come later',
    run: async (cluster) => {
      const prefix = uniqueName(cluster, 'pattern')
      const topics = [`${prefix}.a`, `${prefix}.b`]
      const [early = '', late = ''] = topics
      await createTopic(cluster, early, 1)
      await produce(cluster, early, numbered(1))
      const reader = member(cluster, early, prefix, {
        subscription: subscribe(new RegExp(`^${prefix}\\.`)),
        'metadata.max.age.ms': 200
      })
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await until(() => seen.length === 1, 'the record of the first topic')
      await createTopic(cluster, late, 1)
      await produce(cluster, late, numbered(1))
      await until(() => seen.length === 2, 'the record of the topic that came later')
      await reader.close()
      await run.ended
      same(
        seen.map((record) => record.topic),
        topics
      )
    }
  },
  {
    name: 'reads what was written compressed',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const sent = numbered(100).map((record) => ({ ...record, value: String(record.value).repeat(100) }))
      await lastValueFrom(from(sent).pipe(produceTo(cluster, { topic, properties: { 'compression.type': 'gzip' } })))
      const reader = member(cluster, topic, topic)
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await until(() => seen.length === 100, 'all records')
      await reader.close()
      await run.ended
      same(
        seen.map(({ value }) => value),
        sent.map(({ value }) => value)
      )
    }
  }
]
