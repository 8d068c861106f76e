import { isLeft } from 'fp-ts/lib/Either.js'
import { type Awaitable, awaitable } from '../model/awaitable.js'
import { ConsumerError } from '../model/consumer-error.js'
import { jsonReport } from '../model/json-report.js'
import type { Step } from './step.js'

/** A step that can be awaited: returns the value, or errors with a `ConsumerError`. */
export const awaitableStep = <A>(step: Step<A>): Awaitable<A> =>
  awaitable((subscriber) =>
    step.subscribe((answer) => {
      if (isLeft(answer)) subscriber.error(new ConsumerError(answer.left))
      else {
        const { right: result } = answer
        subscriber.next(typeof result === 'object' && result !== null ? jsonReport(result) : result)
        subscriber.complete()
      }
    })
  )
