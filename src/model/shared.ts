declare const shared: unique symbol

/**
 * Marks records of a share group, for the compiler only: they are acknowledged one by one, and have no offsets to
 * commit. The results of operators keep the mark.
 *
 * @example
 * const billed = (orders: Observable<ConsumerRecord & Shared>) => orders.pipe(handle(bill), ack())
 */
export interface Shared {
  readonly [shared]: true
}

/** Anything but records of a share group. */
export interface NotShared<Advice extends string = string> {
  readonly [shared]?: Advice
}

/** The compiler's message for `commit()` and `atMostOnce()` behind a share consumer. */
export type NoOffsets = 'a share group has no offsets to commit: end the pipeline with ack()'

/** The reason of the fault, for programs that the types do not stop. */
export const noOffsets: NoOffsets = 'a share group has no offsets to commit: end the pipeline with ack()'
