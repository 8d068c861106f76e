import type { Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { GroupMember } from '../model/group-member.js'
import type { PartitionStream } from '../model/partition-stream.js'

/** What the pipeline of a partition tells the consumer that the partition came from. */
export interface PipelineHooks {
  readonly clock: Clock
  /** Somebody watches the end of the pipeline, so that a drain can wait for it. */
  attached(): void
  /** The pipeline's output has completed, or nobody listens to it any more. */
  ended(): void
  /** The pipeline failed and is not restarted: the consumer drains the other partitions, then errors with this. */
  failed(error: unknown): void
  /** True while a failed pipeline may be started again. */
  mayRestart(): boolean
  report(event: ConsumerEvent): void
  /** No more of its records than so many are delivered and not settled, until it is called again; never more than `maxInFlight`. */
  limitInFlight(records: number): void
  /** Whether what is acknowledged is committed by `enable.auto.commit`. */
  readonly autoCommits: boolean
  /** As whom the consumer commits offsets of the partition at the moment; null while it is in no group. */
  readonly member: GroupMember | null
}

const hooks = new WeakMap<PartitionStream, PipelineHooks>()

export const setPipelineHooks = (stream: PartitionStream, value: PipelineHooks): void => {
  hooks.set(stream, value)
}

/** undefined for a partition stream that was not made by a consumer, e.g. in a unit test. */
export const pipelineHooksOf = (stream: PartitionStream): PipelineHooks | undefined => hooks.get(stream)
