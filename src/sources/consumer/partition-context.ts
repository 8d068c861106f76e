import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { InFlightMemory } from '../../core/partition/in-flight-memory.js'
import type { Clock } from '../../model/clock.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Position } from '../../model/position.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { UnreadableFault } from '../../model/record-run.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { CommitScheduler } from './commit-scheduler.js'
import type { DeliveryPump } from './delivery-pump.js'

/** The parts of a run that a partition uses. */
export interface PartitionContext<Partition> {
  readonly clock: Clock
  readonly settings: ConsumerSettings
  readonly session: ConsumerSession
  readonly commits: CommitScheduler
  readonly report: (event: ConsumerEvent) => void
  readonly pump: DeliveryPump
  /** The bytes that all partitions have buffered. */
  readonly buffered: { bytes: number }
  readonly memory: InFlightMemory
  /** The bytes that a partition may request regardless of the others; it may buffer twice as many. */
  readonly share: () => number
  /** Looks up the position; null: the start of an assignment. The answer is the event `located`, with the cursor. */
  readonly locate: (partition: Partition, cursor: number, position: Position | null) => void
  /** A pipeline failed: the consumer has to stop with this error. */
  readonly failed: (error: unknown) => void
  /** The partition has made no progress for `max.poll.interval.ms`. */
  readonly stalled: (partition: Partition, forMs: number) => void
  /** A stalled partition that was lost has made progress, and its work has ended. */
  readonly cameToRest: (partition: Partition) => void
  /** The log cannot be read at the position. */
  readonly unreadable: (partition: Partition, fault: UnreadableFault) => void
  /** The partition has ended without being lost. */
  readonly revoked: (partition: Partition, report: PartitionDrainReport) => void
}
