import { mergeAll } from 'rxjs'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { ack } from '../../operators/ack.js'
import { collect, same, until } from './checks.js'
import { longPolls, member, newTopic, numbered, produce } from './contract-members.js'
import type { ContractCase } from './contract-case.js'

/** What a cluster has to do for a member that seeks, pauses and resumes. */
export const seekingContract: readonly ContractCase[] = [
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
      same(run.values.at(-1)?.offset, 9n)
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
      same(reader.positions().find(({ partition }) => partition === 0)?.standing, 'paused')
      reader.resume()
      await until(() => run.values.length === 6, 'the other one')
      await reader.close()
      same(
        run.values.slice(0, 3).every(({ partition }) => partition === 1),
        true
      )
    }
  },
  {
    name: 'reads what is resumed or sought beside the long poll of idle partitions',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      const p0 = { topic, partition: 0 }
      const reader = member(cluster, topic, topic, longPolls)
      reader.pause([p0])
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await produce(cluster, topic, numbered(1, 1))
      await until(() => run.values.length === 1, 'the partition that is idle from then on')
      await produce(cluster, topic, numbered(1, 0))
      reader.resume([p0])
      await until(() => run.values.length === 2, 'the record of the one that is resumed')
      await produce(cluster, topic, numbered(1, 0))
      await until(() => run.values.length === 3, 'a record that is written to it later')
      reader.seek(p0, 'beginning')
      await until(() => run.values.length === 5, 'both again')
      await reader.close()
      same(
        run.values.map(({ partition, offset }) => [partition, offset]),
        [
          [1, 0n],
          [0, 0n],
          [0, 1n],
          [0, 0n],
          [0, 1n]
        ]
      )
    }
  }
]
