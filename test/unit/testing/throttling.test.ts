import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle, produceTo } from '../../../src/index.js'
import { marbles, type Pipeline, type Scenario } from '../../../src/testing.js'

const play = (diagram: string, pipeline: Pipeline, more: Partial<Scenario> = {}): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline, topics: { copies: 2 }, ...more })
  })()

const working: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))
const copying: Pipeline = (orders, { cluster }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        produceTo(cluster, {
          topic: 'copies',
          record: ({ key, partition: of }) => ({ key, value: key, partition: of }),
          properties: { 'linger.ms': 0, 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2 }
        }),
        commit({ every: 1 })
      )
    )
  )

describe('a broker that throttles', () => {
  it('holds back the next request, and says so', () =>
    play(
      `
      orders/0                a-b-------
      throttles OffsetCommit  ---|
      one                     ^---------
      one events              t--t------
      orders/0 commits        a--b------
      `
        .replace('ab--------', 'a-b-------')
        .replace('t--t------', 't--t------'),
      working,
      { events: { t: 'throttled' } }
    ))

  it('holds back what is fetched too: the connection waits', () =>
    play(
      `
      orders/0         a-b-------
      throttles Fetch  -----|
      one              ^---------
      one orders/0     (^a)-b----
      `,
      working
    ))

  it('holds back what a producer writes', () =>
    play(
      `
      orders/0           ab--------
      throttles Produce  ----|
      one                ^---------
      writes copies      a---b-----
      `,
      copying
    ))
})

describe('an answer of which a part is a failure', () => {
  it('commits the other partitions', () =>
    play(
      `
      orders/0                     (a)-------
      orders/1                     (b)-------
      fails OffsetCommit orders/1  r---------
      one                          ^---------
      orders/0 commits             -a--------
      orders/1 refused             -b--------
      orders/1 commits             ---b------
      `,
      (orders, { sink }) =>
        orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ withinMs: 1 })))),
      {
        faults: { r: 'COORDINATOR_LOAD_IN_PROGRESS' },
        config: { 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2, 'enable.auto.commit': false }
      }
    ))

  it('writes to the other partitions, and to that one again', () =>
    play(
      `
      orders/0                (ab)------
      orders/1                (c)-------
      fails Produce copies/0  r---------
      one                     ^---------
      writes copies           c---------
      writes copies           --(ab)----
      `,
      copying,
      { faults: { r: 'NOT_ENOUGH_REPLICAS' } }
    ))

  it('is possible where an answer speaks of partitions', async () => {
    await expect(play('orders/0  a--\nfails Heartbeat orders/0  x--\none  ^--', working)).rejects.toThrow(
      'fails Heartbeat'
    )
    await expect(
      play(
        'orders/0                     a--\nfails OffsetCommit orders/0  x--\none                          ^--',
        working
      )
    ).rejects.toThrow('a connection breaks for a whole request')
  })
})
