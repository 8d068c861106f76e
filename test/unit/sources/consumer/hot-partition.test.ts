import { type Observable, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, subscribe } from '../../../../src/index.js'
import type { FetchRequest } from '../../../../src/ports/kafka-calls.js'
import { slowAnswer, tappedCluster } from '../../../support/tapped-cluster.js'

const batches = 100
const batchBytes = 1_000

/**
 * A consumer of four partitions of which one has records, each a batch and handled for a millisecond; of these two fit its
 * buffer. How long all of them take in ms, and the requests beside the session that were sent for them.
 */
const readOne = (): { readonly ms: number; readonly refills: readonly FetchRequest[] } => {
  const refills: FetchRequest[] = []
  const { clock, cluster, produce } = tappedCluster(4, (calls) => ({
    fetch: (node, request) => {
      if (request.session.epoch < 0 && request.partitions.length > 0) refills.push(request)
      return calls.fetch(node, request)
    }
  }))
  produce(0, ...Array.from({ length: batches }, () => 'x'.repeat(batchBytes)))
  const reader = consumer(cluster, {
    'group.id': 'g',
    'auto.offset.reset': 'earliest',
    'max.partition.fetch.bytes': batchBytes,
    maxInFlight: 1,
    subscription: subscribe('orders')
  })
  const times: number[] = []
  const handler = (): Observable<null> => {
    times.push(clock.now())
    return slowAnswer(clock, 1, of(null))
  }
  reader.pipe(eachPartition((records) => records.pipe(handle(handler), commit()))).subscribe()
  clock.advance(10_000)
  expect(times).toHaveLength(batches)
  void reader.close()
  clock.advance(60_000)
  return { ms: (times.at(-1) ?? 0) - (times[0] ?? 0), refills }
}

describe('a partition with records beside others that have none', () => {
  it('does not wait for the long poll of these when there is room again: it is asked for beside it', () => {
    const { ms, refills } = readOne()
    expect(ms).toBe(batches - 1)
    expect(refills.length).toBeGreaterThan(0)
    const asked = refills.flatMap(({ partitions }) => partitions.map(({ partition }) => partition))
    expect(new Set(asked)).toEqual(new Set([0]))
  })
})
