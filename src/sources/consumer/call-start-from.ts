import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { catchError, defaultIfEmpty, from, map, Observable, type ObservableInput, of, take } from 'rxjs'
import { problemsWithStarts } from '../../config/check-places.js'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { StartFrom } from '../../config/start-from.js'
import type { Clock } from '../../model/clock.js'
import { describeProblem } from '../../model/describe-fault.js'
import type { Fault } from '../../model/fault.js'
import type { StartPosition } from '../../model/position.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { Step } from '../../ports/step.js'

/**
 * The start positions of newly assigned partitions: from the user's `startFrom`, otherwise from `assign`. It is a fault if the
 * hook fails, takes too long, or returns anything else.
 */
export const callStartFrom = (
  { clock, settings }: { readonly clock: Clock; readonly settings: ConsumerSettings },
  gained: readonly TopicPartition[],
  startFrom: StartFrom | null
): Step<readonly StartPosition[]> => {
  const { subscription } = settings
  if (startFrom === null) return of(right(subscription._tag === 'partitions' ? subscription.partitions : []))
  const failed = (reason: string, cause?: unknown): Either<Fault, never> =>
    left({ _tag: 'StartFromFault', reason, ...(cause === undefined ? {} : { cause }) })
  return withDeadline(
    callHook(startFrom, gained).pipe(
      take(1),
      map((positions): Either<Fault, readonly StartPosition[]> => {
        if (!isList(positions)) return failed('it returned no list of positions')
        const [wrong] = problemsWithStarts('positions', positions)
        if (wrong !== undefined) return failed(describeProblem(wrong))
        const assigned = new Set(gained.map(keyOf))
        const foreign = positions.find((position) => !assigned.has(keyOf(position)))
        if (foreign === undefined) return right(positions)
        return failed(`it answered for ${keyOf(foreign)}, which was not gained`)
      }),
      defaultIfEmpty(failed('it completed without an answer')),
      catchError((error: unknown) => of(failed('it failed', error)))
    ),
    clock,
    settings.requestTimeoutMs,
    failed(`it did not answer within ${String(settings.requestTimeoutMs)} ms`)
  )
}

const isList = (given: readonly StartPosition[]): boolean => Array.isArray(given)

const callHook = (startFrom: StartFrom, gained: readonly TopicPartition[]): Observable<readonly StartPosition[]> =>
  new Observable((subscriber) => {
    // An exception in the hook is its failure; within `new Observable` rxjs would rethrow it in a timer.
    let answer: ObservableInput<readonly StartPosition[]>
    try {
      answer = startFrom(gained)
    } catch (error) {
      subscriber.error(error)
      return
    }
    return from(answer).subscribe(subscriber)
  })

const withDeadline = <A>(step: Observable<A>, clock: Clock, afterMs: number, otherwise: A): Observable<A> =>
  new Observable((subscriber) => {
    subscriber.add(
      clock.schedule(afterMs, () => {
        subscriber.next(otherwise)
        subscriber.complete()
      })
    )
    subscriber.add(step.subscribe(subscriber))
  })
