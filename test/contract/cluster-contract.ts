import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom, map, mergeAll, type Observable } from 'rxjs'
import { ack, assign, atMostOnce, commit, consumer, ConsumerError, deserialize, eachPartition, handle, produceTo, subscribe, utf8, nullable, type Cluster, type Consumer, type ConsumerConfig, type Fault, type ConsumerRecord, type ProducerRecord } from '../../src/index.js' // prettier-ignore
import { expect } from 'vitest'
import { collect, until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'
import { from, lastValueFrom } from 'rxjs'

/** A sentence of the cluster's contract, as something to be run. */
export interface ContractCase {
  readonly name: string
  readonly run: (cluster: Cluster) => Promise<void>
}

const faultOf = (ended: 'complete' | Error): Fault | null => (ended instanceof ConsumerError ? ended.fault : null)

const newTopic = async (cluster: Cluster, partitions: number): Promise<string> => {
  const topic = uniqueName('contract')
  const created = await firstValueFrom(cluster.createTopics([{ topic, partitions }]))
  if (isLeft(created)) throw new ConsumerError(created.left)
  return topic
}

const produce = async (cluster: Cluster, topic: string, records: readonly ProducerRecord[]): Promise<void> => {
  await lastValueFrom(from(records).pipe(produceTo(cluster, { topic })), { defaultValue: null })
}

const numbered = (count: number, partition?: number, first = 0): readonly ProducerRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `key-${String((first + index) % 7)}`,
    value: String(first + index),
    ...(partition === undefined ? {} : { partition })
  }))

const member = (cluster: Cluster, topic: string, group: string, more: Partial<ConsumerConfig> = {}): Consumer =>
  consumer(cluster, {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    'heartbeat.interval.ms': 200,
    'session.timeout.ms': 6_000,
    subscription: subscribe(topic),
    ...more
  })

type Read = ConsumerRecord<string | null, string | null>

const texts =
  (work: (record: Read) => unknown = () => undefined) =>
  (members: Consumer): Observable<unknown> =>
    members.pipe(
      eachPartition((partition) =>
        partition.pipe(
          deserialize({ key: nullable(utf8), value: nullable(utf8) }),
          handle((record) => work(record)),
          commit({ withinMs: 20 })
        )
      )
    )

const committedEnds = (members: Consumer, count: number): boolean => {
  const positions = members.positions()
  return (
    positions.length === count &&
    positions.every(({ lag, committed, position }) => lag === 0n && committed === position)
  )
}

/** What every cluster has to do, embedded or real. */
export const clusterContract: readonly ContractCase[] = [
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
      expect(await run.ended).toBe('complete')
      expect(seen.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 300 }, (_, n) => n)
      )
      for (const partition of [0, 1, 2]) {
        const offsets = seen.filter((record) => record.partition === partition).map(({ offset }) => offset)
        expect(offsets).toEqual(offsets.map((_, index) => BigInt(index)))
      }
      const again = member(cluster, topic, topic)
      const second = collect(texts((record) => seen.push(record))(again))
      await until(
        () => again.positions().length === 3 && again.positions().every(({ lag }) => lag === 0n),
        'nothing left'
      )
      await again.close()
      await second.ended
      expect(seen).toHaveLength(300)
    }
  },
  {
    name: 'puts equal keys into one partition, the one that Java chooses',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 10)
      // murmur2 as Java's client has it: "21" is -973932308, "foobar" is -790332482.
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
      expect(new Map(seen.map((record) => [record.key, record.partition]))).toEqual(expected)
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
      expect(seen.map(({ key, value }) => [key, value])).toEqual([
        [null, null],
        ['', '']
      ])
      expect(seen[1]?.timestamp).toBe(1_700_000_000_000)
      expect(seen[1]?.timestampType).toBe('CreateTime')
      expect(seen[1]?.headers.map(({ name, value }) => [name, new TextDecoder().decode(value ?? undefined)])).toEqual([
        ['trace', 'ü']
      ])
    }
  },
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
      expect(await two.ended).toBe('complete')
      await until(() => first.positions().length === 4, 'all partitions with one member again')
      await until(() => seen.length >= 600 && committedEnds(first, 4), 'all records')
      await first.drain()
      await one.ended
      expect(seen).toHaveLength(600)
      expect(new Set(seen.map(({ value }) => value)).size).toBe(600)
      expect(refused).toEqual([])
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
      expect(events.values.slice(0, 4)).toMatchObject([
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
      expect(taken.slice(0, 2)).toMatchObject([
        { _tag: 'revoking', partitions: [{ partition: 1 - (kept?.partition ?? 0) }] },
        { _tag: 'revoked', partitions: [{ outcome: 'drained', repeated: 0 }] }
      ])
      expect(streams).toBe(2)
      expect(events.values[0]).toMatchObject({ rebalance: { protocol: 'cooperative-sticky' } })
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
      expect(counts).toEqual([10, 1, 3, 10])
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
      expect(run.values.map(({ offset }) => offset)).toEqual([5n])
    }
  },
  {
    name: 'fails under auto.offset.reset none without a stored offset, and names the partition',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const reader = member(cluster, topic, topic, { 'auto.offset.reset': 'none' })
      const error = await collect(reader.pipe(mergeAll())).ended
      const fault = faultOf(error)
      expect(fault).toEqual({ _tag: 'NoOffsetFault', topic, partition: 0, groupId: topic })
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
      expect(run.values.every(({ offset }) => offset >= 8n)).toBe(true)
    }
  },
  {
    name: 'waits for a topic that does not exist yet, and says so',
    run: async (cluster) => {
      const topic = uniqueName('later')
      const reader = member(cluster, topic, topic, { 'retry.backoff.max.ms': 200, 'retry.backoff.ms': 50 })
      const events = collect(reader.events)
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await until(() => events.values.some(({ _tag }) => _tag === 'waiting'), 'that it waits')
      await firstValueFrom(cluster.createTopics([{ topic, partitions: 1 }]))
      await produce(cluster, topic, numbered(1))
      await until(() => seen.length === 1, 'the record')
      await reader.close()
      expect(await run.ended).toBe('complete')
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
      expect(await read()).toBe(5)
      expect(await read()).toBe(5)
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
      expect(ahead).toEqual(Array.from({ length: 20 }, () => true))
    }
  },
  {
    name: 'seeks while it runs',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      await produce(cluster, topic, numbered(10))
      const reader = member(cluster, topic, topic)
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await until(() => run.values.length === 10, 'all records')
      reader.seek({ topic, partition: 0 }, 'beginning')
      await until(() => run.values.length === 20, 'all records again')
      reader.seek({ topic, partition: 0 }, { offset: 9n })
      await until(() => run.values.length === 21, 'the last one again')
      await reader.close()
      expect(run.values.at(-1)?.offset).toBe(9n)
    }
  },
  {
    name: 'holds delivery of a paused partition back, and goes on after resume',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      const reader = member(cluster, topic, topic)
      reader.pause([{ topic, partition: 0 }])
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await produce(cluster, topic, numbered(3, 0))
      await produce(cluster, topic, numbered(3, 1))
      await until(() => run.values.length === 3, 'the partition that flows')
      expect(reader.positions().find(({ partition }) => partition === 0)?.standing).toBe('paused')
      reader.resume()
      await until(() => run.values.length === 6, 'the other one')
      await reader.close()
      expect(run.values.slice(0, 3).every(({ partition }) => partition === 1)).toBe(true)
    }
  },
  {
    name: 'refuses to produce to a topic that does not exist, with a fault that names it',
    run: async (cluster) => {
      const topic = uniqueName('absent')
      const error = await collect(from(numbered(1)).pipe(produceTo(cluster, { topic }))).ended
      const fault = faultOf(error)
      expect(fault?._tag).toBe('ProduceFault')
      expect(fault?._tag === 'ProduceFault' && [fault.topic, fault.permanent]).toEqual([topic, true])
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
      expect(await first.ended).toBe('complete')
      const leaving = collect(reader)
      void reader.close()
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await leaving.ended
      await until(() => run.values.length === 1, 'the record')
      await reader.close()
      expect(await run.ended).toBe('complete')
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
      expect(faultOf(await collect(second).ended)).toEqual({
        _tag: 'GroupProtocolFault',
        groupId: topic,
        offered: ['roundrobin']
      })
      await first.close()
      await run.ended
    }
  },
  {
    name: 'finds topics that match a pattern, and those that come later',
    run: async (cluster) => {
      const prefix = uniqueName('pattern')
      const topics = [`${prefix}.a`, `${prefix}.b`]
      const [early = '', late = ''] = topics
      await firstValueFrom(cluster.createTopics([{ topic: early, partitions: 1 }]))
      await produce(cluster, early, numbered(1))
      const reader = member(cluster, early, prefix, {
        subscription: subscribe(new RegExp(`^${prefix}\\.`)),
        'metadata.max.age.ms': 200
      })
      const seen: Read[] = []
      const run = collect(texts((record) => seen.push(record))(reader))
      await until(() => seen.length === 1, 'the record of the first topic')
      await firstValueFrom(cluster.createTopics([{ topic: late, partitions: 1 }]))
      await produce(cluster, late, numbered(1))
      await until(() => seen.length === 2, 'the record of the topic that came later')
      await reader.close()
      await run.ended
      expect(seen.map((record) => record.topic)).toEqual(topics)
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
      expect(seen.map(({ value }) => value)).toEqual(sent.map(({ value }) => value))
    }
  },
  {
    name: 'refuses a second live subscription',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const reader = member(cluster, topic, topic)
      const first = collect(reader)
      const error = await collect(reader).ended
      expect(faultOf(error)?._tag).toBe('UsageFault')
      await reader.close()
      await first.ended
    }
  }
]
