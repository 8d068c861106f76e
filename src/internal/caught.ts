import type { Subscriber } from 'rxjs'

/**
 * The same function; what it throws is the error of the pipeline. Else it would be the process's: rxjs reports what an
 * observer throws to nobody else.
 */
export const caught =
  <A>(destination: Subscriber<never>, next: (value: A) => void) =>
  (value: A): void => {
    try {
      next(value)
    } catch (error) {
      destination.error(error)
    }
  }
