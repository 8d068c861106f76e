import { describe, it } from 'vitest'
import { ack, writeTo } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'
import { letterOf } from '../../support/marble-handlers.js'

describe('writeTo', () => {
  it(
    'handles one record after the other, and completes when all are done',
    marbles(({ partition, cold, expectRecords, expectSubscriptions, expectAcks }) => {
      const orders = partition('-ab|')
      const work = cold('---|')
      expectRecords(
        orders.stream.pipe(
          writeTo(() => work),
          ack()
        )
      ).toBe('----a--(b|)')
      expectSubscriptions(work.subscriptions).toBe([' -^--!', ' ----^--!'])
      expectAcks(orders).toBe('----a--b')
    })
  )
  it(
    'runs a handler of promises, and its timers',
    marbles(({ partition, expectRecords }) => {
      const slow = async (): Promise<void> => {
        await new Promise((done) => setTimeout(done, 4))
      }
      expectRecords(partition('-a|').stream.pipe(writeTo(slow))).toBe('-----(a|)')
    })
  )
  it(
    'errors with the source, and abandons what runs',
    marbles(({ partition, cold, expectRecords, expectSubscriptions }) => {
      const work = cold('-----|')
      expectRecords(partition('-a-#').stream.pipe(writeTo(() => work))).toBe('---#')
      expectSubscriptions(work.subscriptions).toBe('-^-!')
    })
  )
  it(
    'errors when its handler does, and abandons what else runs',
    marbles(({ partition, cold, expectRecords, expectSubscriptions, expectAcks }) => {
      const orders = partition('-ab-c|')
      const slow = cold('------|')
      const work = writeTo(
        (record) => {
          if (letterOf(record) === 'b') throw new Error('refused')
          return slow
        },
        { concurrency: 2, order: 'none' }
      )
      expectRecords(orders.stream.pipe(work, ack())).toBe('--#')
      expectSubscriptions(slow.subscriptions).toBe('-^!')
      expectAcks(orders).toBe('-')
    })
  )
  it(
    'abandons what runs once it is unsubscribed from',
    marbles(({ partition, cold, expectRecords, expectSubscriptions }) => {
      const work = cold('------|')
      expectRecords(partition('-a|').stream.pipe(writeTo(() => work)), '---!').toBe('-')
      expectSubscriptions(work.subscriptions).toBe('-^-!')
    })
  )
  it(
    'finishes what is in flight when its partition is revoked',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-ab|')
      expectRecords(
        orders.stream.pipe(
          writeTo(() => cold('---|')),
          ack()
        )
      ).toBe('----a--(b|)')
      expectAcks(orders).toBe('----a--b')
    })
  )
  it(
    'passes nothing on of a partition whose drain has timed out, and begins nothing more',
    marbles(({ partition, cold, expectRecords, expectSubscriptions, expectAcks }) => {
      const orders = partition('-ab!')
      const work = cold('---|')
      expectRecords(
        orders.stream.pipe(
          writeTo(() => work),
          ack()
        )
      ).toBe('----|')
      expectSubscriptions(work.subscriptions).toBe('-^--!')
      expectAcks(orders).toBe('-')
    })
  )
})
