import type { AckOrigin, AckTarget, Unhandled } from './acknowledgement.js'
import { acknowledgeTogether } from './acknowledge-together.js'
import {
  noteAttempt,
  noteRetry,
  Carried,
  firstOriginOf,
  hold,
  isStale,
  pass,
  refuse,
  release,
  setParked,
  settle,
  visitOrigins
} from './carried.js'
import { problemsWith, refuseWrong } from './check-arguments.js'
import { ConsumerRecord } from './consumer-record.js'

/** A value made from several records: acknowledging it acknowledges all of them. */
export class Aggregate<out V> extends Carried<V> {
  protected readonly acks: AckTarget
  protected readonly seq: number
  readonly value: V
  /** The values from which it was made, whatever its value is now. */
  readonly parts: readonly Carried<unknown>[]

  constructor(acks: AckTarget, seq: number, value: V, parts: readonly Carried<unknown>[]) {
    super()
    this.acks = acks
    this.seq = seq
    this.value = value
    this.parts = parts
  }

  withValue<B>(value: B): Carried<B> {
    return new Aggregate(this.acks, this.seq, value, this.parts)
  }

  withTarget(acks: AckTarget, seq: number): Carried<V> {
    return new Aggregate(acks, seq, this.value, this.parts)
  }

  /** The value may depend on its parts in any way, so they stay as they are. */
  detached(): Carried<V> {
    return this
  }
}

/** The records in it: the record itself, or all those from which it was made. */
export const recordsOf = (carried: Carried<unknown>): readonly ConsumerRecord<unknown, unknown>[] =>
  carried instanceof ConsumerRecord
    ? [carried as ConsumerRecord<unknown, unknown>]
    : carried instanceof Aggregate
      ? (carried as Aggregate<unknown>).parts.flatMap(recordsOf)
      : []

/**
 * Combines several carried values into one carried list: acknowledging it acknowledges all of them.
 *
 * @example
 * destination.next(aggregate([first, second]))
 */
export const aggregate = <C extends Carried<unknown>>(parts: readonly C[]): Carried<readonly C[]> => {
  refuseWrong(problemsWith('aggregate: parts', parts, { allowed: 'a list of what is carried', holds: areCarried }))
  return new Aggregate(new PartsTarget(parts), 0, parts, parts)
}

const areCarried = (given: unknown): boolean => Array.isArray(given) && given.every((part) => part instanceof Carried)

/** Passes each call on to every part; if a part has become stale, its own ledger ignores the call. */
class PartsTarget implements AckTarget {
  private readonly parts: readonly Carried<unknown>[]

  constructor(parts: readonly Carried<unknown>[]) {
    this.parts = parts
  }

  settle(): void {
    acknowledgeTogether(() => {
      for (const part of this.parts) settle(part)
    })
  }
  refuse(_seq: number, as: Unhandled): boolean {
    return this.parts.map((part) => refuse(part, as)).every((refused) => refused)
  }
  hold(): void {
    for (const part of this.parts) hold(part)
  }
  release(): void {
    for (const part of this.parts) release(part)
  }
  park(_seq: number, parked: boolean): void {
    for (const part of this.parts) setParked(part, parked)
  }
  attempt(_seq: number, begins: boolean): void {
    for (const part of this.parts) noteAttempt(part, begins)
  }
  retryScheduled(_seq: number, forMs: number, cause?: unknown): void {
    for (const part of this.parts) noteRetry(part, forMs, cause)
  }
  pass(_seq: number, operator: number): void {
    for (const part of this.parts) pass(part, operator)
  }
  visit(_seq: number, each: (origin: AckOrigin, seq: number) => void): void {
    for (const part of this.parts) visitOrigins(part, each)
  }
  originOf(): AckOrigin | null {
    for (const part of this.parts) {
      const origin = firstOriginOf(part)
      if (origin !== null) return origin
    }
    return null
  }
  isStale(): boolean {
    return this.parts.every(isStale)
  }
}
