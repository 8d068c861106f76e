import { from, isObservable, Observable, type ObservableInput, Subscription } from 'rxjs'
import { ConsumerError } from '../model/consumer-error.js'
import { printableValue } from '../model/printable.js'

/**
 * The pipeline that a user's function has returned for a stream of records. Nothing, a subscription, and a promise of an
 * Observable are the mistakes of people who know rxjs, and rxjs says little or nothing about them.
 */
export const pipelineOf = <R>(who: string, returned: ObservableInput<R>): Observable<R> => {
  const given: unknown = returned
  if (given instanceof Promise) return ofPromise<R>(who, given)
  try {
    return from(returned)
  } catch {
    throw mistaken(who, `returned ${nameOf(given)}: ${adviceFor(given)}`)
  }
}

const ofPromise = <R>(who: string, promise: Promise<unknown>): Observable<R> =>
  new Observable<R>((subscriber) =>
    from(promise).subscribe({
      next: (value) => {
        if (isObservable(value)) subscriber.error(mistaken(who, promiseOfPipeline))
        else subscriber.next(value as R)
      },
      error: (error: unknown) => {
        subscriber.error(error)
      },
      complete: () => {
        subscriber.complete()
      }
    })
  )

const mistaken = (who: string, what: string): ConsumerError =>
  new ConsumerError({ _tag: 'UsageFault', reason: `${who}: its function ${what}` })

const nameOf = (given: unknown): string =>
  given === undefined || given === null
    ? 'nothing'
    : given instanceof Subscription
      ? 'a subscription'
      : printableValue(given)

const adviceFor = (given: unknown): string =>
  given instanceof Subscription
    ? 'return the pipeline itself, without subscribe()'
    : 'it has to return the pipeline, as in (records) => records.pipe(…)'

const promiseOfPipeline =
  'returned a promise of a pipeline, to which nothing subscribes: for work before the first record, return defer(() => load()).pipe(switchMap((loaded) => partition.pipe(…))) with rxjs’s defer and switchMap'
