import { left, right } from 'fp-ts/lib/Either.js'
import { of, Subject, throwError } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  concurrencyLimit,
  ConsumerError,
  type ConsumerRecord,
  type DeadLetterPolicy,
  describeFault,
  exponential,
  refused,
  sink,
  type SinkOptions
} from '../../../src/index.js'
import { testPartition, type TestPartition } from '../../../src/testing.js'
import { VirtualClock } from '../../support/virtual-clock.js'

type Options = Omit<SinkOptions<ConsumerRecord>, 'write'>

interface Call {
  /** the offsets that it was given */
  readonly offsets: readonly number[]
  readonly signal: AbortSignal
  answer: (value?: unknown) => void
  fail: (cause?: unknown) => void
}

const clocks: VirtualClock[] = []
afterEach(() => {
  for (const clock of clocks.splice(0)) expect(clock.pending).toBe(0)
})

/** A sink on a partition, and the calls of its store, which the test answers. */
const stage = (
  options: Options = {},
  clock = new VirtualClock(),
  partition: TestPartition = testPartition({ clock })
) => {
  clocks.push(clock)
  const calls: Call[] = []
  const passed: number[] = []
  let ended: unknown = null
  const write: SinkOptions<ConsumerRecord>['write'] = (records, { signal }) => {
    const answers = new Subject<unknown>()
    calls.push({
      offsets: records.map(({ offset }) => Number(offset)),
      signal,
      answer: (value) => {
        answers.next(value)
        answers.complete()
      },
      fail: (cause = new Error('no')) => {
        answers.error(cause)
      }
    })
    return answers
  }
  const subscription = partition.stream.pipe(sink({ write, ...options })).subscribe({
    next: ({ offset }) => passed.push(Number(offset)),
    error: (error: unknown) => {
      ended = error
    },
    complete: () => {
      ended = 'complete'
    }
  })
  return {
    calls,
    clock,
    partition,
    passed,
    subscription,
    get ended() {
      return ended
    },
    get lastCall(): Call {
      return calls.at(-1) ?? expect.fail('the store was not called')
    },
    deliver: (count: number) => {
      for (let at = 0; at < count; at++) partition.deliver({ value: 'abcd' })
    }
  }
}

const wait = exponential({ initialMs: 100, maxMs: 100, random: () => 1 })

describe('the batches of a sink', () => {
  it('are what came in one turn, and then what came while the store was busy', () => {
    const it = stage()
    it.deliver(3)
    expect(it.calls).toHaveLength(0)
    it.clock.advance(0)
    expect(it.lastCall.offsets).toEqual([0, 1, 2])
    it.deliver(2)
    it.clock.advance(10)
    expect(it.calls).toHaveLength(1)
    it.calls[0]?.answer()
    expect(it.passed).toEqual([0, 1, 2])
    expect(it.lastCall.offsets).toEqual([3, 4])
    it.lastCall.answer()
    expect(it.passed).toEqual([0, 1, 2, 3, 4])
    expect(it.partition.held).toEqual([])
  })

  it('are full at the number of records', () => {
    const it = stage({ records: 2, withinMs: 1_000 })
    it.deliver(5)
    expect(it.lastCall.offsets).toEqual([0, 1])
    it.lastCall.answer()
    expect(it.lastCall.offsets).toEqual([2, 3])
    it.lastCall.answer()
    it.clock.advance(999)
    expect(it.calls).toHaveLength(2)
    it.partition.drain()
    expect(it.lastCall.offsets).toEqual([4])
    it.lastCall.answer()
    expect(it.ended).toBe('complete')
  })

  it('are full at the bytes, with the record that exceeds them', () => {
    const it = stage({ bytes: 6, withinMs: Infinity })
    it.deliver(3)
    expect(it.lastCall.offsets).toEqual([0, 1])
    it.partition.flush()
    expect(it.calls).toHaveLength(1)
    it.lastCall.answer()
    expect(it.lastCall.offsets).toEqual([2])
    it.subscription.unsubscribe()
  })

  it('go when the time of the first record is over', () => {
    const it = stage({ withinMs: 50 })
    it.deliver(1)
    it.clock.advance(49)
    it.deliver(1)
    expect(it.calls).toHaveLength(0)
    it.clock.advance(1)
    expect(it.lastCall.offsets).toEqual([0, 1])
    it.lastCall.answer()
  })

  it('are written at once as far as `concurrency` allows, and pass on as they are written', () => {
    const it = stage({ records: 2, concurrency: 2 })
    it.deliver(6)
    expect(it.calls.map(({ offsets }) => offsets)).toEqual([
      [0, 1],
      [2, 3]
    ])
    it.calls[1]?.answer()
    expect(it.passed).toEqual([2, 3])
    expect(it.lastCall.offsets).toEqual([4, 5])
    it.subscription.unsubscribe()
    expect(it.partition.held).toEqual([])
    expect(it.calls.map(({ signal }) => signal.aborted)).toEqual([true, false, true])
  })

  it('share a limit with other pipelines', () => {
    const limit = concurrencyLimit(1)
    const clock = new VirtualClock()
    const one = stage({ limit }, clock)
    const other = stage({ limit }, clock, testPartition({ clock, partition: 1 }))
    one.deliver(1)
    other.deliver(1)
    clock.advance(0)
    expect([one.calls.length, other.calls.length]).toEqual([1, 0])
    one.lastCall.answer()
    expect(other.lastCall.offsets).toEqual([0])
    other.lastCall.answer()
    expect(limit.active).toBe(0)
  })
})

describe('a batch that failed', () => {
  it('is written again after the backoff, before what came later', () => {
    const it = stage({ retry: { attempts: 3, backoff: wait } })
    it.deliver(2)
    it.clock.advance(0)
    it.lastCall.fail()
    it.deliver(1)
    it.clock.advance(99)
    expect(it.calls).toHaveLength(1)
    it.clock.advance(1)
    expect(it.lastCall.offsets).toEqual([0, 1])
    it.lastCall.answer()
    expect(it.lastCall.offsets).toEqual([2])
    it.lastCall.answer()
    expect(it.passed).toEqual([0, 1, 2])
  })

  it('ends the pipeline under `fail` once its attempts are used up, without being halved', () => {
    const it = stage({ retry: { attempts: 2, backoff: wait } })
    it.deliver(4)
    it.clock.advance(0)
    it.lastCall.fail()
    it.clock.advance(100)
    it.lastCall.fail()
    expect(it.calls).toHaveLength(2)
    const { ended } = it
    expect(ended).toBeInstanceOf(ConsumerError)
    expect(describeFault((ended as ConsumerError).fault)).toContain('sink failed at test/0 offset 0 in attempt 2')
    expect(it.partition.held).toEqual([])
  })

  it('is halved until the bad record is alone, in about twice the logarithm of calls', () => {
    const written: number[] = []
    let calls = 0
    const clock = new VirtualClock()
    const partition = testPartition({ clock })
    const skipped: number[] = []
    partition.stream
      .pipe(
        sink({
          write: (records) => {
            calls++
            if (records.some(({ offset }) => offset === 321n)) return throwError(() => 'bad')
            written.push(...records.map(({ offset }) => Number(offset)))
            return of(undefined)
          },
          retry: { attempts: 9, backoff: wait, classify: () => 'permanent' },
          onFailure: 'skip'
        })
      )
      .subscribe()
    for (let at = 0; at < 500; at++) partition.deliver()
    clock.advance(0)
    for (const event of partition.events) if (event._tag === 'skipped') skipped.push(Number(event.offset))
    expect(written).toEqual(Array.from({ length: 500 }, (_, at) => at).filter((at) => at !== 321))
    expect(skipped).toEqual([321])
    expect(calls).toBeLessThan(22)
    expect(partition.held).toEqual([])
  })

  it('that may pass is halved after its attempts too, each half with one call', () => {
    const it = stage({ retry: { attempts: 2, backoff: wait }, onFailure: 'skip' })
    it.deliver(2)
    it.clock.advance(0)
    it.lastCall.fail()
    it.clock.advance(100)
    it.lastCall.fail()
    expect(it.lastCall.offsets).toEqual([0])
    it.lastCall.answer()
    expect(it.lastCall.offsets).toEqual([1])
    it.lastCall.fail()
    expect(it.calls).toHaveLength(4)
    expect(it.passed).toEqual([0])
    expect(it.partition.acked).toEqual([1n])
  })

  it('under `fail` is written up to a record that never can be, and the pipeline ends there', () => {
    const it = stage({ retry: { attempts: 1, backoff: wait, classify: () => 'permanent' } })
    it.deliver(4)
    it.clock.advance(0)
    it.lastCall.fail() // 0 1 2 3
    it.lastCall.answer() // 0 1
    it.lastCall.fail() // 2 3
    it.lastCall.answer() // 2
    it.lastCall.fail() // 3
    expect(it.passed).toEqual([0, 1, 2])
    expect(describeFault((it.ended as ConsumerError).fault)).toContain('offset 3')
  })

  it('in part passes on the others, and only the refused are written again', () => {
    const it = stage({ retry: { attempts: 3, backoff: wait }, onFailure: 'skip' })
    it.deliver(5)
    it.clock.advance(0)
    it.lastCall.answer(
      refused([
        { index: 1, cause: 'busy' },
        { index: 3, cause: 'bad', permanent: true }
      ])
    )
    expect(it.passed).toEqual([0, 2, 4])
    expect(it.partition.acked).toEqual([3n])
    it.clock.advance(100)
    expect(it.lastCall.offsets).toEqual([1])
    it.lastCall.answer()
    expect(it.passed).toEqual([0, 2, 4, 1])
    expect(it.partition.held).toEqual([])
  })

  it('by taking too long has its signal aborted, and what it still gives is ignored', () => {
    const it = stage({ timeoutMs: 50, retry: { attempts: 2, backoff: wait } })
    it.deliver(1)
    it.clock.advance(50)
    const first = it.lastCall
    expect(first.signal.aborted).toBe(true)
    first.answer()
    expect(it.passed).toEqual([])
    it.clock.advance(100)
    expect(it.calls).toHaveLength(2)
    it.lastCall.answer()
    expect(it.passed).toEqual([0])
    it.partition.drain()
  })

  it('waits, in its place, until its bad record is among the dead letters', () => {
    const taken = new Subject<ReturnType<typeof right<undefined>>>()
    let held = 0
    const policy: DeadLetterPolicy = {
      _tag: 'DeadLetter',
      take: () => taken,
      hold: () => {
        held++
        return () => {
          held--
        }
      }
    }
    const it = stage({ records: 1, onFailure: policy })
    it.deliver(2)
    it.lastCall.fail()
    expect(held).toBe(1)
    expect(it.calls).toHaveLength(1)
    taken.next(right(undefined))
    taken.complete()
    expect(it.partition.acked).toEqual([0n])
    expect(it.lastCall.offsets).toEqual([1])
    it.lastCall.answer()
    it.partition.drain()
    expect(it.ended).toBe('complete')
    expect(held).toBe(0)
  })

  it('whose dead letter can never be written ends the pipeline with that', () => {
    const fault = { _tag: 'UsageFault', reason: 'no such table' } as const
    const policy: DeadLetterPolicy = { _tag: 'DeadLetter', take: () => of(left(fault)), hold: () => () => undefined }
    const it = stage({ onFailure: policy })
    it.deliver(1)
    it.clock.advance(0)
    it.lastCall.fail()
    expect((it.ended as ConsumerError).fault).toEqual(fault)
    expect(it.partition.acked).toEqual([])
  })

  it('is given up while it rests once its partition is lost', () => {
    const it = stage({ retry: { attempts: 2, backoff: wait } })
    it.deliver(2)
    it.clock.advance(0)
    it.lastCall.fail()
    it.partition.lose()
    it.clock.advance(100)
    expect(it.calls).toHaveLength(1)
    expect(it.passed).toEqual([])
    expect(it.ended).toBe('complete')
  })
})
