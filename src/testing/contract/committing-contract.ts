import { mergeAll } from 'rxjs'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { ack } from '../../operators/ack.js'
import { consumer } from '../../sources/consumer/consumer.js'
import { assign } from '../../config/assign.js'
import { collect, includes, same, until } from './checks.js'
import type { ContractCase } from './contract-case.js'
import { faultOf, member, newTopic, numbered, produce } from './contract-members.js'

/** What a cluster has to do with the offsets that a group stores. */
export const committingContract: readonly ContractCase[] = [
  {
    name: 'stores an offset below the stored one where it is given, and whoever comes next begins there',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      await produce(cluster, topic, numbered(10))
      const reader = member(cluster, topic, topic, { 'enable.auto.commit': false })
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await until(() => run.values.length === 10, 'all records')
      const at = (offset: bigint) => ({ topic, partition: 0, offset })
      same(await reader.commitSync(), [at(10n)])
      same(await reader.commitSync([at(4n)]), [at(4n)])
      same(
        reader.positions().map(({ committed, position }) => [committed, position]),
        [[4n, 10n]]
      )
      await reader.drain()
      same([await run.ended, run.values.length], ['complete', 10])
      const next = consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': 'none',
        subscription: assign([{ topic, partition: 0, from: 'committed' }])
      })
      const rest = collect(next.pipe(mergeAll(), ack<ConsumerRecord>()))
      await until(() => rest.values.length === 6, 'what is behind the lower offset')
      await next.drain()
      same([await rest.ended, rest.values.map(({ offset }) => offset)], ['complete', [4n, 5n, 6n, 7n, 8n, 9n]])
    }
  },
  {
    name: 'stores an offset that is given while its partition drains, and has the drain wait for it no longer',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      await produce(cluster, topic, numbered(3))
      const reader = member(cluster, topic, topic, { 'enable.auto.commit': false, 'drain.timeout.ms': 60_000 })
      const run = collect(reader.pipe(mergeAll()))
      await until(() => run.values.length === 3, 'all records')
      const drained = reader.drain()
      const offsets = [{ topic, partition: 0, offset: 3n }]
      same(await reader.commitSync(offsets), offsets)
      const { outcome, partitions } = await drained
      same([outcome, partitions.map(({ committed, repeated }) => [committed, repeated])], ['drained', [[3n, 0]]])
      same(await run.ended, 'complete')
    }
  },
  {
    name: 'refuses metadata of more than 4096 characters, and takes what is no longer',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      await produce(cluster, topic, [...numbered(3, 0), ...numbered(3, 1)])
      const reader = member(cluster, topic, topic, { 'enable.auto.commit': false })
      const run = collect(reader.pipe(mergeAll(), ack<ConsumerRecord>()))
      await until(() => run.values.length === 6, 'all records')
      const at = (partition: number, metadata: string) => ({ topic, partition, offset: 2n, metadata })
      const refused = await reader.commitSync([at(0, 'ä'.repeat(4_096)), at(1, 'ä'.repeat(4_097))]).then(
        () => null,
        (error: unknown) => (error instanceof Error ? faultOf(error) : null)
      )
      includes(refused, { _tag: 'BrokerFault', name: 'OFFSET_METADATA_TOO_LARGE', topic, partition: 1 })
      same(
        [...reader.positions()].sort((a, b) => a.partition - b.partition).map(({ committed }) => committed),
        [2n, null]
      )
      await reader.commitSync()
      same(
        reader.positions().map(({ committed }) => committed),
        [3n, 3n]
      )
      await reader.drain()
      same(await run.ended, 'complete')
    }
  }
]
