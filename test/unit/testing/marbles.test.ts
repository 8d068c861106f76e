import { bufferTime, concatMap, delay, firstValueFrom, map, mergeMap, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { marbles, type Pipeline } from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

describe('marbles', () => {
  it(
    'plays a cluster: a slow record holds the commit back',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0              -abc-----
        sink b                ---|
        one                   ^--------
        one orders/0          ^abc-----
        one orders/0 acks     -a---(bc)
        one orders/0 commits  -a---(bc)
        `,
        { pipeline }
      )
    })
  )

  it(
    'runs promises of handlers in virtual time',
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-a-b|').pipe(concatMap(async (x) => Promise.resolve(x)))).toBe('-a-b|')
    })
  )
  it(
    'runs the timers of handlers in virtual time',
    marbles(({ hot, expectObservable }) => {
      const slow = async (x: string): Promise<string> => {
        await new Promise((done) => setTimeout(done, 5))
        await Promise.resolve()
        return x
      }
      expectObservable(hot('-a---b|').pipe(mergeMap(slow))).toBe('------a---(b|)')
    })
  )
  it(
    'lets an hour pass',
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-a|').pipe(delay(3_600_000))).toBe('3600001ms (a|)')
    })
  )
  it(
    'compares maps and sets whatever the order of what is in them',
    marbles(({ hot, expectObservable }) => {
      const [ab, ba] = [new Map(Object.entries({ a: [1], b: [2] })), new Map(Object.entries({ b: [2], a: [1] }))]
      expectObservable(hot('-x|', { x: ab })).toBe('-x|', { x: ba })
      expectObservable(hot('-x|', { x: new Set([1, 2]) })).toBe('-x|', { x: new Set([2, 1]) })
    })
  )
  it(
    'has rxjs go by virtual time',
    marbles(({ hot, expectObservable }) => {
      const joined = hot('-a-b-------c|').pipe(
        bufferTime(10),
        map((list) => list.join(''))
      )
      expectObservable(joined).toBe('----------x-(y|)', { x: 'ab', y: 'c' })
    })
  )
  it(
    'sees a timer that is made inside a microtask',
    marbles(({ hot, expectObservable }) => {
      const late = async (x: string): Promise<string> => {
        await Promise.resolve()
        await firstValueFrom(timer(7))
        return x
      }
      expectObservable(hot('-a|').pipe(concatMap(late))).toBe('--------(a|)')
    })
  )
})
