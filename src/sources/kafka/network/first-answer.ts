import type { Clock } from '../../../model/clock.js'

/** How long a candidate may take before the next is tried too. */
const staggerMs = 1_000

/**
 * Tries the candidates in order: the next as soon as one fails or has not answered for a second. Returns the first answer, so a
 * candidate that does not answer costs a second. Rejects with all errors if every candidate has failed.
 */
export const firstAnswer = <C, A>(
  candidates: readonly C[],
  clock: Clock,
  ask: (candidate: C) => Promise<A>
): Promise<A> =>
  new Promise((resolve, reject) => {
    const errors: unknown[] = []
    let next = 0
    let cancel = (): void => undefined
    let isOver = false
    const askNext = (): void => {
      cancel()
      const candidate = candidates[next++]
      if (candidate === undefined) return
      cancel = clock.schedule(staggerMs, askNext)
      ask(candidate).then(
        (answer) => {
          isOver = true
          cancel()
          resolve(answer)
        },
        (error: unknown) => {
          errors.push(error)
          if (isOver) return
          if (errors.length < candidates.length) {
            askNext()
            return
          }
          cancel()
          reject(new AggregateError(errors))
        }
      )
    }
    if (candidates.length === 0) reject(new AggregateError(errors))
    else askNext()
  })
