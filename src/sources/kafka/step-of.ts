import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { Step } from '../../ports/step.js'
import { WireError } from './network/wire-error.js'

/** A promise as a step: the rim where promises end. */
export const stepOf = <A>(begin: () => Promise<A>): Step<A> => answerOf(begin, ({ fault }) => fault)

/** The same for failures that carry more than a fault. */
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
        // Anything else is a bug here, not a fault of the network: it has to be seen.
        else subscriber.error(error)
      }
    )
  })
