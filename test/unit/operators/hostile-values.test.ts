import { describe, expect, it } from 'vitest'
import {
  commit,
  ConsumerError,
  deadLetter,
  describeFault,
  deserialize,
  eachPartition,
  exponential,
  handle,
  type OnFailure
} from '../../../src/index.js'
import { rig } from '../../support/rig.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

/** Throws whatever is done with it. */
const trap = (): object =>
  new Proxy(
    {},
    new Proxy(
      {},
      {
        get: () => () => {
          throw new Error('trapped')
        }
      }
    )
  )

/** A class whose instances throw when their message is read. */
class Mute extends Error {
  override get message(): string {
    throw new Error('trapped')
  }
}

/** A proxy that may be resolved with, but not asked what it is. */
const shy = (): object =>
  new Proxy(
    {},
    {
      has: () => {
        throw new Error('trapped')
      }
    }
  )

const hostile: readonly (readonly [what: string, cause: () => unknown])[] = [
  ['a proxy whose traps throw', trap],
  ['an error whose message throws', () => new Mute()],
  ['an error whose message is no text', () => Object.assign(new Error('x'), { message: { toString: trap } })],
  [
    'an object whose toJSON throws',
    () => ({
      toJSON: trap,
      get [Symbol.toStringTag](): string {
        throw new Error('trapped')
      }
    })
  ],
  [
    'a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    }
  ],
  ['a symbol', () => Symbol('x')],
  ['an object without prototype', () => Object.create(null) as object]
]

describe.each(hostile)('a handler that throws %s', (_what, cause) => {
  const thrown = (): never => {
    throw cause()
  }

  it('ends its pipeline with a fault that describeFault can print', () => {
    const { orders, clock, committed } = rig(1, {}, 3)
    const errors: unknown[] = []
    orders
      .pipe(eachPartition((p) => p.pipe(handle(thrown), commit({ every: 1 }))))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(60_000)
    expect(errors).toHaveLength(1)
    const [error] = errors as [ConsumerError]
    expect(error.fault).toMatchObject({ _tag: 'HandlerFault', place: { offset: 0n } })
    expect(describeFault(error.fault)).toContain('handle failed at orders/0 offset 0')
    expect(committed()).toEqual([null])
  })

  it.each<[string, (topic: ReturnType<typeof rig>) => OnFailure]>([
    ['skipped', () => 'skip'],
    ['written away', ({ cluster }) => deadLetter(cluster, { topic: 'letters' })]
  ])('has its records %s after the retries, and continues', (_policy, policyOf) => {
    const made = rig(1, {}, 3)
    made.cluster.createTopic('letters', 1)
    const retry = { attempts: 2, backoff: exponential({ initialMs: 10, maxMs: 10 }) }
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(thrown, { retry, onFailure: policyOf(made) }), commit({ every: 1 }))))
      .subscribe()
    made.clock.advance(60_000)
    expect(made.committed()).toEqual([3n])
  })
})

describe('a value that throws when it is read', () => {
  it('fails its record when a promise resolves with it', async () => {
    const { orders, clock } = rig(1, {}, 1)
    const errors: unknown[] = []
    orders
      .pipe(eachUnacknowledged((p) => p.pipe(handle(() => Promise.resolve(shy())))))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(100)
    await Promise.resolve()
    await Promise.resolve()
    clock.advance(60_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'HandlerFault', place: { offset: 0n } } }])
  })

  it.each(hostile)('is a fault when a codec returns %s instead of an Either', (_what, answer) => {
    const { orders, clock } = rig(1, {}, 1)
    const errors: unknown[] = []
    const value = { decode: answer as () => never }
    orders
      .pipe(eachUnacknowledged((p) => p.pipe(deserialize({ value }))))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(60_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'DecodeFault', stage: 'codec' } }])
  })

  it.each(hostile)('is a fault when a backoff throws %s', (_what, cause) => {
    const { orders, clock } = rig(1, {}, 1)
    const errors: unknown[] = []
    const delayMs = (): never => {
      throw cause()
    }
    const retry = { attempts: 3, backoff: { _tag: 'Backoff', delayMs } as const }
    const failing = (): never => {
      throw new Error('boom')
    }
    orders
      .pipe(eachUnacknowledged((p) => p.pipe(handle(failing, { retry }))))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(60_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'HandlerFault', attempt: 1 } }])
  })
})
