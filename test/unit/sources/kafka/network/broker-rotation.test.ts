import { describe, expect, it } from 'vitest'
import { BrokerRotation } from '../../../../../src/sources/kafka/network/broker-rotation.js'
import { firstAnswer } from '../../../../../src/sources/kafka/network/first-answer.js'
import { renewAfter } from '../../../../../src/sources/kafka/network/renew-after.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

const brokers = ['a', 'b', 'c'].map((name) => ({ name, isDoubtful: false }))
const names = (list: readonly { readonly name: string }[]): string => list.map(({ name }) => name).join('')

describe('BrokerRotation', () => {
  it('begins with any of them', () => {
    const first = [0, 0.4, 0.7].map((random) => names(new BrokerRotation(() => random).order('q', brokers, 0)))
    expect(first).toEqual(['abc', 'bca', 'cab'])
  })

  it('stays with the one that answered, whatever is asked', () => {
    const turns = new BrokerRotation(() => 0)
    turns.answered('metadata', 'b', 0)
    expect(names(turns.order('coordinator', brokers, 1))).toBe('bca')
    expect(names(turns.order('metadata', brokers, 60_000))).toBe('bca')
  })

  it('asks the next one what was answered less than a minute ago', () => {
    const turns = new BrokerRotation(() => 0)
    turns.answered('metadata', 'b', 0)
    expect(names(turns.order('metadata', brokers, 59_999))).toBe('cab')
    turns.answered('metadata', 'c', 59_999)
    expect(names(turns.order('metadata', brokers, 60_500))).toBe('abc')
  })

  it('asks those last of which nothing good was heard', () => {
    const doubtful = brokers.map((one) => ({ ...one, isDoubtful: one.name === 'a' }))
    expect(names(new BrokerRotation(() => 0).order('q', doubtful, 0))).toBe('bca')
  })

  it('does not care who is gone', () => {
    const turns = new BrokerRotation(() => 0)
    turns.answered('q', 'gone', 0)
    expect(names(turns.order('q', brokers, 1))).toBe('abc')
    expect(turns.order('q', [], 1)).toEqual([])
  })
})

describe('firstAnswer', () => {
  const asked = (): {
    settle: Map<string, { resolve: (v: string) => void; reject: (e: Error) => void }>
    ask: (c: string) => Promise<string>
  } => {
    // prettier-ignore
    const settle = new Map<string, { resolve: (v: string) => void; reject: (e: Error) => void }>()
    return { settle, ask: (c) => new Promise((resolve, reject) => void settle.set(c, { resolve, reject })) }
  }

  it('asks the next after a second without an answer, and takes whichever comes first', async () => {
    const clock = new VirtualClock()
    const { settle, ask } = asked()
    const answer = firstAnswer(['a', 'b', 'c'], clock, ask)
    clock.advance(999)
    expect([...settle.keys()]).toEqual(['a'])
    clock.advance(1)
    expect([...settle.keys()]).toEqual(['a', 'b'])
    settle.get('b')?.resolve('from b')
    expect(await answer).toBe('from b')
    expect(clock.pending).toBe(0)
    settle.get('a')?.reject(new Error('late'))
    clock.advance(10_000)
    expect([...settle.keys()]).toEqual(['a', 'b'])
  })

  it('asks the next at once after a failure, and fails with all errors when every one has', async () => {
    const clock = new VirtualClock()
    const error = await firstAnswer(['a', 'b'], clock, (c) => Promise.reject(new Error(c))).catch(
      (thrown: unknown) => thrown
    )
    expect((error as AggregateError).errors.map((one: Error) => one.message)).toEqual(['a', 'b'])
    expect(clock.pending).toBe(0)
  })

  it('waits for those that were asked before, when the last fails', async () => {
    const clock = new VirtualClock()
    const { settle, ask } = asked()
    const answer = firstAnswer(['a', 'b'], clock, ask)
    clock.advance(1_000)
    settle.get('b')?.reject(new Error('b'))
    await Promise.resolve()
    settle.get('a')?.resolve('from a')
    expect(await answer).toBe('from a')
  })
})

describe('renewAfter', () => {
  it.each([
    [5_000, 0, 4_250],
    [5_000, 1, 4_750],
    [90_000_000, 0.5, 81_000_000],
    [1_177, 0, 1_000],
    [1_000, 1, null]
  ])('renews a session of %d ms at %d of the span after %s ms', (sessionMs, random, after) => {
    expect(renewAfter(sessionMs, random)).toBe(after)
  })
})
