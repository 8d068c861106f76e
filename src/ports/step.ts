import type { Either } from 'fp-ts/lib/Either.js'
import type { Observable } from 'rxjs'
import type { Fault } from '../model/fault.js'

/**
 * An operation that takes time and returns one value: a fault or the result.
 *
 * Cold: it begins when it is subscribed to. It emits exactly one value and completes, possibly before `subscribe` returns; it
 * never errors. Unsubscribing abandons it: no value is emitted any more.
 */
export type Step<A, F = Fault> = Observable<Either<F, A>>

/**
 * A step whose result comes in parts, each as soon as it is known: any number of values until the result is complete. A fault
 * is the last value.
 */
export type Parts<A, F = Fault> = Observable<Either<F, readonly A[]>>
