import { describe, expect, it } from 'vitest'
import {
  commit,
  type DeadLetter,
  deadLetterTo,
  type DeadLetterToOptions,
  eachPartition,
  exponential,
  handle,
  retryLater,
  subscribe
} from '../../../src/index.js'
import { rig, type Rig } from '../../support/rig.js'

const textOf = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined)
const backoff = exponential({ initialMs: 1_000, maxMs: 1_000, random: () => 1 })

interface Writing {
  readonly made: Rig
  readonly errors: unknown[]
}

/** Records whose value ends with `!` fail. */
const writing = (values: readonly string[], options: DeadLetterToOptions): Writing => {
  const made = rig(1)
  for (const value of values) made.cluster.produce('orders', { key: value.slice(0, 1), value })
  const errors: unknown[] = []
  made.orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle(
            ({ value }) => {
              if (textOf(value).endsWith('!')) throw new Error('boom')
            },
            { order: 'key', concurrency: 4, onFailure: deadLetterTo(options) }
          ),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ error: (error: unknown) => errors.push(error) })
  return { made, errors }
}

describe('deadLetterTo', () => {
  it('settles a record once its letter is written, and writes those of a key in their order', () => {
    const letters: DeadLetter[] = []
    const write = (letter: DeadLetter): void => {
      letters.push(letter)
    }
    const { made } = writing(['a1!', 'b1', 'a2!', 'a3'], { write })
    made.clock.advance(6_000)
    expect(letters.map(({ record }) => textOf(record.value))).toEqual(['a1!', 'a2!'])
    expect(letters[0]).toMatchObject({
      record: { topic: 'orders', partition: 0, offset: 0n },
      fault: { _tag: 'HandlerFault' },
      attempts: 1,
      groupId: 'billing'
    })
    expect(letters[0]?.reason).toContain('boom')
    expect([made.committed(), made.events.map(({ _tag }) => _tag)]).toEqual([[4n], ['dead lettered', 'dead lettered']])
  })

  it('retries a write that fails, and holds up only the records of the key meanwhile', () => {
    let down = true
    const tries: number[] = []
    const { made } = writing(['a1!', 'b1', 'a2', 'b2'], {
      write: (_, { attempt }) => {
        tries.push(attempt)
        if (down) throw new Error('down')
      },
      retry: { attempts: Infinity, backoff }
    })
    made.clock.advance(5_500)
    expect(made.committed()).toEqual([null])
    expect(made.orders.positions()).toMatchObject([{ settled: 2 }])
    down = false
    made.clock.advance(1_500)
    expect(made.committed()).toEqual([4n])
    expect(tries.length).toBeGreaterThan(2)
    const tags = made.events.map(({ _tag }) => _tag)
    expect([tags[0], tags.slice(-2)]).toEqual(['waiting', ['recovered', 'dead lettered']])
  })

  it('ends the pipeline with the failure, and settles nothing, if the letter can never be written', () => {
    const cause = new Error('no such table')
    const { made, errors } = writing(['a1!'], {
      write: () => {
        throw cause
      },
      retry: { attempts: 5, backoff, classify: () => 'permanent' }
    })
    made.clock.advance(6_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'SinkFault', sink: 'deadLetterTo', cause } }])
    expect(made.committed()).toEqual([null])
  })

  it('gives up after its attempts', () => {
    let calls = 0
    const { made, errors } = writing(['a1!'], {
      write: () => {
        calls++
        throw new Error('down')
      },
      retry: { attempts: 2, backoff }
    })
    made.clock.advance(10_000)
    expect([calls, errors.length, made.committed()]).toEqual([2, 1, [null]])
  })

  it.each([
    ['at once', () => undefined],
    ['later', () => Promise.resolve()]
  ])('does not abort the signal of a call that succeeded %s', async (_, result) => {
    const aborted: string[] = []
    const write: DeadLetterToOptions['write'] = (letter, { signal }) => {
      signal.addEventListener('abort', () => aborted.push(letter.reason))
      return result()
    }
    const { made } = writing(['a1!', 'a2!'], { write })
    made.clock.advance(6_000)
    for (let turn = 0; turn < 40; turn++) {
      await Promise.resolve()
      made.clock.advance(200)
    }
    expect([made.committed(), aborted]).toEqual([[2n], []])
  })

  it('a call that takes too long is aborted, and made again', () => {
    const signals: AbortSignal[] = []
    const { made } = writing(['a1!'], {
      write: (_, { signal, attempt }) => {
        signals.push(signal)
        return attempt === 1 ? new Promise(() => undefined) : undefined
      },
      timeoutMs: 500,
      retry: { attempts: 3, backoff }
    })
    made.clock.advance(8_000)
    expect([signals.map(({ aborted }) => aborted), made.committed()]).toEqual([[true, false], [1n]])
  })

  it('a close aborts the call, and the record is delivered again', () => {
    const signals: AbortSignal[] = []
    const { made } = writing(['a1!'], {
      write: (_, { signal }) => {
        signals.push(signal)
        return new Promise(() => undefined)
      }
    })
    made.clock.advance(5_000)
    made.orders.close().catch(() => undefined)
    made.clock.advance(5_000)
    expect([signals.map(({ aborted }) => aborted), made.committed()]).toEqual([[true], [null]])
  })

  it('behind retry topics, a letter has the place of the original', () => {
    const made = rig(1)
    made.cluster.createTopic('retry.1s', 1)
    made.cluster.produce('orders', { key: 'a', value: 'a1' })
    const letters: DeadLetter[] = []
    const then = deadLetterTo({
      write: (letter) => {
        letters.push(letter)
      }
    })
    const retries = retryLater(made.cluster, { topic: 'retry', tiers: ['1s'], then })
    const failing = (): void => {
      throw new Error('boom')
    }
    made
      .member({ subscription: subscribe('orders', ...retries.topics) })
      .pipe(eachPartition((p) => p.pipe(handle(failing, { order: 'key', onFailure: retries }), commit({ every: 1 }))))
      .subscribe()
    made.clock.advance(15_000)
    expect(letters).toMatchObject([{ record: { topic: 'orders', partition: 0, offset: 0n }, attempts: 2 }])
    expect(letters[0]?.record.headers).toEqual([])
  })
})
