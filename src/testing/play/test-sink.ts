import { Observable } from 'rxjs'
import { recordsOf } from '../../model/aggregate.js'
import { type Awaitable, awaitable } from '../../model/awaitable.js'
import type { Carried } from '../../model/carried.js'
import type { Clock } from '../../model/clock.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { marbleName } from '../diagram/marble.js'
import type { DiagramLine } from '../diagram/parse-diagram.js'
import { currentScope } from '../time/scopes.js'
import { originalPlace } from './original-place.js'
import type { Lettered } from './letters.js'
import { LineWaits } from './line-waits.js'

/** One attempt: its duration, and whether it fails. */
export interface Attempt {
  readonly afterMs: number
  readonly fails: boolean
}

const atOnce: Attempt = { afterMs: 0, fails: false }
/** As in rxjs, a line without an end does not end. */
const never: Attempt = { afterMs: Infinity, fails: false }

/** Writes a record, or a batch of them, once it is subscribed to. */
export type SinkWrite = (carried: Carried<unknown>) => Observable<void>

/**
 * The function that writes to the test's sink: a record, or a batch of them. It begins when its result is awaited, subscribed
 * to or returned from a handler.
 */
export type TestSink = (carried: Carried<unknown>) => Awaitable<void>

/** The same, for handlers that await it. */
export const awaitableSink =
  (write: SinkWrite): TestSink =>
  (carried) =>
    awaitable((subscriber) => write(carried).subscribe(subscriber))

/** The error of the sink at a `#` in its line. */
export class SinkError extends Error {
  override readonly name = 'SinkError'
  constructor(letter: string) {
    super(`the sink refused ${letter}: so says the diagram`)
  }
}

/** The place of a record, which is what a sink uses. */
export type SunkRecord = TopicPartition & { readonly offset: bigint }

/** A record in the sink, with its time. */
export interface Sunk {
  readonly place: SunkRecord
  readonly at: number
}

/** A written record. */
export type SunkValue = SunkRecord & { readonly value: unknown }

/** Receives the reports of a sink. */
export interface SinkBook {
  isDead(): boolean
  /** The sink has refused something. */
  refused(): void
  letterOf(record: SunkRecord): Lettered
  wrote(record: SunkValue): void
}

/** A store that takes as long, and fails when, the diagram says. */
export class DiagramSink {
  /** the letters of the records that it was called with */
  readonly calledWith = new Set<string>()
  /** A pipeline has used `sink` of its tools. */
  isTaken = false
  /** calls that have not ended */
  readonly waits = new LineWaits()
  private readonly attempts = new Map<string, readonly Attempt[]>()
  private readonly made = new Map<string, number>()

  constructor(lines: readonly DiagramLine[]) {
    for (const line of lines) {
      if (line.label._tag !== 'sink takes') continue
      this.attempts.set(marbleName({ char: line.label.letter, nth: line.label.nth }), attemptsOf(line))
    }
  }

  /**
   * The sink for one process. It begins with the subscription, and continues while it is subscribed to and the process lives.
   */
  of(clock: Clock, book: SinkBook): TestSink {
    return awaitableSink((carried) => {
      return new Observable((subscriber) => {
        // Nothing happens for a dead process.
        if (book.isDead()) return
        const records = recordsOf(carried)
        const letters = records.map((record) => book.letterOf(originalPlace(record)))
        for (const { letter } of letters) this.calledWith.add(letter)
        const known = letters
          .flatMap(({ letter, nth }) => [marbleName({ char: letter, nth }), letter])
          .find((name) => this.attempts.has(name))
        const attempt = known === undefined ? atOnce : this.nextAttempt(known)
        const finish = (): void => {
          if (attempt.fails) {
            book.refused()
            subscriber.error(new SinkError(known ?? ''))
            return
          }
          // A single record comes with the value that the pipeline has made; records of a batch have their own values.
          for (const record of records)
            book.wrote({
              ...originalPlace(record),
              value: records.length === 1 && !Array.isArray(carried.value) ? carried.value : record.value
            })
          subscriber.next()
          subscriber.complete()
        }
        if (attempt.afterMs === 0) {
          finish()
          return
        }
        const what = `the sink is writing ${letters.map(({ letter }) => letter).join(', ')}`
        const until = clock.now() + attempt.afterMs
        subscriber.add(this.waits.begin({ what, until, process: currentScope()?.process ?? null }))
        if (attempt.afterMs < Infinity) subscriber.add(clock.schedule(attempt.afterMs, finish))
      })
    })
  }

  /** The number of calls whose durations came from a line. */
  usesOf(name: string): number {
    return this.made.get(name) ?? 0
  }

  private nextAttempt(letter: string): Attempt {
    const number = this.made.get(letter) ?? 0
    this.made.set(letter, number + 1)
    const attempts = this.attempts.get(letter) ?? []
    return attempts[Math.min(number, attempts.length - 1)] ?? never
  }
}

/** Each end begins the next attempt a column later; repeated attempts (`--#*3`) have the same duration. */
export const attemptsOf = ({ marbles, durations }: DiagramLine): readonly Attempt[] =>
  marbles.map(({ column, char }) => {
    const former = marbles.findLast((marble) => marble.column < column)
    const begin = former === undefined ? 0 : (durations?.startOf(former.end ?? former.column + 1) ?? 0)
    return { afterMs: (durations?.startOf(column) ?? 0) - begin, fails: char === '#' }
  })
