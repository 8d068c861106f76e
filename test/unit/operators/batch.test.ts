import { describe, it } from 'vitest'
import { ack, batch, handle, mapValue } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'
import { failingAt } from '../../support/marble-handlers.js'

describe('batch', () => {
  it(
    'emits when it is full, and what is left before it completes',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b-c-|')
      expectRecords(orders.stream.pipe(batch({ records: 2 }), ack())).toBe('---(ab)(c|)')
      expectAcks(orders).toBe('---(ab)c')
    })
  )
  it(
    'emits when its time has passed',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-b------|').stream.pipe(batch({ withinMs: 4 }))).toBe('-----(ab)-|')
    })
  )
  it(
    'errors with the source, without what it has collected',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-#')
      expectRecords(orders.stream.pipe(batch({ records: 2 }), ack())).toBe('---#')
      expectAcks(orders).toBe('-')
    })
  )
  it(
    'emits nothing of what it has collected when a function before it throws',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-b|').stream.pipe(mapValue(failingAt('b')), batch({ records: 2 }))).toBe('---#')
    })
  )
  it(
    'releases what it has collected once it is unsubscribed from',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b|')
      expectRecords(orders.stream.pipe(batch({ records: 5, withinMs: 50 }), ack()), '---!').toBe('-')
      expectAcks(orders).toBe('-')
    })
  )
  it(
    'emits what it has collected when its partition is revoked, and what is in flight is finished',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-ab|')
      const slow = handle(() => cold('---|'))
      expectRecords(orders.stream.pipe(batch({ records: 5 }), slow, ack())).toBe('------(ab|)')
      expectAcks(orders).toBe('------(ab)')
    })
  )
  it(
    'emits nothing of a partition whose drain has timed out',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-ab!')
      expectRecords(orders.stream.pipe(batch({ records: 5, withinMs: 10 }), ack())).toBe('---|')
      expectAcks(orders).toBe('-')
    })
  )
})
