import { describe, it } from 'vitest'
import { ack, deserialize, finite, handle, json, utf8 } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'

const records = { x: { value: 'no number' }, a: { value: '1' }, b: { value: '2' } }
const decoded = deserialize({ value: json(finite) })

describe('deserialize', () => {
  it(
    'passes on what it can read, and completes with the source',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b|', { records })
      expectRecords(orders.stream.pipe(decoded, ack())).toBe('-a-b|')
      expectAcks(orders).toBe('                               -a-b')
    })
  )
  it(
    'errors with the source',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-#', { records }).stream.pipe(decoded)).toBe('-a-#')
    })
  )
  it(
    'errors when its codec refuses a value, and acknowledges nothing of it',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-x-b|', { records })
      expectRecords(orders.stream.pipe(decoded, ack())).toBe('-a-#')
      expectAcks(orders).toBe('                               -a')
    })
  )
  it(
    'settles what it skips',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-x-b|', { records })
      expectRecords(orders.stream.pipe(deserialize({ value: json(finite) }, { onFailure: 'skip' }))).toBe('-a---b|')
      expectAcks(orders).toBe('---x')
    })
  )
  it(
    'unsubscribes from the source',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-b|', { records }).stream.pipe(decoded), '--!').toBe('-a')
    })
  )
  it(
    'lets what is in flight behind it be finished when its partition is revoked',
    marbles(({ partition, cold, expectRecords }) => {
      expectRecords(
        partition('-a|').stream.pipe(
          deserialize({ value: utf8 }),
          handle(() => cold('---|'))
        )
      ).toBe('----(a|)')
    })
  )
  it(
    'passes nothing on of a partition whose drain has timed out',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-x-!', { records })
      const skipping = deserialize({ value: utf8 }, { onFailure: 'skip' })
      expectRecords(
        orders.stream.pipe(
          skipping,
          handle(() => cold('---|')),
          ack()
        )
      ).toBe('----|')
      expectAcks(orders).toBe('-')
    })
  )
})
