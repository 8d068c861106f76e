import { describe, it } from 'vitest'
import { ack, handle, mapValue, writeTo } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'
import { failingAt, textOf } from '../../support/marble-handlers.js'

describe('mapValue', () => {
  it(
    'gives each record another value, and completes with the source',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b|')
      expectRecords(orders.stream.pipe(mapValue(textOf), ack())).toBe('-a-b|')
      expectAcks(orders).toBe('        -a-b')
    })
  )
  it(
    'errors with the source',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-#').stream.pipe(mapValue(textOf))).toBe('-a-#')
    })
  )
  it(
    'errors when its function throws, and acknowledges nothing of it',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b-c|')
      expectRecords(orders.stream.pipe(mapValue(failingAt('b')), ack())).toBe('-a-#')
      expectAcks(orders).toBe('        -a')
    })
  )
  it(
    'unsubscribes from the source',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-b-c|').stream.pipe(mapValue(textOf)), '--!').toBe('-a')
    })
  )
  it(
    'lets records in flight after it finish when its partition is revoked',
    marbles(({ partition, cold, expectRecords }) => {
      const slow = handle(() => cold('---|'))
      expectRecords(partition('-a|').stream.pipe(mapValue(textOf), slow)).toBe('----(a|)')
    })
  )
  it(
    'passes nothing on of a partition whose drain has timed out',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-a-!')
      expectRecords(
        orders.stream.pipe(
          writeTo(() => cold('---|')),
          mapValue(textOf),
          ack()
        )
      ).toBe('----|')
      expectAcks(orders).toBe('-')
    })
  )
})
