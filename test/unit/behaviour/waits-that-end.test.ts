import { map as mapRight } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../src/core/protocol/error-code.js'
import { commit, consumer, type ConsumerEvent, eachPartition, subscribe } from '../../../src/index.js'
import { tappedCluster } from '../../support/tapped-cluster.js'

const reason = 'orders/0 cannot be read at the moment'

describe('the wait for a partition that its leader refuses', () => {
  it('is over once the partition is given up', () => {
    const { clock, model, cluster, produce } = tappedCluster(1, (calls) => ({
      fetch: (node, request) =>
        calls.fetch(node, request).pipe(
          map(
            mapRight((answer) => ({
              ...answer,
              partitions: answer.partitions.map((one) =>
                one.topic === 'orders' ? { ...one, code: errorCode.NOT_LEADER_OR_FOLLOWER } : one
              )
            }))
          )
        )
    }))
    model.createTopic('others', 1)
    produce(0, 'a')
    const orders = consumer(cluster, {
      'group.id': 'billing',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders')
    })
    const events: ConsumerEvent[] = []
    orders.events.subscribe((event) => events.push(event))
    orders.pipe(eachPartition((records) => records.pipe(commit()))).subscribe()
    clock.advance(15_000)
    expect(orders.status().waits).toMatchObject([{ for: 'waiting', what: reason }])
    orders.resubscribe(subscribe('others'))
    clock.advance(15_000)
    expect(orders.positions().map(({ topic }) => topic)).toEqual(['others'])
    expect([events.at(-1)?._tag, orders.status().waits, orders.status().reason]).toEqual(['recovered', [], null])
  })
})
