import { expect, it } from 'vitest'
import { consumer, type Consumer, subscribe } from '../../../src/index.js'
import { slowGroup, tappedCluster } from '../../support/tapped-cluster.js'

// The JoinGroup under way names the former topics: the group has to be told of the new ones once it is answered.
it.each([10, 50, 150, 250, 350, 450])('topics that a follower changes after %i ms, while it joins, are read', (ms) => {
  const { clock, model, cluster } = tappedCluster(1, (calls, time) => slowGroup(calls, time, 100))
  model.createTopic('refunds', 1)
  const member = (): Consumer => {
    const made = consumer(cluster, { 'group.id': 'g', subscription: subscribe('orders') })
    made.subscribe()
    return made
  }
  member()
  clock.advance(5_000)
  const follower = member()
  clock.advance(ms)
  follower.resubscribe(subscribe('refunds'))
  clock.advance(20_000)
  expect(follower.positions().map(({ topic }) => topic)).toEqual(['refunds'])
})
