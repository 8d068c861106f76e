import { describe, expect, it } from 'vitest'
import type { FetchedPartition } from '../../../../src/core/fetching/fetch-messages.js'
import {
  type FetchCall,
  newPartitionFetchState,
  type PartitionFetchState
} from '../../../../src/core/fetching/partition-fetch-state.js'
import { encodeBatch } from '../../../../src/core/records/encode-batch.js'
import { plainRecord, runOf } from '../../../support/record-runs.js'

const leader = { topicId: null, node: 1, epoch: 4 }

/** A partition that is read from offset 10 on, under cursor 7. */
const reading = (): PartitionFetchState => {
  const state = newPartitionFetchState({ topic: 't', partition: 0 })
  state.located(leader)
  state.beginAt(7, 10n, 3)
  return state
}
const received = (state: PartitionFetchState, leaderEpoch = 4): void => {
  const bytes = encodeBatch({ baseOffset: 10n, leaderEpoch, records: [plainRecord('a'), plainRecord('b')] })
  state.received(runOf(bytes, { fetchOffset: 10n }), { highWatermark: 20n, lastStableOffset: 19n } as FetchedPartition)
}

describe('PartitionFetchState', () => {
  it('requests nothing before it has a position', () => {
    const state = newPartitionFetchState({ topic: 't', partition: 0 })
    expect(state.phase).toBe('awaiting position')
    state.beginAt(7, 10n, 3)
    expect([state.phase, state.position.offset]).toEqual(['fetching', 10n])
    state.awaitPosition()
    expect(state.phase).toBe('awaiting position')
  })

  it('moves behind what it has received, and learns of the log’s end and of the size of batches', () => {
    const state = reading()
    received(state)

    expect(state.position).toMatchObject({
      cursor: 7,
      offset: 12n,
      leaderEpoch: 4,
      behindEpoch: 4,
      highWatermark: 20n,
      lastStableOffset: 19n
    })
    expect(state.minimumBytes).toBeGreaterThan(0)
  })

  it('keeps the epoch it has where the batches have none', () => {
    const state = reading()
    received(state, -1)

    expect(state.position).toMatchObject({ leaderEpoch: 3, behindEpoch: -1 })
  })

  describe('requestOf', () => {
    it('returns the same object until something has changed: a fetch session compares by identity', () => {
      const state = reading()
      const request = state.requestOf(1_000)

      expect(request).toMatchObject({
        topic: 't',
        partition: 0,
        cursor: 7,
        offset: 10n,
        leaderEpoch: 4,
        maxBytes: 1_000
      })
      expect(state.requestOf(1_000)).toBe(request)
    })

    it.each<[string, (state: PartitionFetchState) => void, number]>([
      ['the size', () => undefined, 2_000],
      ['the position', (state) => received(state), 1_000],
      ['the cursor', (state) => state.beginAt(8, 10n, 3), 1_000],
      ['the leader’s epoch', (state) => state.located({ ...leader, epoch: 5 }), 1_000],
      ['the topic', (state) => state.located({ ...leader, topicId: 'id' }), 1_000],
      ['the broker', (state) => state.readFrom({ node: 2, until: 100 }), 1_000]
    ])('is another once %s has changed', (_what, change, maxBytes) => {
      const state = reading()
      const request = state.requestOf(1_000)
      change(state)

      expect(state.requestOf(maxBytes)).not.toBe(request)
    })
  })

  describe('isCurrent', () => {
    it.each<[string, boolean, (state: PartitionFetchState) => void]>([
      ['nothing', true, () => undefined],
      ['the size', true, (state) => void state.requestOf(2_000)],
      ['a check of the epoch', true, (state) => state.validate()],
      ['the position', false, (state) => received(state)],
      ['the cursor', false, (state) => state.beginAt(8, 10n, 3)],
      ['a reset', false, (state) => state.awaitPosition()],
      ['a release', false, (state) => state.release()],
      // What a former leader sent beyond it may have been cut off.
      ['a newer leader that has the position', false, (state) => state.validated(5)],
      ['the same leader that has the position', true, (state) => state.validated(4)]
    ])('after a change of %s: %s', (_what, expected, change) => {
      const state = reading()
      const request = state.requestOf(1_000)
      change(state)

      expect(state.isCurrent(request)).toBe(expected)
    })
  })

  it('is checked under the newest epoch that a broker has accepted', () => {
    const state = reading()
    state.confirmed(4)
    state.confirmed(2)

    expect(state.position.checkedUnder).toBe(4)
  })

  it('forgets refusals once it is served, but not a pause', () => {
    const state = reading()
    state.refused({ count: 1, corrupt: 2, notBefore: 500 })
    state.refused({ count: 2 })
    expect(state.refusals).toEqual({ fault: null, count: 2, corrupt: 2, notBefore: 500 })
    state.served()

    expect(state.refusals).toEqual({ fault: null, count: 0, corrupt: 0, notBefore: 500 })
  })

  it('is part of the last request only', () => {
    const state = reading()
    const call = (id: number): FetchCall => ({ id, node: 1, kind: 'session', sentAt: 0, isPoll: false, requested: [] })
    const [first, second] = [call(1), call(2)]
    state.sentIn(first)
    state.sentIn(second)
    state.sentNoMore(first)

    expect(state.call).toBe(second)
    state.sentNoMore(second)
    expect(state.call).toBeNull()
  })
})
