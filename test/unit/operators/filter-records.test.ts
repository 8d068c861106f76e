import { describe, it } from 'vitest'
import { ack, handle, filterRecords, writeTo } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'
import { failingAt, textOf } from '../../support/marble-handlers.js'

const keep = (value: Uint8Array | null): boolean => textOf(value) !== 'x'

describe('filterRecords', () => {
  it(
    'passes on what it keeps, settles what it refuses, and completes with the source',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-x-b|')
      expectRecords(orders.stream.pipe(filterRecords(keep))).toBe('-a---b|')
      expectAcks(orders).toBe('        ---x')
    })
  )
  it(
    'errors with the source',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-#').stream.pipe(filterRecords(keep))).toBe('-a-#')
    })
  )
  it(
    'errors when its function throws, and settles nothing of it',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-x-b-c|')
      expectRecords(orders.stream.pipe(filterRecords((value) => failingAt('b')(value) !== 'x'))).toBe('---#')
      expectAcks(orders).toBe('-x')
    })
  )
  it(
    'unsubscribes from the source',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-x|')
      expectRecords(orders.stream.pipe(filterRecords(keep)), '--!').toBe('-a')
      expectAcks(orders).toBe('-')
    })
  )
  it(
    'lets records in flight after it finish when its partition is revoked',
    marbles(({ partition, cold, expectRecords }) => {
      const slow = handle(() => cold('---|'))
      expectRecords(partition('-a|').stream.pipe(filterRecords(keep), slow)).toBe('----(a|)')
    })
  )
  it(
    'passes nothing on, and settles nothing, of a partition whose drain has timed out',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-x-!')
      expectRecords(
        orders.stream.pipe(
          writeTo(() => cold('---(x|)')),
          filterRecords(() => false),
          ack()
        )
      ).toBe('----|')
      expectAcks(orders).toBe('-')
    })
  )
})
