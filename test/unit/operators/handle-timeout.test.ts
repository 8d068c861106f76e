import { NEVER, type Observable, Observable as Rx } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  ConsumerError,
  describeFault,
  eachPartition,
  exponential,
  handle,
  type HandleOptions,
  type HandlerContext,
  type ConsumerRecord
} from '../../../src/index.js'
import { numberOf } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'

const follow = (
  { orders }: Rig,
  options: HandleOptions<ConsumerRecord>,
  fn: (record: ConsumerRecord, context: HandlerContext) => unknown
): readonly unknown[] => {
  const errors: unknown[] = []
  orders
    .pipe(eachPartition((p) => p.pipe(handle(fn, options), commit({ every: 1 }))))
    .subscribe({ error: (error: unknown) => errors.push(error) })
  return errors
}

describe('timeoutMs', () => {
  it('ends an attempt that takes longer, aborts its signal, and tries again', () => {
    const made = rig(1, {}, 2)
    const signals: AbortSignal[] = []
    const unsubscribed: number[] = []
    const retry = { attempts: 3, backoff: exponential({ initialMs: 10, maxMs: 10, random: () => 1 }) }
    follow(made, { timeoutMs: 500, retry }, (record, context) => {
      if (numberOf(record) === 1) return undefined
      signals.push(context.signal)
      if (context.attempt === 3) return undefined
      return new Rx(() => () => unsubscribed.push(context.attempt))
    })
    made.clock.advance(499)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    made.clock.advance(1_000)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false])
    expect(unsubscribed).toEqual([1, 2])
    expect(made.committed()).toEqual([2n])
  })

  it('says which record, and after how long', () => {
    const made = rig(1, {}, 1)
    const errors = follow(made, { timeoutMs: 500 }, () => NEVER)
    made.clock.advance(60_000)
    const [error] = errors
    expect(error).toMatchObject({
      fault: { _tag: 'HandlerFault', place: { topic: 'orders', partition: 0, offset: 0n } }
    })
    if (!(error instanceof ConsumerError)) throw new Error('no ConsumerError')
    expect(describeFault(error.fault)).toBe(
      'handle failed at orders/0 offset 0 in attempt 1: the handler did not answer within 500 ms'
    )
  })

  it('counts from each attempt’s own beginning', () => {
    const made = rig(1, { maxInFlight: 10 }, 2)
    const late: number[] = []
    follow(
      made,
      { timeoutMs: 500, concurrency: 2, order: 'none', onFailure: 'skip' },
      (record, { signal }): Observable<never> => {
        signal.addEventListener('abort', () => late.push(made.clock.now()))
        if (numberOf(record) === 0)
          made.clock.schedule(200, () => made.cluster.produce('orders', { partition: 0, value: '2' }))
        return NEVER
      }
    )
    made.clock.advance(5_000)
    const [first = 0, second = 0, third = 0] = late
    expect([late.length, second - first]).toEqual([3, 0])
    expect(third - first).toBe(500)
  })

  it('ignores the result of a promise afterwards', async () => {
    const made = rig(1, {}, 1)
    let finish: () => void = () => undefined
    follow(made, { timeoutMs: 500, onFailure: 'skip' }, () => new Promise<void>((resolve) => (finish = resolve)))
    made.clock.advance(1_000)
    expect(made.events).toMatchObject([{ _tag: 'skipped', offset: 0n }])
    finish()
    await Promise.resolve()
    made.clock.advance(6_000)
    expect([made.committed(), made.events.length]).toEqual([[1n], 1])
  })

  it('has the signal of an attempt abort with the partition, too', () => {
    const made = rig(1, {}, 1)
    const signals: AbortSignal[] = []
    follow(made, { timeoutMs: 60_000 }, (_record, { signal }) => {
      signals.push(signal)
      return NEVER
    })
    made.clock.advance(100)
    void made.orders.close()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('leaves no timer behind once the pipeline has ended', () => {
    const made = rig(1, {}, 3)
    follow(made, { timeoutMs: 3_600_000 }, () => undefined)
    made.clock.advance(1_000)
    void made.orders.close()
    made.clock.advance(10_000)
    expect(made.clock.pending).toBe(0)
  })
})

describe('classify', () => {
  const retry = (classify: (cause: unknown) => 'retriable' | 'permanent'): HandleOptions<ConsumerRecord> => ({
    retry: { attempts: 5, backoff: exponential({ initialMs: 10, maxMs: 10 }), classify },
    onFailure: 'skip'
  })

  it('stops retries of permanent failures, and allows the configured attempts for others', () => {
    const made = rig(1, {}, 2)
    const seen: number[] = []
    follow(
      made,
      retry((cause) => (cause === 'never' ? 'permanent' : 'retriable')),
      (record) => {
        seen.push(numberOf(record))
        throw numberOf(record) === 0 ? 'never' : 'later'
      }
    )
    made.clock.advance(10_000)
    expect(seen).toEqual([0, 1, 1, 1, 1, 1])
  })

  it('that throws itself makes the original failure permanent', () => {
    const made = rig(1, {}, 1)
    follow(
      made,
      retry(() => {
        throw new Error('no idea')
      }),
      () => {
        throw new Error('boom')
      }
    )
    made.clock.advance(10_000)
    expect(made.events).toMatchObject([{ _tag: 'skipped', fault: { attempt: 1, cause: { message: 'boom' } } }])
  })
})
