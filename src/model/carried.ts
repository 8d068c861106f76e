import type { AckOrigin, AckTarget, Unhandled } from './acknowledgement.js'
import { problemsWith } from './check-arguments.js'
import { ConsumerError } from './consumer-error.js'

let targetOf: (carried: Carried<unknown>) => AckTarget
let seqOf: (carried: Carried<unknown>) => number

/**
 * Carries acknowledgements through a pipeline: one record, or a value made of several.
 *
 * A nominal class: `commit` refuses a bare value, a spread copy or an array at compile time, because the
 * acknowledgement would be lost with it. Do not construct it; `mapValue`, `handle` and `batch` make it.
 */
export abstract class Carried<out V> {
  // Never present. It appears in the compiler's message for a value without an acknowledgement: an array, a spread copy.
  declare protected readonly 'acknowledgement was dropped: keep it with mapValue() or withValue()': never
  // Set by the subclasses: a constructor here would cost each record a call, a tenth of the cost of a record.
  protected abstract readonly acks: AckTarget
  protected abstract readonly seq: number

  abstract get value(): V

  /**
   * Acknowledges: the offset may be committed now. Idempotent. For records of a loop (`records`), streams and your own
   * code; in a pipeline `commit()` and `ack()` do it.
   *
   * @example
   * for await (const record of records(orders, { ack: 'by hand' })) void save(record).then(() => record.ack())
   */
  ack(): void {
    settle(this)
  }

  /** @internal The same acknowledgement under another value. */
  abstract withValue<B>(value: B): Carried<B>

  /** @internal The same data with another acknowledgement. */
  abstract withTarget(acks: AckTarget, seq: number): Carried<V>

  /**
   * @internal The same with a copy of its own bytes, so that a record that is kept for long does not keep its response in
   * memory.
   */
  abstract detached(): Carried<V>

  static {
    targetOf = (carried) => (carried as Carried<unknown> | undefined)?.acks ?? refuseUncarried(carried)
    seqOf = (carried) => carried.seq
  }
}

/**
 * What an operator takes: a value that carries acknowledgements. `Advice` is never present: the compiler shows this
 * remedy with the type of a value without an acknowledgement. For a text or a number it would only say that it is not
 * carried.
 */
export interface CarriedOr<Advice extends string> extends Carried<unknown> {
  readonly [advice]?: Advice
}

declare const advice: unique symbol

/** The remedy if the acknowledgement was lost before an operator. */
export type Dropped =
  'acknowledgement was dropped: use mapValue() for map(), batch() for bufferTime(); commit() comes last, eachPartition() first'

/** An untyped program may pass anything. */
export const refuseUncarried = (given: unknown): never => {
  const isStream = typeof given === 'object' && given !== null && 'subscribe' in given
  const allowed = 'a record of a pipeline, or what was made of some'
  const problem = isStream
    ? { property: 'record', given: 'a stream of records', allowed: `${allowed}: ${streamAdvice}` }
    : problemsWith('record', given, { allowed: `${allowed}: ${valueAdvice}`, holds: () => false })
  throw new ConsumerError({ _tag: 'ConfigFault', problems: [problem].flat() })
}

const streamAdvice = 'put the operators into eachPartition((partition) => partition.pipe(…))'
const valueAdvice = 'use mapValue() for map(), batch() for bufferTime(), withValue() for a copy; commit() comes last'

/**
 * Acknowledges: the record's offset may be committed now. Idempotent. For your own operators that drop a record on
 * purpose; in a pipeline `ack()` and `commit()` do it.
 *
 * @example
 * if (isKnown(record.value)) settle(record)
 * else destination.next(record)
 */
export const settle = (carried: Carried<unknown>): void => {
  targetOf(carried).settle(seqOf(carried))
}

/** Acknowledges the record as not handled; false if its consumer can only settle. */
export const refuse = (carried: Carried<unknown>, as: Unhandled): boolean =>
  targetOf(carried).refuse(seqOf(carried), as)

/**
 * Keeps the record's credit while it waits or is processed in an operator, and marks it as not swallowed. Nests; each
 * call needs a `release`.
 *
 * @example
 * hold(record)
 * queue.push(record)
 */
export const hold = (carried: Carried<unknown>): void => {
  targetOf(carried).hold(seqOf(carried))
}

/**
 * Ends a `hold`: after the record was passed on, settled, or dropped by an unsubscription.
 *
 * @example
 * destination.next(record)
 * release(record)
 */
export const release = (carried: Carried<unknown>): void => {
  targetOf(carried).release(seqOf(carried))
}

/** Returns the credit of a record that waits for long, though it is neither settled nor released; `false` takes it back. */
export const setParked = (carried: Carried<unknown>, parked: boolean): void => {
  targetOf(carried).park(seqOf(carried), parked)
}

/** Records that an attempt begins or ends. */
export const noteAttempt = (carried: Carried<unknown>, begins: boolean): void => {
  targetOf(carried).attempt(seqOf(carried), begins)
}

/** Records that its next attempt begins after so long. */
export const noteRetry = (carried: Carried<unknown>, forMs: number, cause?: unknown): void => {
  targetOf(carried).retryScheduled?.(seqOf(carried), forMs, cause)
}

/** Records that the operator passed it on. */
export const pass = (carried: Carried<unknown>, operator: number): void => {
  targetOf(carried).pass(seqOf(carried), operator)
}

/**
 * True when processing it has become pointless: its partition was lost or sought elsewhere, so it will not be committed any
 * more. An operator that holds it drops it.
 *
 * @example
 * if (!isStale(record)) destination.next(record)
 */
export const isStale = (carried: Carried<unknown>): boolean => targetOf(carried).isStale(seqOf(carried))

/** The assignment that it came from; for an aggregate that of its first record. */
export const firstOriginOf = (carried: Carried<unknown>): AckOrigin | null => targetOf(carried).originOf(seqOf(carried))

export const targetIn = (carried: Carried<unknown>): AckTarget => targetOf(carried)

/** Whether both have the same acknowledgement target, and so come from the same assignment. */
export const isOfTarget = (carried: Carried<unknown>, target: AckTarget | null): boolean => targetOf(carried) === target

/** Visits the assignments it came from; an aggregate may come from several. */
export const visitOrigins = (carried: Carried<unknown>, each: (origin: AckOrigin, seq: number) => void): void => {
  targetOf(carried).visit(seqOf(carried), each)
}
