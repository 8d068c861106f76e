import { isRight, map as mapRight } from 'fp-ts/lib/Either.js'
import { map, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, subscribe } from '../../../../src/index.js'
import { tappedCluster } from '../../../support/tapped-cluster.js'

describe('a partition without a leader', () => {
  it('is looked up at growing intervals, and read as soon as it has a leader', () => {
    let hasLeader = false
    const asked: number[] = []
    const { clock, cluster, produce } = tappedCluster(1, (calls, time) => ({
      metadata: (topics) =>
        calls.metadata(topics).pipe(
          tap((answer) => {
            if (isRight(answer) && !hasLeader) asked.push(time.now())
          }),
          map(
            mapRight((metadata) => ({
              ...metadata,
              topics: metadata.topics.map((topic) => ({
                ...topic,
                partitions: topic.partitions.map((one) => (hasLeader ? one : { ...one, leader: -1 }))
              }))
            }))
          )
        )
    }))
    const seen: unknown[] = []
    consumer(cluster, { 'group.id': 'g', 'auto.offset.reset': 'earliest', subscription: subscribe('orders') })
      .pipe(
        eachPartition((records) =>
          records.pipe(
            handle((record) => void seen.push(record.value)),
            commit()
          )
        )
      )
      .subscribe()
    produce(0, 'a')
    clock.advance(10_000)
    // At once after the first answer, then from retry.backoff.ms to retry.backoff.max.ms.
    expect(asked.length).toBeGreaterThan(8)
    expect(asked.length).toBeLessThan(25)
    hasLeader = true
    clock.advance(1_500)
    expect(seen).toHaveLength(1)
    hasLeader = false
    clock.advance(600_000)
    // Refreshed by age it names none, and is asked again as before.
    expect(asked.length).toBeGreaterThan(200)
    expect(asked.length).toBeLessThan(1_000)
  })
})
