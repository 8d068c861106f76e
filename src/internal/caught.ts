import type { Subscriber } from 'rxjs'

/**
 * Wraps a function so that an exception becomes the pipeline's error. Otherwise rxjs would rethrow it in a timer, which ends
 * the process.
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
