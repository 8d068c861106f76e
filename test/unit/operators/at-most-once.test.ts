import { describe, it } from 'vitest'
import { atMostOnce, handle, mapValue } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'
import { failingAt } from '../../support/marble-handlers.js'

describe('atMostOnce', () => {
  it(
    'passes on what is stored, and completes once the rest is',
    marbles(({ partition, expectRecords, expectCommits }) => {
      const orders = partition('-a-b-c-|')
      expectRecords(orders.stream.pipe(atMostOnce({ every: 2, withinMs: 50 }))).toBe('---(ab)(c|)')
      expectCommits(orders).toBe('---b---c')
    })
  )
  it(
    'errors with the source, and drops what waits',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-b---#').stream.pipe(atMostOnce({ every: 2, withinMs: 50 }))).toBe('---(ab)#')
    })
  )
  it(
    'has stored a record for which a function after it throws: it is never delivered again',
    marbles(({ partition, expectRecords, expectCommits }) => {
      const orders = partition('-a-b|')
      expectRecords(orders.stream.pipe(atMostOnce({ every: 1 }), mapValue(failingAt('b')))).toBe('-a-#')
      expectCommits(orders).toBe('-a-b')
    })
  )
  it(
    'drops what waits once it is unsubscribed from',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-b---|').stream.pipe(atMostOnce({ withinMs: 9 })), '----!').toBe('-')
    })
  )
  it(
    'stores and passes on what waits when its partition is revoked, and what is in flight is finished',
    marbles(({ partition, cold, expectRecords, expectCommits }) => {
      const orders = partition('-a|')
      expectRecords(
        orders.stream.pipe(
          atMostOnce(),
          handle(() => cold('---|'))
        )
      ).toBe('-----(a|)')
      expectCommits(orders).toBe('--a')
    })
  )
  it(
    'drops unstored records of a partition whose drain has timed out',
    marbles(({ partition, expectRecords, expectCommits }) => {
      const orders = partition('-a-!')
      expectRecords(orders.stream.pipe(atMostOnce({ withinMs: 5 }))).toBe('---|')
      expectCommits(orders).toBe('-')
    })
  )
})
