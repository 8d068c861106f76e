import { mergeAll } from 'rxjs'
import { expect, it } from 'vitest'
import { errorCode } from '../../../../src/core/protocol/error-code.js'
import { ack, consumer, subscribe } from '../../../../src/index.js'
import { group } from '../../../support/rig.js'
import { tappedCluster } from '../../../support/tapped-cluster.js'

it('what the group has stored is asked for by the topic’s id: of one that was made again meanwhile nothing is taken', () => {
  const asked: unknown[] = []
  const { clock, model, cluster, produce } = tappedCluster(1, (calls) => ({
    offsetFetch: (groupId, partitions) => {
      asked.push(partitions[0]?.topicId)
      if (asked.length === 1) {
        // Its offsets go with it, a little later on Kafka: by name they may still be found.
        model.deleteTopic('orders')
        model.createTopic('orders', 1)
        produce(0, 'A')
      }
      return calls.offsetFetch(groupId, partitions)
    }
  }))
  const former = model.idOf('orders')
  const reader = consumer(cluster, {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders')
  })
  const events: unknown[] = []
  reader.events.subscribe((event) => {
    if (event._tag === 'waiting' || event._tag === 'recreated') events.push(event)
  })
  const read: bigint[] = []
  reader.pipe(mergeAll(), ack()).subscribe(({ offset }) => read.push(offset))
  clock.advance(5_000)
  expect(asked).toEqual([former])
  expect(events).toMatchObject([
    { _tag: 'waiting', fault: { _tag: 'BrokerFault', code: errorCode.UNKNOWN_TOPIC_ID } },
    { _tag: 'recreated', topic: 'orders' }
  ])
  expect(read).toEqual([0n])
})
