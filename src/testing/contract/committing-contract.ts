import { mergeAll } from 'rxjs'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { ack } from '../../operators/ack.js'
import { consumer } from '../../sources/consumer/consumer.js'
import { assign } from '../../config/assign.js'
import { collect, same, until } from './checks.js'
import type { ContractCase } from './contract-case.js'
import { member, newTopic, numbered, produce } from './contract-members.js'

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
  }
]
