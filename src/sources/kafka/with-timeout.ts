import type { Clock } from '../../model/clock.js'

/** Something took longer than it may. */
class LateError extends Error {
  override readonly name = 'LateError'
}

/** The result of `begin`. Rejects with a `LateError` that names `what` if it takes longer than `limitMs`. */
export const withTimeout = <A>(clock: Clock, limitMs: number, what: string, begin: () => A | Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const cancel = clock.schedule(limitMs, () => {
      reject(new LateError(`${what} did not finish within ${String(limitMs)} ms`))
    })
    // Async, so that an exception becomes a rejection too.
    const run = async (): Promise<A> => begin()
    run().then(resolve, reject).finally(cancel)
  })
