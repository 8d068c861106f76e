import { isRight, left, right } from 'fp-ts/lib/Either.js'
import { concat, concatMap, EMPTY, merge, Observable, of, takeWhile } from 'rxjs'
import { retryDelay } from '../core/scheduling/backoff-delay.js'
import { isFatal } from '../core/protocol/error-code.js'
import type { Clock } from '../model/clock.js'
import type { Fault } from '../model/fault.js'
import type { Parts } from '../ports/step.js'
import type { SessionContext } from './session-context.js'

/** The result of one request: the answered queries, and the fault of each other one. */
export interface PartialAnswer<Q, A> {
  readonly found: readonly A[]
  readonly refused: readonly { readonly query: Q; readonly fault: Fault }[]
}

export type OnRetry = (fault: Fault, attempt: number, inMs: number) => void

/**
 * Sends requests, and repeats the queries that were not answered, until all are or one fails permanently. Requests are
 * independent: each emits its results at once, and repeats its own queries after a jittered backoff.
 */
export const retryMissing = <Q, A>(
  { clock, random, settings }: Pick<SessionContext, 'clock' | 'random' | 'settings'>,
  queries: readonly Q[],
  requests: (queries: readonly Q[]) => readonly Observable<PartialAnswer<Q, A>>[],
  onRetry: OnRetry
): Parts<A> => {
  const ask = (queries: readonly Q[], failures: number): Parts<A> =>
    merge(
      ...requests(queries).map((request) =>
        request.pipe(
          concatMap(({ found, refused }): Parts<A> => {
            const part: Parts<A> = found.length > 0 ? of(right(found)) : EMPTY
            const fault = refused.find((one) => isFatal(one.fault))?.fault ?? refused[0]?.fault
            if (fault === undefined) return part
            if (isFatal(fault)) return concat(part, of(left(fault)))
            const inMs = retryDelay(failures + 1, settings, random)
            onRetry(fault, failures + 1, inMs)
            const rest = refused.map(({ query }) => query)
            return concat(
              part,
              after(clock, inMs, () => ask(rest, failures + 1))
            )
          })
        )
      )
    )
  return ask(queries, 0).pipe(takeWhile(isRight, true))
}

const after = <A>(clock: Clock, inMs: number, next: () => Observable<A>): Observable<A> =>
  new Observable((subscriber) => {
    const cancel = clock.schedule(inMs, () => {
      subscriber.add(next().subscribe(subscriber))
    })
    subscriber.add(cancel)
  })
