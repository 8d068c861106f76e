import type { PartitionStream } from '../../model/partition-stream.js'
import { utf8 } from '../../codecs/utf8.js'
import { deserialize } from '../../operators/deserialize.js'
import { records } from '../../operators/records.js'
import type { Consumer } from '../../sources/consumer/consumer.js'
import { same, until } from './checks.js'
import type { ContractCase } from './contract-case.js'
import { member, newTopic, numbered, produce } from './contract-members.js'

/** What loops over records have to do. */
export const loopingContract: readonly ContractCase[] = [
  {
    name: 'gives every record to a loop, over a rebalance and a loop that is left in the middle, and none but its last twice',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 4)
      const count = 400
      await produce(cluster, topic, numbered(count))
      const seen: string[] = []
      const loop = async (members: Consumer, leaveAfter: number): Promise<string | null> => {
        let taken = 0
        for await (const { value } of records(members, { pipeline: texts, withinMs: 50 })) {
          seen.push(value)
          if (++taken === leaveAfter) return value
        }
        return null
      }
      const first = member(cluster, topic, topic)
      const second = member(cluster, topic, topic)
      const leaving = loop(first, 60)
      await until(() => seen.length > 20, 'the first records')
      const staying = loop(second, Infinity)
      const last = await leaving
      // The member has left when the loop ends: the other one gets its partitions.
      same(first.positions(), [])
      await until(() => new Set(seen).size === count, 'all records')
      await second.drain()
      same(await staying, null)
      const repeated = seen.filter((value, at) => seen.indexOf(value) !== at)
      same(repeated, [last])
      const stored = await second.committed([0, 1, 2, 3].map((partition) => ({ topic, partition })))
      same(
        stored.reduce((sum, { offset }) => sum + Number(offset ?? 0n), 0),
        count
      )
    }
  }
]

const texts = (partition: PartitionStream) => partition.pipe(deserialize({ value: utf8 }))
