import type { AckOrigin, AckTarget } from './acknowledgement.js'
import { attempt, Carried, hold, isStale, pass, release, settle, visitOrigins } from './carried.js'
import { ConsumerRecord } from './consumer-record.js'

/** What was made of several records: acknowledging it acknowledges all of them. */
export class Aggregate<out V> extends Carried<V> {
  readonly value: V
  /** What it was made of, whatever its value has become. */
  readonly parts: readonly Carried<unknown>[]

  constructor(acks: AckTarget, seq: number, value: V, parts: readonly Carried<unknown>[]) {
    super(acks, seq)
    this.value = value
    this.parts = parts
  }

  withValue<B>(value: B): Carried<B> {
    return new Aggregate(this.acks, this.seq, value, this.parts)
  }

  withTarget(acks: AckTarget, seq: number): Carried<V> {
    return new Aggregate(acks, seq, this.value, this.parts)
  }
}

/** The records that something carries: itself, or all that it was made of. */
export const recordsOf = (carried: Carried<unknown>): readonly ConsumerRecord<unknown, unknown>[] =>
  carried instanceof ConsumerRecord
    ? [carried as ConsumerRecord<unknown, unknown>]
    : carried instanceof Aggregate
      ? (carried as Aggregate<unknown>).parts.flatMap(recordsOf)
      : []

/** One carried list of several carried things. */
export const aggregate = <C extends Carried<unknown>>(parts: readonly C[]): Carried<readonly C[]> =>
  new Aggregate(new Parts(parts), 0, parts, parts)

/** Passes each act on to every part; a part that went stale alone is left to its own ledger, which ignores it. */
class Parts implements AckTarget {
  private readonly parts: readonly Carried<unknown>[]

  constructor(parts: readonly Carried<unknown>[]) {
    this.parts = parts
  }

  settle(): void {
    for (const part of this.parts) settle(part)
  }
  hold(): void {
    for (const part of this.parts) hold(part)
  }
  release(): void {
    for (const part of this.parts) release(part)
  }
  attempt(_seq: number, begins: boolean): void {
    for (const part of this.parts) attempt(part, begins)
  }
  pass(_seq: number, operator: number): void {
    for (const part of this.parts) pass(part, operator)
  }
  visit(_seq: number, each: (origin: AckOrigin, seq: number) => void): void {
    for (const part of this.parts) visitOrigins(part, each)
  }
  isStale(): boolean {
    return this.parts.every(isStale)
  }
}
