import type { Clock } from '../../model/clock.js'

/** Something took longer than it may. */
class LateError extends Error {
  override readonly name = 'LateError'
}

/** What `begin` gives, or a `LateError` that names `what` if that takes longer than `limitMs`. */
export const within = <A>(clock: Clock, limitMs: number, what: string, begin: () => A | Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const cancel = clock.schedule(limitMs, () => {
      reject(new LateError(`${what} gave nothing within ${String(limitMs)} ms`))
    })
    // Async, so that what it throws is a rejection too.
    const run = async (): Promise<A> => begin()
    run().then(resolve, reject).finally(cancel)
  })
