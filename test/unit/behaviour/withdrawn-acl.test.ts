import { map as mapRight } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../src/core/protocol/error-code.js'
import { commit, consumer, type Consumer, eachPartition, handle, subscribe } from '../../../src/index.js'
import { type TappedCluster, tappedCluster } from '../../support/tapped-cluster.js'
import type { VirtualClock } from '../../support/virtual-clock.js'

type Api = 'Fetch' | 'ListOffsets' | 'OffsetFetch'

/** A reader of `orders` and `others` that is refused `orders` by one kind of request while the ACL is withdrawn. */
const reading = (
  api: Api,
  subscription: ReturnType<typeof subscribe>
): {
  readonly clock: VirtualClock
  readonly produce: TappedCluster['produce']
  readonly reader: Consumer
  readonly seen: string[]
  readonly errors: unknown[]
  readonly acl: { isWithdrawn: boolean }
} => {
  const acl = { isWithdrawn: true }
  const refused = <A extends { readonly topic: string; readonly code: number }>(of: Api, one: A): A =>
    of === api && acl.isWithdrawn && one.topic === 'orders'
      ? { ...one, code: errorCode.TOPIC_AUTHORIZATION_FAILED }
      : one
  const { clock, model, cluster, produce } = tappedCluster(1, (calls) => ({
    fetch: (node, request) =>
      calls
        .fetch(node, request)
        .pipe(
          map(mapRight((answer) => ({ ...answer, partitions: answer.partitions.map((one) => refused('Fetch', one)) })))
        ),
    offsetFetch: (groupId, partitions, member) =>
      calls
        .offsetFetch(groupId, partitions, member)
        .pipe(
          map(mapRight((answer) => ({ ...answer, offsets: answer.offsets.map((one) => refused('OffsetFetch', one)) })))
        ),
    listOffsets: (node, request) =>
      calls
        .listOffsets(node, request)
        .pipe(map(mapRight((offsets) => offsets.map((one) => refused('ListOffsets', one)))))
  }))
  model.createTopic('others', 1)
  const reader = consumer(cluster, { 'group.id': 'billing', 'auto.offset.reset': 'earliest', subscription })
  const seen: string[] = []
  const errors: unknown[] = []
  reader
    .pipe(
      eachPartition((records) =>
        records.pipe(
          handle(({ value }) => void seen.push(new TextDecoder().decode(value ?? undefined))),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ error: (error: unknown) => errors.push(error) })
  return { clock, produce, reader, seen, errors, acl }
}

const apis = ['Fetch', 'ListOffsets', 'OffsetFetch'] as const

describe('a topic whose ACL is withdrawn', () => {
  it.each(apis)('is waited for where it only matches a pattern: %s', (api) => {
    const { clock, produce, reader, seen, errors, acl } = reading(api, subscribe(/^o/))
    produce(0, 'a', 'b')
    clock.advance(15_000)
    expect([
      errors,
      seen,
      reader
        .positions()
        .map(({ topic }) => topic)
        .sort()
    ]).toEqual([[], [], ['orders', 'others']])
    expect(reader.status().waits).toMatchObject([{ for: 'waiting' }])
    expect(reader.status().waits[0]?.fault?.reason).toMatch(/not authorised for the topic orders|AUTHORIZATION_FAILED/)
    acl.isWithdrawn = false
    clock.advance(15_000)
    expect([errors, seen, reader.status().waits, reader.status().phase]).toEqual([[], ['a', 'b'], [], 'running'])
  })

  it.each(apis)('ends the consumer that names it: %s', (api) => {
    const { clock, errors } = reading(api, subscribe('orders', 'others'))
    clock.advance(15_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'AuthorizationFault', resource: 'topic', name: 'orders' } }])
  })
})
