import { right } from 'fp-ts/lib/Either.js'
import { of, type OperatorFunction } from 'rxjs'
import { settle } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { DeadLetterPolicy, FailedRecord } from '../../model/failure-policy.js'
import { testPartition, type TestPartition } from '../test-partition.js'
import { collect, type Collected, same, until } from './checks.js'
import { ContractError } from './contract-case.js'

/** A sink that is held against the contract, with an empty store of its own. */
export interface SinkUnderTest {
  /** The sink. Records have a text as their value, as bytes; no key. */
  operator(options: { readonly onFailure: 'fail' | DeadLetterPolicy }): OperatorFunction<ConsumerRecord, ConsumerRecord>
  /** The values that are in the store now, in its order where it has one, as often as they are there. */
  written(): readonly string[] | Promise<readonly string[]>
  /** A value that the store never takes. */
  readonly badValue?: string
  /** Has the next writes of the store fail in a way that may pass; the sink tries again so many times and more. */
  failNext?(times: number): void
  /** The store has no order: the contract looks at what is there only. @default false */
  readonly unordered?: boolean
  close?(): void | Promise<void>
}

/** A sentence of the contract of a sink: `run` rejects if it does not hold. */
export interface SinkCase {
  readonly name: string
  /** What the store under test has to offer for it, besides the sink and `written`. */
  readonly needs: 'nothing' | 'badValue' | 'failNext'
  readonly run: (open: () => SinkUnderTest | Promise<SinkUnderTest>) => Promise<void>
}

interface Trial {
  readonly sink: SinkUnderTest
  readonly partition: TestPartition
  /** the offsets that it passed on, in order */
  readonly passed: readonly number[]
  readonly letters: readonly FailedRecord[]
  readonly collected: Collected<ConsumerRecord>
}

const deliver = (partition: TestPartition, ...values: readonly string[]): void => {
  for (const value of values) partition.deliver({ value })
}
const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `value ${String(from + index)}`)
const offsetsOf = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

const check = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new ContractError(otherwise)
}

/** Runs a case with a sink of its own, subscribed to a partition. */
const trial =
  (onFailure: 'fail' | 'dead letters', body: (trial: Trial) => Promise<void>): SinkCase['run'] =>
  async (open) => {
    const sink = await open()
    const letters: FailedRecord[] = []
    const policy: DeadLetterPolicy = {
      _tag: 'DeadLetter',
      take: (failed) => {
        letters.push(failed)
        return of(right(undefined))
      },
      hold: () => () => undefined
    }
    const partition = testPartition()
    const operator = sink.operator({ onFailure: onFailure === 'fail' ? 'fail' : policy })
    const collected = collect(partition.stream.pipe(operator))
    try {
      await body({
        sink,
        partition,
        letters,
        collected,
        get passed() {
          return collected.values.map(({ offset }) => Number(offset))
        }
      })
    } finally {
      collected.subscription.unsubscribe()
      await sink.close?.()
    }
  }

const ended = async ({ collected }: Trial): Promise<void> => {
  const how = await collected.ended
  if (how !== 'complete') throw how
}

const sameValues = async (sink: SinkUnderTest, expected: readonly string[]): Promise<void> => {
  const written = await sink.written()
  if (sink.unordered === true) same([...written].sort(), [...expected].sort())
  else same(written, expected)
}

/**
 * What every sink has to do, as data: for those who write one of their own, with `sink` or without. Each case takes a function
 * that gives the sink with an empty store; it takes real time, and no case depends on how much.
 *
 * Cases that need what the store cannot offer are left out by `needs`.
 *
 * @example
 * it.each(sinkContract)('$name', ({ run }) => run(() => ({
 *   operator: ({ onFailure }) => toMyStore(store, { onFailure }),
 *   written: () => store.values(),
 *   badValue: 'too long for the column',
 *   failNext: (times) => store.refuse(times)
 * })))
 */
export const sinkContract: readonly SinkCase[] = [
  {
    name: 'a record is in the store before it is passed on',
    needs: 'nothing',
    run: async (open) => {
      const sink = await open()
      const partition = testPartition()
      // Asked in the call that passes it on.
      const asked: { readonly value: string; readonly written: readonly string[] | Promise<readonly string[]> }[] = []
      const subscription = partition.stream.pipe(sink.operator({ onFailure: 'fail' })).subscribe(({ offset }) => {
        asked.push({ value: `value ${String(offset)}`, written: sink.written() })
      })
      try {
        deliver(partition, ...numbered(0, 10))
        await until(() => asked.length === 10, 'all records are passed on')
        for (const { value, written } of asked)
          check((await written).includes(value), `${value} was passed on before it was in the store`)
      } finally {
        subscription.unsubscribe()
        await sink.close?.()
      }
    }
  },
  {
    name: 'it passes on what came in, acknowledged by whoever comes behind it, and by nothing before',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      const { partition, collected } = one
      deliver(partition, ...numbered(0, 5))
      await until(() => collected.values.length === 5, 'all records are passed on')
      same(partition.acked, [])
      for (const record of collected.values) settle(record)
      same(partition.acked, [0n, 1n, 2n, 3n, 4n])
    })
  },
  {
    name: 'each record is written once and passed on once, in order',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      const { sink, partition } = one
      for (let burst = 0; burst < 12; burst++) {
        deliver(partition, ...numbered(burst * 100, burst * 100 + 100))
        if (burst % 3 === 2) await until(() => one.passed.length > burst * 50, 'half of them are passed on')
      }
      partition.drain()
      await ended(one)
      await sameValues(sink, numbered(0, 1_200))
      same(one.passed, offsetsOf(0, 1_200))
    })
  },
  {
    name: 'a record keeps its credit until it is passed on, and no longer',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      const { partition, collected } = one
      deliver(partition, ...numbered(0, 30))
      const out = new Set([...partition.held.map(Number), ...one.passed])
      check(out.size === 30, `of 30 records ${String(30 - out.size)} were neither held nor passed on`)
      await until(() => collected.values.length === 30, 'all records are passed on')
      await until(() => partition.held.length === 0, 'what was passed on is let go of')
    })
  },
  {
    name: 'it completes when its source has and everything is written',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 10))
      one.partition.drain()
      await ended(one)
      same(one.passed, offsetsOf(0, 10))
      await sameValues(one.sink, numbered(0, 10))
      same(one.partition.held, [])
    })
  },
  {
    name: 'it completes with a source that gives nothing',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      one.partition.drain()
      await ended(one)
      same(one.passed, [])
    })
  },
  {
    name: 'it errors with its source, and lets go of what it holds',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 3))
      const gone = new Error('the source is gone')
      one.partition.fail(gone)
      same((await one.collected.ended) === gone, true)
      same(one.partition.held, [])
    })
  },
  {
    name: 'what it collects goes when it is asked for it, full or not',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 3))
      one.partition.flush()
      await until(() => one.passed.length === 3, 'what was collected is passed on')
    })
  },
  {
    name: 'unsubscribed, it lets go of everything and emits nothing more',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 20))
      one.collected.subscription.unsubscribe()
      const { length } = one.passed
      same(one.partition.held, [])
      // Once the store has answered another there is nothing under way any more.
      const next = testPartition({ partition: 1 })
      const behind = collect(next.stream.pipe(one.sink.operator({ onFailure: 'fail' })))
      deliver(next, 'after')
      next.drain()
      await behind.ended
      same(one.passed.length, length)
    })
  },
  {
    name: 'nothing of a partition that was lost is passed on',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 20))
      one.partition.lose()
      const { length } = one.passed
      await one.collected.ended
      same(one.passed.length, length)
      same(one.partition.acked, [])
    })
  },
  {
    name: 'what failed and may succeed is written again, and nothing is lost or passed on twice',
    needs: 'failNext',
    run: trial('fail', async (one) => {
      one.sink.failNext?.(2)
      deliver(one.partition, ...numbered(0, 50))
      one.partition.drain()
      await ended(one)
      same(one.passed, offsetsOf(0, 50))
      await sameValues(one.sink, numbered(0, 50))
      same(one.partition.held, [])
    })
  },
  ...([0, 17, 49] as const).map((at): SinkCase => ({
    name: `of 50 records the one that the store never takes (number ${String(at)}) goes to the dead letters alone; the others are written once`,
    needs: 'badValue',
    run: trial('dead letters', async (one) => {
      const { sink, partition, letters } = one
      const values = numbered(0, 50).map((value, index) => (index === at ? badOf(sink) : value))
      deliver(partition, ...values)
      partition.drain()
      await ended(one)
      same(
        letters.map(({ record }) => Number(record.offset)),
        [at]
      )
      same(
        one.passed,
        offsetsOf(0, 50).filter((offset) => offset !== at)
      )
      same(partition.acked.map(Number), [at])
      await sameValues(
        sink,
        values.filter((_, index) => index !== at)
      )
      same(partition.held, [])
    })
  })),
  {
    name: 'under `fail` it errors with a ConsumerError for what the store never takes, and passes on nothing from there on',
    needs: 'badValue',
    run: trial('fail', async (one) => {
      const values = numbered(0, 20).map((value, index) => (index === 11 ? badOf(one.sink) : value))
      deliver(one.partition, ...values)
      one.partition.drain()
      const how = await one.collected.ended
      check(how instanceof ConsumerError, `it ended with ${String(how)}`)
      check(
        one.passed.every((offset) => offset < 11),
        `it passed on ${String(one.passed)}`
      )
      same(one.partition.acked, [])
      same(one.partition.held, [])
    })
  }
]

const badOf = ({ badValue }: SinkUnderTest): string => {
  if (badValue === undefined) throw new ContractError('this case needs a badValue')
  return badValue
}
