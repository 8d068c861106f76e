import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { Fault } from '../../model/fault.js'
import type { Step } from '../../ports/step.js'
import { WireError } from './network/wire-error.js'

/** A promise as a step: the rim where promises end. */
export const stepOf = <A>(begin: () => Promise<A>): Step<A> =>
  new Observable<Either<Fault, A>>((subscriber) => {
    const give = (answer: Either<Fault, A>): void => {
      subscriber.next(answer)
      subscriber.complete()
    }
    begin().then(
      (value) => {
        give(right(value))
      },
      (error: unknown) => {
        if (error instanceof WireError) give(left(error.fault))
        // Anything else is a bug here, not a fault of the network: it has to be seen.
        else subscriber.error(error)
      }
    )
  })
