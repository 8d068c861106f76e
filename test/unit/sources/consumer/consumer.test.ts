import { describe, expect, it } from 'vitest'
import { memoryCluster } from '../../../../src/broker/memory-cluster.js'
import { subscribe } from '../../../../src/config/subscribe.js'
import { utf8 } from '../../../../src/codecs/utf8.js'
import { commit } from '../../../../src/operators/commit.js'
import { deserialize } from '../../../../src/operators/deserialize.js'
import { eachPartition } from '../../../../src/operators/each-partition.js'
import { handle } from '../../../../src/operators/handle.js'
import { consumer } from '../../../../src/sources/consumer/consumer.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

describe('consumer', () => {
  it('reads, handles and commits every record of a topic', () => {
    const clock = new VirtualClock()
    const cluster = memoryCluster({ topics: { orders: 2 }, time: clock })
    for (let n = 0; n < 10; n++) cluster.produce('orders', { key: `k${String(n)}`, value: `v${String(n)}` })
    const seen: string[] = []
    const orders = consumer(cluster, {
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders')
    })
    orders.events.subscribe((e) => {
      console.log(e)
    })
    orders.rebalances.subscribe((e) => {
      console.log(e)
    })
    orders
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            deserialize({ value: utf8 }),
            handle((record) => {
              seen.push(record.value)
            }),
            commit({ withinMs: 10 })
          )
        )
      )
      .subscribe({
        error: (e: unknown) => {
          console.log('ERR', e)
        }
      })
    clock.advance(1000)
    expect(seen.length).toBe(10)
    const ends = [0, 1].map((partition) => cluster.logEnd({ topic: 'orders', partition }))
    expect([0, 1].map((partition) => cluster.committed('g', { topic: 'orders', partition }))).toEqual(ends)
    void orders.close()
    clock.advance(10_000)
    expect(clock.pending).toBe(0)
  })
})
