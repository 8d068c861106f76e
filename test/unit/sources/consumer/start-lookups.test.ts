import { right } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { assign, consumer } from '../../../../src/index.js'
import { tappedCluster } from '../../../support/tapped-cluster.js'

describe('where a partition begins', () => {
  it('is asked for no more once the partition is gone', () => {
    const asked: number[] = []
    const { cluster, clock } = tappedCluster(2, () => ({
      listOffsets: (_node, { partitions }) => {
        asked.push(...partitions.map(({ partition }) => partition))
        const refused = { code: code.LEADER_NOT_AVAILABLE, offset: -1n, leaderEpoch: -1 }
        return of(right(partitions.map((one) => ({ ...one, ...refused }))))
      }
    }))
    const chosen = (...partitions: readonly number[]): ReturnType<typeof assign> =>
      assign(partitions.map((partition) => ({ topic: 'orders', partition, from: 'beginning' as const })))
    const orders = consumer(cluster, { subscription: chosen(0) })
    orders.subscribe()
    clock.advance(5_000)
    expect(new Set(asked)).toEqual(new Set([0]))
    orders.resubscribe(chosen(1))
    clock.advance(5_000)
    const before = asked.filter((partition) => partition === 0).length
    clock.advance(60_000)
    expect(asked.filter((partition) => partition === 0).length).toBe(before)
    expect(asked.filter((partition) => partition === 1).length).toBeGreaterThan(5)
  })
})
