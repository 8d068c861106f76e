import { EMPTY, type Observable } from 'rxjs'
import { describe, it } from 'vitest'
import { ack, fanOut, handle, mapValue, type Carried } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'
import { failingAt } from '../../support/marble-handlers.js'

const same = <C extends Carried<unknown>>(records: Observable<C>): Observable<C> => records

describe('fanOut', () => {
  it(
    'passes a record on once all branches have, and completes when they have',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-a----b|')
      const slow = handle(() => cold('---|'))
      expectRecords(
        orders.stream.pipe(
          fanOut(same, (records) => records.pipe(slow)),
          ack()
        )
      ).toBe('----a----(b|)')
      expectAcks(orders).toBe('----a----b')
    })
  )
  it(
    'errors with the source',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-#').stream.pipe(fanOut(same, same))).toBe('-a-#')
    })
  )
  it(
    'errors when a branch does, and acknowledges nothing of it',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b|')
      const failing = fanOut(same, (records: Observable<Carried<Uint8Array | null>>) =>
        records.pipe(mapValue(failingAt('b')))
      )
      expectRecords(orders.stream.pipe(failing, ack())).toBe('-a-#')
      expectAcks(orders).toBe('-a')
    })
  )
  it(
    'unsubscribes from the source and its branches',
    marbles(({ partition, cold, expectRecords, expectSubscriptions }) => {
      const work = cold('-----|')
      const branch = (records: Observable<Carried<unknown>>): Observable<Carried<unknown>> =>
        records.pipe(handle(() => work))
      expectRecords(partition('-a|').stream.pipe(fanOut(same, branch)), '---!').toBe('-')
      expectSubscriptions(work.subscriptions).toBe('-^-!')
    })
  )
  it(
    'finishes what is in flight in its branches when its partition is revoked',
    marbles(({ partition, cold, expectRecords }) => {
      const slow = handle(() => cold('---|'))
      expectRecords(partition('-a|').stream.pipe(fanOut(same, (records) => records.pipe(slow)))).toBe('----(a|)')
    })
  )
  it(
    'passes nothing on of a partition whose drain has timed out',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-a-!')
      const slow = handle(() => cold('---|'))
      expectRecords(
        orders.stream.pipe(
          fanOut(same, (records) => records.pipe(slow)),
          ack()
        )
      ).toBe('----|')
      expectAcks(orders).toBe('-')
    })
  )
  it(
    'waits for ever for a branch that passes nothing on',
    marbles(
      ({ partition, expectAcks, expectRecords }) => {
        const orders = partition('-a-----')
        expectRecords(
          orders.stream.pipe(
            fanOut(same, () => EMPTY),
            ack()
          )
        ).toBe('-')
        expectAcks(orders).toBe('-')
      },
      { leakCheck: false }
    )
  )
})
