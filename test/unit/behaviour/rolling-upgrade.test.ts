import { describe, expect, it } from 'vitest'
import { commit, consumer, type Consumer, type ConsumerConfig, type ConsumerRecord, eachPartition, handle, subscribe } from '../../../src/index.js' // prettier-ignore
import { memoryCluster } from '../../../src/testing.js'
import { lasting } from '../../support/handlers.js'
import { VirtualClock } from '../../support/virtual-clock.js'

type Protocol = NonNullable<ConsumerConfig['group.protocol']>

const partitions = 9

/** A group on an embedded cluster in virtual time, and how often it has handled each record. */
const world = (strategy: NonNullable<ConsumerConfig['partition.assignment.strategy']>) => {
  const clock = new VirtualClock()
  const cluster = memoryCluster({ topics: { orders: partitions }, time: clock })
  const handled = new Map<string, number>()
  let written = 0
  const start = (protocol: Protocol): Consumer => {
    const reader = consumer(cluster, {
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders'),
      'group.protocol': protocol,
      ...(protocol === 'classic' ? { 'partition.assignment.strategy': strategy } : {})
    })
    const work = handle(({ partition, offset }: ConsumerRecord) => {
      const place = `${String(partition)}/${String(offset)}`
      handled.set(place, (handled.get(place) ?? 0) + 1)
      return lasting(clock, 30)
    })
    reader.pipe(eachPartition((partition) => partition.pipe(work, commit({ withinMs: 100 })))).subscribe()
    return reader
  }
  /** So long, while records are written. */
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 250) {
      cluster.produce('orders', { partition: written++ % partitions, value: '' })
      clock.advance(250)
    }
  }
  return { clock, cluster, handled, start, pass, written: () => written }
}

describe('a group that goes over to the other protocol by a rolling restart', () => {
  it.each([['cooperative-sticky'], ['range']] as const)(
    'to consumer and back, from %s, handles each record once',
    async (strategy) => {
      const { clock, cluster, handled, start, pass, written } = world([strategy])
      const members = [start('classic'), start('classic'), start('classic')]
      const held = (): readonly number[] => members.map((one) => one.positions().length)
      const types: string[] = []
      pass(20_000)
      for (const protocol of ['consumer', 'classic'] as const)
        for (const which of [0, 1, 2]) {
          const left = { isGone: false }
          void members[which]?.drain().then(() => (left.isGone = true))
          for (let turn = 0; turn < 200 && !left.isGone; turn++) {
            pass(250)
            await Promise.resolve()
          }
          members[which] = start(protocol)
          pass(20_000)
          expect(held()).toEqual([3, 3, 3])
          // The brokers assign where nobody leads.
          types.push(cluster.describeGroup('g').leader === null ? 'consumer' : 'classic')
        }
      // Converted with the first member by the consumer protocol, and back with the last.
      expect(types).toEqual(['consumer', 'consumer', 'consumer', 'consumer', 'consumer', 'classic'])
      clock.advance(10_000)
      expect(handled.size).toBe(written())
      expect([...handled.values()].every((times) => times === 1)).toBe(true)
      for (const one of members) void one.close()
      clock.advance(10_000)
    }
  )
})
