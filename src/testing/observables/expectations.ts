import { type Observable, Subscription } from 'rxjs'
import { recordsOf } from '../../model/aggregate.js'
import type { Carried } from '../../model/carried.js'
import { refuseWrong } from '../../model/check-arguments.js'
import type { Clock } from '../../model/clock.js'
import { problemsWithMarbles as problems } from '../arguments/problems-with-marbles.js'
import { deepEqual } from './deep-equal.js'
import { shownValue } from './shown-value.js'
import {
  type DrawnMarble,
  marblesUnderEachOther,
  marbleText,
  parseMarbles,
  parseSubscription,
  type SubscriptionLog,
  type TimedNotification
} from './notation.js'

/** The expected events of an Observable. */
export interface ObservableExpectation {
  /** In rxjs's notation; `values` maps letters to values; by default a letter is its own value. */
  toBe(marbles: string, values?: Readonly<Record<string, unknown>>, error?: unknown): void
}
/** Expected events as letters. */
export interface LettersExpectation {
  toBe(marbles: string): void
}
/** The expected subscriptions of an Observable. */
export interface SubscriptionExpectation {
  toBe(marbles: string | readonly string[]): void
}

/** The expectations of one test: added at its beginning, checked at its end. */
export class Expectations {
  /** The checks that run at the end. */
  private readonly checks: (() => string | null)[] = []
  /** expectations without `toBe` */
  private readonly open = new Set<{ readonly tool: string }>()
  private readonly subscriptions = new Subscription()
  private readonly clock: Clock
  private readonly columnMs: number

  constructor(clock: Clock, columnMs: number) {
    this.clock = clock
    this.columnMs = columnMs
  }

  observable(observable: Observable<unknown>, unsubscription?: string): ObservableExpectation {
    const actual = this.watch(observable, unsubscription, (value) => [value])
    const markChecked = this.expecting('expectObservable')
    return {
      toBe: (marbles, values, error) => {
        markChecked()
        refuseWrong(problems.toBe(marbles, values))
        const expected = parseMarbles(marbles, this.columnMs, values, error)
        this.checks.push(() => this.differ(expected, actual, values ?? {}))
      }
    }
  }

  records(
    observable: Observable<Carried<unknown>>,
    letterOf: (offset: bigint) => string,
    unsubscription?: string
  ): LettersExpectation {
    const actual = this.watch(observable, unsubscription, (carried) =>
      recordsOf(carried).map(({ offset }) => letterOf(offset))
    )
    const markChecked = this.expecting('expectRecords')
    return {
      toBe: (marbles) => {
        markChecked()
        refuseWrong(problems.toBe(marbles))
        const expected = parseMarbles(marbles, this.columnMs)
        // `expectObservable` compares the error; here it only matters that it failed.
        this.checks.push(() => this.differ(expected, actual.map(withoutError), {}))
      }
    }
  }

  letters(tool: string, what: string, seen: readonly DrawnMarble[]): LettersExpectation {
    const markChecked = this.expecting(tool)
    return {
      toBe: (marbles) => {
        markChecked()
        refuseWrong(problems.toBe(marbles))
        const expected = parseMarbles(marbles, this.columnMs).map(({ frame, notification }) => ({
          frame,
          char: notification.kind === 'N' ? String(notification.value) : ''
        }))
        this.checks.push(() =>
          deepEqual(expected, [...seen])
            ? null
            : marblesUnderEachOther(what, marbleText(expected, this.columnMs), marbleText(seen, this.columnMs))
        )
      }
    }
  }

  subscriptionsOf(logs: readonly SubscriptionLog[]): SubscriptionExpectation {
    const drawn = ({ subscribedFrame, unsubscribedFrame }: SubscriptionLog): string =>
      marbleText(
        [
          { frame: subscribedFrame, char: '^' },
          ...(unsubscribedFrame === Infinity ? [] : [{ frame: unsubscribedFrame, char: '!' }])
        ],
        this.columnMs
      )
    const markChecked = this.expecting('expectSubscriptions')
    return {
      toBe: (marbles) => {
        markChecked()
        refuseWrong(problems.toBeSubscribed(marbles))
        const expected = [marbles].flat().map((one) => parseSubscription(one, this.columnMs))
        this.checks.push(() => {
          const text = expected.map(drawn).join(' and ')
          const actual = logs.map(drawn).join(' and ')
          return text === actual ? null : marblesUnderEachOther('when it was subscribed to', text, actual)
        })
      }
    }
  }

  /** The number of expectations. */
  get count(): number {
    return this.checks.length
  }
  /** The messages of failed expectations. */
  failures(): readonly string[] {
    this.subscriptions.unsubscribe()
    return [
      ...this.checks.flatMap((check) => check() ?? []),
      ...[...this.open].map(({ tool }) => `${tool}(…) compares nothing without toBe(…)`)
    ]
  }

  /** Registers an expectation; the returned function is called by its `toBe`. */
  private expecting(tool: string): () => void {
    const one = { tool }
    this.open.add(one)
    return () => this.open.delete(one)
  }

  private watch<A>(
    observable: Observable<A>,
    unsubscription: string | undefined,
    valuesOf: (value: A) => readonly unknown[]
  ): readonly TimedNotification[] {
    const { clock } = this
    const actual: TimedNotification[] = []
    const log = parseSubscription(unsubscription ?? '', this.columnMs)
    let subscription: Subscription | null = null
    clock.schedule(log.subscribedFrame, () => {
      subscription = observable.subscribe({
        next: (value) => {
          for (const one of valuesOf(value))
            actual.push({ frame: clock.now(), notification: { kind: 'N', value: one } })
        },
        error: (error: unknown) => {
          actual.push({ frame: clock.now(), notification: { kind: 'E', error } })
        },
        complete: () => {
          actual.push({ frame: clock.now(), notification: { kind: 'C' } })
        }
      })
      this.subscriptions.add(subscription)
    })
    if (log.unsubscribedFrame !== Infinity) clock.schedule(log.unsubscribedFrame, () => subscription?.unsubscribe())
    return actual
  }

  private differ(
    expected: readonly TimedNotification[],
    actual: readonly TimedNotification[],
    values: Readonly<Record<string, unknown>>
  ): string | null {
    if (deepEqual(expected, actual)) return null
    const strange: unknown[] = []
    const draw = ({ frame, notification }: TimedNotification): DrawnMarble => {
      if (notification.kind === 'C') return { frame, char: '|' }
      if (notification.kind === 'E') {
        if (!expected.some((one) => deepEqual(one.notification, notification))) strange.push(notification.error)
        return { frame, char: '#' }
      }
      const { value } = notification
      const letter = Object.keys(values).find((name) => deepEqual(values[name], value))
      const char = letter ?? (typeof value === 'string' && value.length === 1 ? value : '?')
      if (char === '?') strange.push(value)
      return { frame, char }
    }
    const text = marblesUnderEachOther(
      'what came',
      marbleText(expected.map(draw), this.columnMs),
      marbleText(actual.map(draw), this.columnMs)
    )
    return strange.length === 0 ? text : `${text}\nunexpected: ${strange.map(shownValue).join(', ')}\n`
  }
}

const withoutError = (one: TimedNotification): TimedNotification =>
  one.notification.kind === 'E' ? { ...one, notification: { kind: 'E', error: 'error' } } : one
