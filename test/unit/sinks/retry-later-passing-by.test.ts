import { describe, expect, it } from 'vitest'
import type { ConsumerRecord, HandleOptions } from '../../../src/index.js'
import { retrying, textOf } from '../../support/retrying.js'

/** The orders that a pipeline asked for: a record that passes by others needs none. */
const counting = () => {
  const asked: string[] = []
  const order: HandleOptions<ConsumerRecord>['order'] = (record) => {
    asked.push(textOf(record.value))
    return textOf(record.key)
  }
  return { asked, order }
}

describe('records beside those that are retried later', () => {
  it('pass by one that waits for its next attempt here, and none of its key does', () => {
    const backoff = { _tag: 'Backoff', delayMs: () => 2_000 } as const
    const retry = { attempts: 2, backoff }
    const { made, seen } = retrying(['b1'], { a1: 1 }, { more: { retry, concurrency: 1 } })
    made.clock.advance(3_000)
    // The retry topics are known by now.
    for (const value of ['a1', 'b2', 'a2', 'c1']) made.cluster.produce('orders', { key: value.slice(0, 1), value })
    made.clock.advance(1_000)
    expect(seen).toEqual(['b1', 'a1!', 'b2', 'c1'])
    made.clock.advance(2_000)
    expect(seen.slice(4)).toEqual(['a1', 'a2'])
  })

  it('pass by one that moves, and none of its key does', () => {
    const { made, seen, waiting } = retrying(['b1'], { a1: 1 }, { more: { concurrency: 1 } })
    made.clock.advance(3_000)
    for (const value of ['a1', 'b2', 'a2', 'c1']) made.cluster.produce('orders', { key: value.slice(0, 1), value })
    made.clock.advance(5_000)
    expect([seen, waiting('10s')]).toEqual([
      ['b1', 'a1!', 'b2', 'c1'],
      ['a1', 'a2']
    ])
  })

  it('keep their order if the whole partition is one', () => {
    const { made, seen, waiting } = retrying(['a1', 'b1', 'c1'], { a1: 1 }, { more: { order: 'partition' } })
    made.clock.advance(5_000)
    expect([seen, waiting('10s')]).toEqual([['a1!'], ['a1', 'b1', 'c1']])
    made.clock.advance(20_000)
    expect(seen).toEqual(['a1!', 'a1', 'b1', 'c1'])
  })

  it('keep an order of the user', () => {
    const { asked, order } = counting()
    const { made, seen, waiting } = retrying(['a1', 'b1', 'a2'], { a1: 1 }, { more: { order } })
    made.clock.advance(5_000)
    expect([seen, waiting('10s')]).toEqual([
      ['a1!', 'b1'],
      ['a1', 'a2']
    ])
    expect(asked.length).toBeGreaterThan(0)
  })

  it('do not have their own copies written again, though they have no order', () => {
    const given = { more: { order: 'none' }, isStarted: false } as const
    const { made, seen, join, waiting } = retrying(['a1', 'b1', 'c1'], { b1: 1 }, given)
    const one = join()
    made.clock.advance(6_000)
    one.seek({ topic: 'orders', partition: 0 }, 'beginning')
    made.clock.advance(2_000)
    // c1 is behind every record that moved.
    expect([seen, waiting('10s')]).toEqual([['a1', 'b1!', 'c1', 'a1', 'c1'], ['b1']])
    made.clock.advance(15_000)
    expect([seen.slice(5), waiting('10s')]).toEqual([['b1'], ['b1']])
  })

  it('follow a key that fails again after its retry topic was created again', () => {
    const { made, seen, waiting } = retrying(['a1', 'b1'], { b1: 1, a2: 1 })
    made.clock.advance(5_000)
    made.cluster.deleteTopic('orders.retry.10s')
    made.cluster.createTopic('orders.retry.10s', 1)
    made.clock.advance(30_000)
    // The first of these looks anew at the topics, and the next ones are told by what it found.
    for (const value of ['c1', 'a2', 'c2']) made.cluster.produce('orders', { key: value.slice(0, 1), value })
    made.clock.advance(3_000)
    made.cluster.produce('orders', { key: 'a', value: 'a3' })
    made.clock.advance(3_000)
    expect([seen, waiting('10s')]).toEqual([
      ['a1', 'b1!', 'c1', 'c2', 'a2!'],
      ['a2', 'a3']
    ])
  })
})
