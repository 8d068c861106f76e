import type { AckOrigin, AckTarget } from './acknowledgement.js'
import { problemsWith } from './check-arguments.js'
import { ConsumerError } from './consumer-error.js'

let targetOf: (carried: Carried<unknown>) => AckTarget
let seqOf: (carried: Carried<unknown>) => number

/**
 * Whatever carries acknowledgements through a pipeline: one record, or what was made of several.
 *
 * A nominal class: a bare value, a spread copy or an array is refused by `commit` at compile time, because the
 * acknowledgement would be lost with it. It is never made by hand; `mapValue`, `handle` and `batch` make it.
 */
export abstract class Carried<out V> {
  // Never there. It gives the compiler's message where something without an acknowledgement is given: an array, a spread copy.
  declare protected readonly 'acknowledgement was dropped: keep it with mapValue() or withValue()': never
  // Left to the last class to set: a constructor of its own here would cost each record a call, a tenth of what one takes.
  protected abstract readonly acks: AckTarget
  protected abstract readonly seq: number

  abstract get value(): V

  /**
   * Acknowledges: the offset may be committed now. Idempotent. For records of a loop (`records`), streams and your own code; in a
   * pipeline `commit()` and `ack()` do it.
   *
   * @example
   * for await (const record of records(orders, { ack: 'by hand' })) void save(record).then(() => record.ack())
   */
  ack(): void {
    settle(this)
  }

  /** @internal The same acknowledgement under another value. */
  abstract withValue<B>(value: B): Carried<B>

  /** @internal The same data, acknowledged elsewhere. */
  abstract withTarget(acks: AckTarget, seq: number): Carried<V>

  /** @internal The same under a copy of its own bytes: what is kept for long must not keep the response it came in. */
  abstract detached(): Carried<V>

  static {
    targetOf = (carried) => (carried as Carried<unknown> | undefined)?.acks ?? refuseUncarried(carried)
    seqOf = (carried) => carried.seq
  }
}

/**
 * What an operator takes: something that carries acknowledgements. `Advice` is never there: it is the remedy, which the compiler
 * says with the type where something else is given. Of a text or a number it would say no more than that it is not carried.
 */
export interface CarriedOr<Advice extends string> extends Carried<unknown> {
  readonly [advice]?: Advice
}

declare const advice: unique symbol

/** The remedy where the acknowledgement was lost before an operator. */
export type Dropped =
  'acknowledgement was dropped: use mapValue() for map(), batch() for bufferTime(); commit() comes last, eachPartition() first'

/** Programs without types may give anything. */
export const refuseUncarried = (given: unknown): never => {
  const allowed = 'a record of a pipeline, or what was made of some'
  throw new ConsumerError({
    _tag: 'ConfigFault',
    problems: problemsWith('record', given, { allowed, holds: () => false })
  })
}

/**
 * Acknowledges: the record's offset may be committed now. Idempotent. For operators of your own that drop a record on
 * purpose; in a pipeline `ack()` and `commit()` do it.
 *
 * @example
 * if (isKnown(record.value)) settle(record)
 * else destination.next(record)
 */
export const settle = (carried: Carried<unknown>): void => {
  targetOf(carried).settle(seqOf(carried))
}

/**
 * Keeps the record's credit while it waits or is worked on in an operator, and says that it was not swallowed. Nests; each
 * needs a `release`.
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

/** Returns the credit of what has to wait for long, though it is neither settled nor let go of; `false` takes it again. */
export const setParked = (carried: Carried<unknown>, parked: boolean): void => {
  targetOf(carried).park(seqOf(carried), parked)
}

/** Notes that an attempt to handle it begins or ends. */
export const attempt = (carried: Carried<unknown>, begins: boolean): void => {
  targetOf(carried).attempt(seqOf(carried), begins)
}

/** Notes that the operator passed the record on. */
export const pass = (carried: Carried<unknown>, operator: number): void => {
  targetOf(carried).pass(seqOf(carried), operator)
}

/**
 * True once work on it is in vain: its partition was lost or sought elsewhere, and nobody will commit it any more. An operator
 * that kept it drops it.
 *
 * @example
 * if (!isStale(record)) destination.next(record)
 */
export const isStale = (carried: Carried<unknown>): boolean => targetOf(carried).isStale(seqOf(carried))

/** The assignment that what is carried came from; of an aggregate's, the first. */
export const firstOriginOf = (carried: Carried<unknown>): AckOrigin | null => targetOf(carried).originOf(seqOf(carried))

/** Whether it is acknowledged where that other thing was: it came from the same assignment then. */
export const isOfTarget = (carried: Carried<unknown>, target: AckTarget | null): boolean => targetOf(carried) === target

/** Visits the assignments that what is carried came from; an aggregate may come from several. */
export const visitOrigins = (carried: Carried<unknown>, each: (origin: AckOrigin, seq: number) => void): void => {
  targetOf(carried).visit(seqOf(carried), each)
}
