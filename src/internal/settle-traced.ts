import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import { ConsumerError } from '../model/consumer-error.js'
import type { Fault } from '../model/fault.js'
import { type SettleMessage, settling } from './trace-channels.js'

/** The same step, published to the tracing channel if that has subscribers now. */
export const settleTraced = <A>(
  about: Omit<SettleMessage, 'error'>,
  step: Observable<Either<Fault, A>>,
  faultIn: (answer: A) => Fault | null = () => null
): Observable<Either<Fault, A>> => {
  if (!settling.look()) return step
  return new Observable((subscriber) => {
    const message: SettleMessage = { ...about }
    return settling.begin(message, () =>
      step.subscribe({
        next: (answer) => {
          const fault = isLeft(answer) ? answer.left : faultIn(answer.right)
          if (fault === null) settling.succeeded(message)
          else settling.failed(message, new ConsumerError(fault))
          subscriber.next(answer)
        },
        error: (error: unknown) => {
          subscriber.error(error)
        },
        complete: () => {
          subscriber.complete()
        }
      })
    )
  })
}
