import { Observable, type ObservableInput, Subscription } from 'rxjs'
import { type PipelineHooks, pipelineHooksOf } from '../../internal/pipeline-hooks.js'
import { pipelineOf } from '../../internal/pipeline-of.js'
import { type Backoff, delayOf } from '../../model/backoff.js'
import type { Cancel } from '../../model/clock.js'
import type { PartitionStream } from '../../model/partition-stream.js'

type Project<R> = (partition: PartitionStream) => ObservableInput<R>

/** What a pipeline reports to the operator that runs it. */
export interface PipelineHost<R> {
  readonly project: Project<R>
  readonly onError: 'stop' | { readonly restart: Backoff }
  emitted(value: R): void
  /** The pipeline does not run any more, for whatever reason. Called before `ended` and `failed`. */
  over(run: PipelineRun<R>): void
  /** The pipeline has completed, or its partition has ended. */
  ended(): void
  /** The pipeline has failed and is not restarted. Without hooks, the partition stream does not belong to a consumer. */
  failed(error: unknown, hooks: PipelineHooks | undefined): void
}

/** The pipeline of one partition, from its first subscription to its end; restarted after failures if `onError` says so. */
export class PipelineRun<R> {
  private readonly partition: PartitionStream
  private readonly host: PipelineHost<R>
  private readonly hooks: PipelineHooks | undefined
  private readonly whole: Subscription
  private failures = 0
  private waiting: Cancel | null = null
  private current: Subscription | null = null

  constructor(partition: PartitionStream, host: PipelineHost<R>) {
    this.partition = partition
    this.host = host
    this.hooks = pipelineHooksOf(partition)
    this.whole = new Subscription(() => {
      this.waiting?.()
      this.current?.unsubscribe()
    })
  }

  start(): void {
    this.hooks?.attached()
    this.partition.signal.addEventListener('abort', this.aborted)
    this.subscribe()
  }

  unsubscribe(): void {
    this.whole.unsubscribe()
  }

  private subscribe(): void {
    this.waiting = null
    if (this.hooks?.mayRestart() === false) {
      this.ended()
      return
    }
    const attempt = new Subscription()
    this.current = attempt
    attempt.add(
      projected(this.host.project, this.partition).subscribe({
        next: (value) => {
          this.failures = 0
          this.host.emitted(value)
        },
        error: (error: unknown) => {
          this.failed(error)
        },
        complete: () => {
          this.ended()
        }
      })
    )
  }

  private readonly aborted = (): void => {
    this.whole.unsubscribe()
    this.ended()
  }

  private ended(): void {
    this.over()
    this.hooks?.ended()
    this.host.ended()
  }

  private over(): void {
    this.partition.signal.removeEventListener('abort', this.aborted)
    this.host.over(this)
  }

  private failed(error: unknown): void {
    const { hooks, host } = this
    if (host.onError === 'stop' || hooks === undefined) this.stop(error)
    // The assignment is ending anyway: the next one begins with the unsettled records of this one.
    else if (!hooks.mayRestart()) this.ended()
    else this.restart(error, hooks, host.onError.restart)
  }

  private restart(cause: unknown, hooks: PipelineHooks, backoff: Backoff): void {
    let inMs: number
    try {
      inMs = delayOf(backoff, ++this.failures, hooks.clock)
    } catch (thrown) {
      this.stop(thrown)
      return
    }
    const { topic, partition } = this.partition
    hooks.report({ _tag: 'pipeline restarting', topic, partition, inMs, cause })
    this.waiting = hooks.clock.schedule(inMs, () => {
      this.subscribe()
    })
  }

  private stop(cause: unknown): void {
    this.over()
    const { topic, partition } = this.partition
    this.hooks?.report({ _tag: 'pipeline failed', topic, partition, cause })
    this.host.failed(cause, this.hooks)
  }
}

/** Calls `project`; an exception counts as a failed pipeline. */
const projected = <R>(
  project: (partition: PartitionStream) => ObservableInput<R>,
  partition: PartitionStream
): Observable<R> =>
  new Observable((subscriber) => {
    let pipeline: Observable<R>
    try {
      pipeline = pipelineOf('eachPartition', project(partition))
    } catch (error) {
      subscriber.error(error)
      return
    }
    return pipeline.subscribe(subscriber)
  })
