import { from, Observable, type ObservableInput, type OperatorFunction, Subscription } from 'rxjs'
import { pipelineHooksOf } from '../internal/pipeline-hooks.js'
import type { Acknowledging } from '../model/acknowledged.js'
import type { Cancel } from '../model/clock.js'
import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { PartitionStream } from '../model/partition-stream.js'
import type { Backoff } from '../model/backoff.js'
import { delayOf } from '../model/backoff.js'
import { backoff, checkOptions, either, oneOf, type OptionRule } from './handling/operator-options.js'

/** How `eachPartition` deals with a pipeline that fails. */
export interface EachPartitionOptions {
  /**
   * `'stop'`: the other partitions are drained and committed, the consumer leaves the group, and then it errors.
   * `{ restart }`: after the backoff only that partition is subscribed to again, from its first unsettled record. While
   * the partition is being drained, a pipeline that fails just ends, and the report says what is left.
   *
   * @default 'stop'
   */
  readonly onError?: 'stop' | { readonly restart: Backoff }
}

/**
 * Runs one pipeline for each partition and tracks when it ends: a rebalance waits for it.
 *
 * - Order: within a partition that of the pipeline; none between partitions.
 * - Pressure: none of its own; each partition is limited by its credit.
 * - Completes when the consumer and every pipeline have completed.
 * - Errors as `onError` says; a `project` that throws counts as a failed pipeline.
 * - When a partition is lost, or its drain times out, its pipeline is unsubscribed, not completed: nothing is flushed.
 * - Unsubscribing unsubscribes from every pipeline and from the consumer.
 *
 * The pipeline has to acknowledge its records: one that emits records and has no `commit()`, `ack()` or `atMostOnce()`
 * does not compile, as far as types can tell. If you acknowledge with `commitSync`, emit something else:
 * `map(({ offset }) => offset)`.
 *
 * Keep the state of a partition in a variable of `project`: it lives as long as the assignment.
 *
 * @example
 * orders.pipe(eachPartition((partition) => partition.pipe(handle(save), commit()))).subscribe()
 */
export function eachPartition<R>(
  project: (partition: PartitionStream) => ObservableInput<R> & Acknowledging<R>,
  options: EachPartitionOptions = {}
): OperatorFunction<PartitionStream, R> {
  refuseWrong(problemsWith('eachPartition: project', project, aFunction))
  checkOptions('eachPartition', options, { onError: either(oneOf('stop'), restarting) })
  const { onError = 'stop' } = options
  return (partitions) =>
    new Observable<R>((destination) => {
      const running = new Set<Subscription>()
      let sourceEnded = false
      let failure: { readonly error: unknown } | null = null
      const finishIfDone = (): void => {
        if (!sourceEnded || running.size > 0) return
        if (failure === null) destination.complete()
        else destination.error(failure.error)
      }
      destination.add(() => {
        for (const pipeline of running) pipeline.unsubscribe()
      })

      const run = (partition: PartitionStream): void => {
        const hooks = pipelineHooksOf(partition)
        const whole = new Subscription()
        let failures = 0
        let waiting: Cancel | null = null
        let current: Subscription | null = null
        const ended = (): void => {
          partition.signal.removeEventListener('abort', aborted)
          running.delete(whole)
          hooks?.ended()
          finishIfDone()
        }
        const aborted = (): void => {
          whole.unsubscribe()
          ended()
        }
        const failed = (error: unknown): void => {
          if (onError !== 'stop' && hooks !== undefined) {
            // The assignment ends anyway: the next one begins with what this one has left.
            if (!hooks.mayRestart()) {
              ended()
              return
            }
            let inMs: number
            try {
              inMs = delayOf(onError.restart, ++failures)
            } catch (thrown) {
              stop(thrown)
              return
            }
            const { topic, partition: number } = partition
            hooks.report({ _tag: 'pipeline restarting', topic, partition: number, inMs, cause: error })
            waiting = hooks.clock.schedule(inMs, start)
            return
          }
          stop(error)
        }
        const stop = (error: unknown): void => {
          running.delete(whole)
          partition.signal.removeEventListener('abort', aborted)
          if (hooks === undefined) destination.error(error)
          else {
            const { topic, partition: number } = partition
            hooks.report({ _tag: 'pipeline failed', topic, partition: number, cause: error })
            // The consumer errors with it, unless its stream has ended already.
            failure ??= { error }
            hooks.failed(error)
            finishIfDone()
          }
        }
        const start = (): void => {
          waiting = null
          if (hooks?.mayRestart() === false) {
            ended()
            return
          }
          const attempt = new Subscription()
          current = attempt
          attempt.add(
            projected(project, partition).subscribe({
              next: (value) => {
                failures = 0
                destination.next(value)
              },
              error: failed,
              complete: ended
            })
          )
        }
        whole.add(() => {
          waiting?.()
          current?.unsubscribe()
        })
        running.add(whole)
        hooks?.attached()
        partition.signal.addEventListener('abort', aborted)
        start()
      }

      destination.add(
        partitions.subscribe({
          next: run,
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            sourceEnded = true
            finishIfDone()
          }
        })
      )
    })
}

const restarting: OptionRule = {
  allowed: '{ restart: exponential(…) }',
  holds: (given) => typeof given === 'object' && given !== null && 'restart' in given && backoff.holds(given.restart)
}

/** A `project` that throws counts as a failed pipeline. */
const projected = <R>(
  project: (partition: PartitionStream) => ObservableInput<R>,
  partition: PartitionStream
): Observable<R> =>
  new Observable((subscriber) => {
    let pipeline: ObservableInput<R>
    try {
      pipeline = project(partition)
    } catch (error) {
      subscriber.error(error)
      return
    }
    return from(pipeline).subscribe(subscriber)
  })
