import { map as mapRight } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../src/core/protocol/error-code.js'
import { commit, consumer, type Consumer, type ConsumerEvent, eachPartition, subscribe } from '../../../src/index.js'
import { partitionKey } from '../../../src/model/topic-partition.js'
import { tappedCluster } from '../../support/tapped-cluster.js'
import type { VirtualClock } from '../../support/virtual-clock.js'

type Api = 'OffsetFetch' | 'ListOffsets'

/** A reader of three topics, which is refused one kind of look-up for `orders` and `refunds`. */
const reading = (
  api: Api
): {
  readonly clock: VirtualClock
  readonly reader: Consumer
  readonly asked: string[]
  readonly events: ConsumerEvent[]
  readonly errors: unknown[]
  readonly refusal: { code: number }
} => {
  const refusal: { code: number } = { code: errorCode.LEADER_NOT_AVAILABLE }
  const asked: string[] = []
  const refused = <A extends { readonly topic: string; readonly code: number }>(of: Api, one: A): A =>
    of !== api || one.topic === 'others'
      ? one
      : { ...one, code: one.topic === 'orders' ? refusal.code : errorCode.LEADER_NOT_AVAILABLE }
  const { clock, model, cluster } = tappedCluster(1, (calls) => ({
    offsetFetch: (groupId, partitions, member) => {
      if (api === 'OffsetFetch') asked.push(...partitions.map((one) => partitionKey(one.topic, one.partition)))
      return calls
        .offsetFetch(groupId, partitions, member)
        .pipe(
          map(mapRight((answer) => ({ ...answer, offsets: answer.offsets.map((one) => refused('OffsetFetch', one)) })))
        )
    },
    listOffsets: (node, request) => {
      if (api === 'ListOffsets') asked.push(...request.partitions.map((one) => partitionKey(one.topic, one.partition)))
      return calls
        .listOffsets(node, request)
        .pipe(map(mapRight((offsets) => offsets.map((one) => refused('ListOffsets', one)))))
    }
  }))
  model.createTopic('others', 1)
  model.createTopic('refunds', 1)
  const reader = consumer(cluster, {
    'group.id': 'billing',
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders', 'others', 'refunds')
  })
  const events: ConsumerEvent[] = []
  const errors: unknown[] = []
  reader.events.subscribe((event) => events.push(event))
  reader
    .pipe(eachPartition((records) => records.pipe(commit())))
    .subscribe({ error: (error: unknown) => errors.push(error) })
  return { clock, reader, asked, events, errors, refusal }
}

describe.each(['OffsetFetch', 'ListOffsets'] as const)('a look-up by %s of several partitions', (api) => {
  it('does not ask any more for one that was given up, and ends the wait for it', () => {
    const { clock, reader, asked, events } = reading(api)
    clock.advance(15_000)
    expect([asked.slice(-2).sort(), reader.status().waits.length]).toEqual([['orders/0', 'refunds/0'], 1])
    reader.resubscribe(subscribe('others'))
    clock.advance(5_000)
    expect(reader.positions().map(({ topic }) => topic)).toEqual(['others'])
    const before = asked.length
    clock.advance(60_000)
    expect([asked.slice(before), reader.status().waits, events.at(-1)?._tag]).toEqual([[], [], 'recovered'])
  })

  it('does not end the consumer for what is refused of one that was given up', () => {
    const { clock, reader, errors, refusal } = reading(api)
    clock.advance(15_000)
    reader.resubscribe(subscribe('others', 'refunds'))
    clock.advance(5_000)
    refusal.code = errorCode.TOPIC_AUTHORIZATION_FAILED
    clock.advance(60_000)
    expect([errors, reader.status().phase]).toEqual([[], 'running'])
  })
})
