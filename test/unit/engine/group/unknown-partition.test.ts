import { mergeAll } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { assign, consumer } from '../../../../src/index.js'
import { memoryCluster } from '../../../../src/testing.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

describe('a chosen partition', () => {
  it.each([
    [
      'of a topic that has fewer',
      'orders',
      { _tag: 'UnknownPartitionFault', topic: 'orders', partition: 3, partitions: 2 }
    ],
    ['of a topic that does not exist', 'typo', { _tag: 'UnknownTopicFault', topic: 'typo' }]
  ])('%s is reported with the existing ones, waited for, and read once it exists', (_what, topic, fault) => {
    for (const from of ['beginning', { offset: 0n }] as const) {
      const clock = new VirtualClock()
      const cluster = memoryCluster({ topics: { orders: 2 }, time: clock })
      const reader = consumer(cluster, { subscription: assign([{ topic, partition: 3, from }]) })
      const faults: unknown[] = []
      reader.events.subscribe((event) => {
        if ('fault' in event) faults.push(event.fault)
      })
      const read: bigint[] = []
      reader.pipe(mergeAll()).subscribe(({ offset }) => read.push(offset))
      clock.advance(3_000)
      if (from === 'beginning') expect(faults).toContainEqual(fault)
      else expect(reader.positions().map((position) => position.fault)).toEqual([fault])
      cluster.createTopic(topic, 4)
      cluster.produce(topic, { partition: 3, value: 'x' })
      clock.advance(400_000)
      expect(read).toEqual([0n])
    }
  })
})
