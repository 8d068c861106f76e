import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { Clock } from '../../model/clock.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { UnreadableFault } from '../../model/record-run.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { CommitScheduler } from './commit-scheduler.js'
import type { InFlightMemory } from '../../core/partition/in-flight-memory.js'
import type { BufferedBytes } from './flow-intake.js'

/** What a partition needs of the run it belongs to. */
export interface FlowContext<Flow> {
  readonly clock: Clock
  readonly settings: ConsumerSettings
  readonly session: ConsumerSession
  readonly commits: CommitScheduler
  readonly report: (event: ConsumerEvent) => void
  /** Asks for a call of `deliver` on a later turn. */
  readonly schedule: (flow: Flow) => void
  readonly buffered: BufferedBytes
  readonly memory: InFlightMemory
  /** How many bytes a partition may ask for whatever the others have, and twice as many buffer. */
  readonly share: () => number
  /** A pipeline failed: the consumer is to stop with this error. */
  readonly failed: (error: unknown) => void
  /** Nothing of it has moved for `max.poll.interval.ms`. */
  readonly stalled: (flow: Flow, forMs: number) => void
  /** What was given up because nothing of it moved has moved, and come to rest. */
  readonly cameToRest: (flow: Flow) => void
  /** The log cannot be read at the position. */
  readonly unreadable: (flow: Flow, fault: UnreadableFault) => void
}
