import { Observable, type ObservableInput, type OperatorFunction } from 'rxjs'
import { notAPartition } from '../internal/partition-streams.js'
import type { Acknowledging } from '../model/acknowledged.js'
import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { PartitionStream } from '../model/partition-stream.js'
import type { Backoff } from '../model/backoff.js'
import { backoff, checkOptions, either, oneOf, type OptionRule } from './handling/operator-options.js'
import { type PipelineHost, PipelineRun } from './handling/pipeline-run.js'

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
      const running = new Set<PipelineRun<R>>()
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
      const host: PipelineHost<R> = {
        project,
        onError,
        emitted: (value) => {
          destination.next(value)
        },
        over: (run) => {
          running.delete(run)
        },
        ended: finishIfDone,
        failed: (error, hooks) => {
          if (hooks === undefined) {
            destination.error(error)
            return
          }
          // The consumer errors with this, unless its stream has ended already.
          failure ??= { error }
          hooks.failed(error)
          finishIfDone()
        }
      }
      destination.add(
        partitions.subscribe({
          next: (partition) => {
            const unfit = notAPartition('eachPartition', partition)
            if (unfit === null) startPipeline(partition, host, running)
            else destination.error(unfit)
          },
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

const startPipeline = <R>(partition: PartitionStream, host: PipelineHost<R>, running: Set<PipelineRun<R>>): void => {
  const run = new PipelineRun(partition, host)
  running.add(run)
  run.start()
}

const restarting: OptionRule = {
  allowed: '{ restart: exponential(…) }',
  holds: (given) => typeof given === 'object' && given !== null && 'restart' in given && backoff.holds(given.restart)
}
