import { Observable, type OperatorFunction, type Subscriber } from 'rxjs'

/** An operator that says what becomes of each value; the source's error and completion go on as they come. */
export const eachValue =
  <A, B>(next: (value: A, destination: Subscriber<B>) => void): OperatorFunction<A, B> =>
  (source) =>
    new Observable((destination) =>
      source.subscribe({
        next: (value) => {
          next(value, destination)
        },
        error: (error: unknown) => {
          destination.error(error)
        },
        complete: () => {
          destination.complete()
        }
      })
    )
