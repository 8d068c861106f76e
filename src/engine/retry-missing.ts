import { isRight, left, right } from 'fp-ts/lib/Either.js'
import { concat, concatMap, defer, EMPTY, finalize, merge, Observable, of, takeWhile } from 'rxjs'
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

/** What becomes of queries that were not answered. */
export interface Retries<Q> {
  /** They are sent again. */
  readonly retry: (fault: Fault, attempt: number, inMs: number) => void
  /** After retries nothing is left to send: everything was answered, or nobody waits for the rest. */
  readonly over: () => void
  /** Whether someone still waits for the answer. If not, the query is not repeated, and its faults count for nothing. */
  readonly isAwaited: (query: Q) => boolean
}

/**
 * Sends requests, and repeats the queries that were not answered, until all are or one fails permanently. Requests are
 * independent: each emits its results at once, and repeats its own queries after a jittered backoff, as long as someone waits
 * for them.
 */
export const retryMissing = <Q, A>(
  { clock, random, settings }: Pick<SessionContext, 'clock' | 'random' | 'settings'>,
  queries: readonly Q[],
  requests: (queries: readonly Q[]) => readonly Observable<PartialAnswer<Q, A>>[],
  { retry, over, isAwaited }: Retries<Q>
): Parts<A> =>
  defer(() => {
    let isRetried = false
    const ask = (queries: readonly Q[], failures: number): Parts<A> =>
      queries.length === 0
        ? EMPTY
        : merge(...requests(queries).map((request) => request.pipe(concatMap((answer) => take(answer, failures)))))
    const take = ({ found, refused }: PartialAnswer<Q, A>, failures: number): Parts<A> => {
      const part: Parts<A> = found.length > 0 ? of(right(found)) : EMPTY
      const awaited = refused.filter(({ query }) => isAwaited(query))
      const fault = awaited.find((one) => isFatal(one.fault))?.fault ?? awaited[0]?.fault
      if (fault === undefined) return part
      if (isFatal(fault)) return concat(part, of(left(fault)))
      const inMs = retryDelay(failures + 1, settings, random)
      isRetried = true
      retry(fault, failures + 1, inMs)
      const again = (): Parts<A> => ask(awaited.map(({ query }) => query).filter(isAwaited), failures + 1)
      return concat(part, after(clock, inMs, again))
    }
    return ask(queries, 0).pipe(
      takeWhile(isRight, true),
      finalize(() => {
        if (isRetried) over()
      })
    )
  })

const after = <A>(clock: Clock, inMs: number, next: () => Observable<A>): Observable<A> =>
  new Observable((subscriber) => {
    const cancel = clock.schedule(inMs, () => {
      subscriber.add(next().subscribe(subscriber))
    })
    subscriber.add(cancel)
  })
