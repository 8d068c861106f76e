import { Observable, type OperatorFunction, type Subscriber } from 'rxjs'

/**
 * An operator that says what becomes of each value; if it throws, that is the error. The source's error and completion go
 * on as they come.
 */
export const eachValue =
  <A, B>(next: (value: A, destination: Subscriber<B>) => void): OperatorFunction<A, B> =>
  (source) =>
    new Observable((destination) =>
      source.subscribe({
        next: (value) => {
          try {
            next(value, destination)
          } catch (error) {
            destination.error(error)
          }
        },
        error: (error: unknown) => {
          destination.error(error)
        },
        complete: () => {
          destination.complete()
        }
      })
    )
