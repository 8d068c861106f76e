import type { Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { GroupMember } from '../model/group-member.js'
import type { PartitionStream } from '../model/partition-stream.js'

/** What the pipeline of a partition reports to the consumer. */
export interface PipelineHooks {
  readonly clock: Clock
  /** An operator tracks the end of the pipeline, so that a drain can wait for it. */
  attached(): void
  /** The pipeline's output has completed, or was unsubscribed. */
  ended(): void
  /** The pipeline failed and is not restarted: the consumer drains the other partitions, then errors with this. */
  failed(error: unknown): void
  /** True while a failed pipeline may be started again. */
  mayRestart(): boolean
  report(event: ConsumerEvent): void
  /** Limits the unsettled delivered records of the partition until the next call; never more than `maxInFlight`. */
  limitInFlight(records: number): void
  /** Whether `enable.auto.commit` commits acknowledged records. */
  readonly autoCommits: boolean
  /** The identity under which the consumer commits the partition's offsets; null while it is not in a group. */
  readonly member: GroupMember | null
}

const hooks = new WeakMap<PartitionStream, PipelineHooks>()

export const setPipelineHooks = (stream: PartitionStream, value: PipelineHooks): void => {
  hooks.set(stream, value)
}

/** undefined for a partition stream that was not made by a consumer, e.g. in a unit test. */
export const pipelineHooksOf = (stream: PartitionStream): PipelineHooks | undefined => hooks.get(stream)
