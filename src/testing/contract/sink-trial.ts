import { right } from 'fp-ts/lib/Either.js'
import { of, type OperatorFunction } from 'rxjs'
import {
  aFunction,
  type ArgumentRule,
  aText,
  optional,
  problemsWith,
  problemsWithFields,
  refuseWrong,
  truth
} from '../../model/check-arguments.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { DeadLetterPolicy, FailedRecord } from '../../model/failure-policy.js'
import { testPartition, type TestPartition } from '../test-partition.js'
import { collect, type Collected, same } from './checks.js'
import { ContractError } from './contract-case.js'

/** A sink to be tested by the contract, with an empty store of its own. */
export interface SinkUnderTest {
  /** The sink. The values of its records are texts as bytes; the keys are null. */
  operator(options: { readonly onFailure: 'fail' | DeadLetterPolicy }): OperatorFunction<ConsumerRecord, ConsumerRecord>
  /** The values in the store now, in the store's order if it has one, with repetitions. */
  written(): readonly string[] | Promise<readonly string[]>
  /** A value that the store never accepts. */
  readonly badValue?: string
  /** Makes the next writes of the store fail with a temporary error; the sink retries at least this often. */
  failNext?(times: number): void
  /** The store has no order, so only its content is compared. @default false */
  readonly unordered?: boolean
  close?(): void | Promise<void>
}

/** A sentence of the contract of a sink: `run` rejects if it does not hold. */
export interface SinkCase {
  readonly name: string
  /** What the case requires of the store under test, besides the sink and `written`. */
  readonly needs: 'nothing' | 'badValue' | 'failNext'
  readonly run: (open: () => SinkUnderTest | Promise<SinkUnderTest>) => Promise<void>
}

export interface Trial {
  readonly sink: SinkUnderTest
  readonly partition: TestPartition
  /** the offsets of the records that it passed on, in order */
  readonly passed: readonly number[]
  readonly letters: readonly FailedRecord[]
  readonly collected: Collected<ConsumerRecord>
}

export const deliver = (partition: TestPartition, ...values: readonly string[]): void => {
  for (const value of values) partition.deliver({ value })
}
export const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `value ${String(from + index)}`)
export const offsetsOf = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)

export const check = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new ContractError(otherwise)
}

const aSink: Readonly<Record<keyof SinkUnderTest, ArgumentRule>> = {
  operator: aFunction,
  written: aFunction,
  badValue: optional(aText),
  failNext: optional(aFunction),
  unordered: optional(truth),
  close: optional(aFunction)
}

/** The sink under test; throws if it is not one. */
export const opened = async (open: () => SinkUnderTest | Promise<SinkUnderTest>): Promise<SinkUnderTest> => {
  refuseWrong(problemsWith('run: open', open, aFunction))
  const sink = await open()
  refuseWrong(problemsWithFields('what open gives', sink, aSink))
  return sink
}

/** Runs a case with a sink of its own, subscribed to a partition. */
export const trial =
  (onFailure: 'fail' | 'dead letters', body: (trial: Trial) => Promise<void>): SinkCase['run'] =>
  async (open) => {
    const sink = await opened(open)
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

export const ended = async ({ collected }: Trial): Promise<void> => {
  const how = await collected.ended
  if (how !== 'complete') throw how
}

export const sameValues = async (sink: SinkUnderTest, expected: readonly string[]): Promise<void> => {
  const written = await sink.written()
  if (sink.unordered === true) same([...written].sort(), [...expected].sort())
  else same(written, expected)
}
