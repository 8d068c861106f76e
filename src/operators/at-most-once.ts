import { Observable, type OperatorFunction } from 'rxjs'
import { subscribeToCommit } from '../internal/commit-policies.js'
import type { Acknowledged } from '../model/acknowledged.js'
import { type CarriedOr, type Dropped, hold, pass, settle } from '../model/carried.js'
import { operatorId } from '../model/operator-name.js'
import type { CommitOptions } from './commit.js'
import { AwaitedCommits } from './handling/awaited-commits.js'
import { checkOptions, storing } from './handling/operator-options.js'
import type { NoOffsets, NotShared } from '../model/shared.js'

/**
 * The first operator of a pipeline: acknowledges each record, waits until its offset is committed, and only then passes
 * it on. Whatever happens to the record afterwards, it is never redelivered.
 *
 * - Order: kept within a partition.
 * - Pressure: a record keeps its credit until it is passed on. The offsets of waiting records are committed at once
 *   when their partition is drained, and when it has run out of credit.
 * - Completes when the source has completed and the last offset is committed; records whose offset could not be
 *   committed are dropped.
 * - Errors with the source. Unsubscribing drops the waiting records.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(atMostOnce({ every: 100, withinMs: 50 }), writeTo(notify))
 */
export function atMostOnce<C extends CarriedOr<Dropped> & NotShared<NoOffsets>>(
  options: CommitOptions = {}
): OperatorFunction<C, C & Acknowledged> {
  checkOptions('atMostOnce', options, storing)
  const { every = 1_000, withinMs = 50 } = options
  const policy = { every, withinMs }
  const operator = operatorId('atMostOnce')
  return (source) =>
    new Observable((destination) => {
      const awaited = new AwaitedCommits<C>(policy, destination, (carried) => {
        pass(carried, operator)
        // `Acknowledged` exists for the compiler only.
        destination.next(carried as C & Acknowledged)
      })
      destination.add(() => {
        awaited.dropAll()
      })
      destination.add(
        subscribeToCommit(policy, () =>
          source.subscribe({
            next: (carried) => {
              try {
                hold(carried)
                awaited.add(carried)
                settle(carried)
              } catch (error) {
                destination.error(error)
              }
            },
            error: (error: unknown) => {
              destination.error(error)
            },
            complete: () => {
              awaited.flushAll(() => {
                destination.complete()
              })
            }
          })
        )
      )
    })
}
