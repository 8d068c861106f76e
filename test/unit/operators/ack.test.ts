import { describe, it } from 'vitest'
import { ack, handle, mapValue } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'
import { failingAt } from '../../support/marble-handlers.js'

describe('ack', () => {
  it(
    'acknowledges each record, passes it on, and completes with the source',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b|')
      expectRecords(orders.stream.pipe(ack())).toBe('-a-b|')
      expectAcks(orders).toBe('                      -a-b')
    })
  )
  it(
    'stores nothing by itself',
    marbles(({ partition, expectRecords, expectCommits }) => {
      const orders = partition('-a-b|')
      expectRecords(orders.stream.pipe(ack())).toBe('-a-b|')
      expectCommits(orders).toBe('                   -')
    })
  )
  it(
    'errors with the source',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-#')
      expectRecords(orders.stream.pipe(ack())).toBe('-a-#')
      expectAcks(orders).toBe('                      -a')
    })
  )
  it(
    'acknowledges no record for which a function before it throws',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b|')
      expectRecords(orders.stream.pipe(mapValue(failingAt('b')), ack())).toBe('-a-#')
      expectAcks(orders).toBe('                                                -a')
    })
  )
  it(
    'acknowledges nothing any more once it is unsubscribed from',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b|')
      expectRecords(orders.stream.pipe(ack()), '--!').toBe('-a')
      expectAcks(orders).toBe('                             -a')
    })
  )
  it(
    'acknowledges what is finished after its partition was revoked',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-a|')
      expectRecords(
        orders.stream.pipe(
          handle(() => cold('---|')),
          ack()
        )
      ).toBe('----(a|)')
      expectAcks(orders).toBe('                                              ----a')
    })
  )
  it(
    'acknowledges nothing of a partition whose drain has timed out',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-a-!')
      expectRecords(
        orders.stream.pipe(
          handle(() => cold('---|')),
          ack()
        )
      ).toBe('----|')
      expectAcks(orders).toBe('                                                            -')
    })
  )
})
