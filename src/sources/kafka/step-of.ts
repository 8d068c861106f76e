import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { Step } from '../../ports/step.js'
import { WireError } from './network/wire-error.js'

/** A promise as a step: the library's internal code uses no promises. */
export const stepOf = <A>(begin: () => Promise<A>): Step<A> => answerOf(begin, ({ fault }) => fault)

/** The same for failures that contain more than a fault. */
export const answerOf = <E, A>(begin: () => Promise<A>, failure: (error: WireError) => E): Observable<Either<E, A>> =>
  new Observable((subscriber) => {
    const give = (answer: Either<E, A>): void => {
      subscriber.next(answer)
      subscriber.complete()
    }
    begin().then(
      (value) => {
        give(right(value))
      },
      (error: unknown) => {
        if (error instanceof WireError) give(left(failure(error)))
        // Any other error is a bug of this library, not a network fault, and has to be visible.
        else subscriber.error(error)
      }
    )
  })
