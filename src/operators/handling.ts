import { Observable, type OperatorFunction } from 'rxjs'
import type { Carried } from '../model/carried.js'
import type { HandleOptions } from './handler.js'
import { type Handling, HandlingRun } from './handling-run.js'
import { checkNumbers, count, milliseconds } from './number-options.js'

/** Queue, order, concurrency, retry and failure policy, for whatever is done with each record. */
export const handling = <C extends Carried<unknown>, D extends Carried<unknown>>(
  what: Handling<C, D>,
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
