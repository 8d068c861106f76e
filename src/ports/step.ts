import type { Either } from 'fp-ts/lib/Either.js'
import type { Observable } from 'rxjs'
import type { Fault } from '../model/fault.js'

/**
 * Something that takes time and gives one value: a fault, or what was asked for.
 *
 * Cold: it begins when it is subscribed to. It gives exactly one value and completes, possibly before `subscribe` returns;
 * it never errors. Unsubscribing abandons it: no value is given any more.
 */
export type Step<A, F = Fault> = Observable<Either<F, A>>

/**
 * The same where the answer comes in parts, each as soon as it is known: any number of values, each of them something of what
 * was asked for, until all of it is there. A fault is the last value.
 */
export type Parts<A, F = Fault> = Observable<Either<F, readonly A[]>>
