import { Observable, type OperatorFunction, type Subscriber } from 'rxjs'

/**
 * An operator with a function for each value; if it throws, the operator errors. Error and completion of the source are passed
 * on.
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
