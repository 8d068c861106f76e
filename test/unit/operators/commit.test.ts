import { describe, it } from 'vitest'
import { commit, ConsumerError, handle, mapValue } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'
import { failingAt } from '../../support/marble-handlers.js'

const stored = (offset: bigint): object => ({ topic: 'test', partition: 0, offset })
const values = { a: stored(1n), b: stored(2n), c: stored(3n) }

describe('commit', () => {
  it(
    'stores after so many records, and what is left when the source completes',
    marbles(({ partition, expectObservable, expectAcks, expectCommits }) => {
      const orders = partition('-a-b-c|')
      expectObservable(orders.stream.pipe(commit({ every: 2 }))).toBe('---b--(c|)', values)
      expectAcks(orders).toBe('   -a-b-c')
      expectCommits(orders).toBe('---b--c')
    })
  )
  it(
    'stores within its interval',
    marbles(({ partition, expectObservable, expectCommits }) => {
      const orders = partition('-a-b--------|')
      expectObservable(orders.stream.pipe(commit({ withinMs: 5 }))).toBe('------b-----|', values)
      expectCommits(orders).toBe('                                              ------b')
    })
  )
  it(
    'errors with the source',
    marbles(({ partition, expectObservable, expectCommits }) => {
      const orders = partition('-a-#')
      expectObservable(orders.stream.pipe(commit({ every: 1 }))).toBe('-a-#', values)
      expectCommits(orders).toBe('                                             -a')
    })
  )
  it(
    'stores no record for which a function before it throws',
    marbles(({ partition, expectObservable, expectCommits }) => {
      const orders = partition('-a-b|')
      const place = { topic: 'test', partition: 0, offset: 1n }
      const cause = new Error('error')
      const error = new ConsumerError({ _tag: 'HandlerFault', operator: 'mapValue', place, attempt: 1, cause })
      expectObservable(orders.stream.pipe(mapValue(failingAt('b')), commit({ every: 1 }))).toBe('-a-#', values, error)
      expectCommits(orders).toBe('-a')
    })
  )
  it(
    'acknowledges nothing any more once it is unsubscribed from',
    marbles(({ partition, expectObservable, expectAcks }) => {
      const orders = partition('-a-b|')
      expectObservable(orders.stream.pipe(commit({ every: 1 })), '--!').toBe('-a', values)
      expectAcks(orders).toBe('-a')
    })
  )
  it(
    'stores what is finished after its partition was revoked, and completes then',
    marbles(({ partition, cold, expectObservable, expectCommits }) => {
      const orders = partition('-a|')
      expectObservable(
        orders.stream.pipe(
          handle(() => cold('---|')),
          commit()
        )
      ).toBe('----(a|)', values)
      expectCommits(orders).toBe('----a')
    })
  )
  it(
    'stores nothing of a partition whose drain has timed out',
    marbles(({ partition, cold, expectObservable, expectCommits }) => {
      const orders = partition('-a-!')
      expectObservable(
        orders.stream.pipe(
          handle(() => cold('---|')),
          commit({ every: 1 })
        )
      ).toBe('----|')
      expectCommits(orders).toBe('-')
    })
  )
})
