import { Observable, type OperatorFunction } from 'rxjs'
import type { Carried } from '../model/carried.js'
import type { OnFailure } from '../model/failure-policy.js'
import type { OperatorName } from '../model/operator-name.js'
import type { HandleOptions } from './handler.js'
import { type Handling, type HandlingAtOnce, HandlingRun } from './handling-run.js'
import { checkNumbers, count, milliseconds } from './number-options.js'

/** Queue, order, concurrency, retry and failure policy, for whatever is done with each record. */
export const handling = <C extends Carried<unknown>, D extends Carried<unknown>>(
  what: Handling<C, D> | HandlingAtOnce<C, D>,
  options: HandleOptions<C>
): OperatorFunction<C, D> => {
  checkNumbers(what.operator, {
    concurrency: [options.concurrency, count],
    timeoutMs: [options.timeoutMs, milliseconds],
    'retry.attempts': [options.retry?.attempts, count]
  })
  return (source) =>
    new Observable((destination) => {
      const run = new HandlingRun(what, options, destination)
      destination.add(() => {
        run.stop()
      })
      destination.add(
        source.subscribe({
          next: (carried) => {
            run.arrived(carried)
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            run.sourceCompleted()
          }
        })
      )
    })
}

/**
 * The same for what is made of each record within the call, null for one that is settled instead: a `make` that throws is dealt
 * with as `onFailure` says. Order is kept; only what is parked lets others by, and then by its key.
 */
export const handlingAtOnce = <C extends Carried<unknown>, D extends Carried<unknown>>(
  operator: OperatorName,
  make: (carried: C) => D | null,
  onFailure: OnFailure = 'fail'
): OperatorFunction<C, D> => {
  const isParking = typeof onFailure === 'object' && onFailure._tag === 'Park'
  return handling({ operator, make }, { onFailure, order: isParking ? 'key' : 'partition' })
}
