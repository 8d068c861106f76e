import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { Observable, Subscription } from 'rxjs'
import { type RetryBackoff, retryDelay } from '../core/scheduling/backoff-delay.js'
import { isFatal } from '../core/protocol/error-code.js'
import type { Fault } from '../model/fault.js'
import type { Step } from '../ports/step.js'
import type { SessionContext } from './session-context.js'

/** When a step is repeated. */
export type RetryContext = Pick<SessionContext, 'clock' | 'random'> & { readonly settings: RetryBackoff }

/**
 * Repeats a step until it succeeds or fails permanently, with a jittered backoff in between. Unsubscribing ends it, during an
 * attempt and between two.
 */
export const retrying = <A>(context: RetryContext, attempt: () => Step<A>): Step<A> =>
  new Observable<Either<Fault, A>>((subscriber) => {
    const { clock, random, settings } = context
    let failures = 0
    let current = new Subscription()
    const run = (): void => {
      const trial = new Subscription()
      // Set before the attempt begins: it may be answered at once, and the following wait replaces it.
      current = trial
      trial.add(
        attempt().subscribe((answer) => {
          if (isLeft(answer) && !isFatal(answer.left)) {
            failures++
            const inMs = retryDelay(failures, settings, random)
            current = new Subscription(clock.schedule(inMs, run))
            return
          }
          subscriber.next(answer)
          subscriber.complete()
        })
      )
    }
    subscriber.add(() => {
      current.unsubscribe()
    })
    run()
  })
