import { ChosenPartitions } from '../../core/group/chosen-partitions.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { SessionContext } from '../session-context.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/** Assigns the partitions of `assign`, and others as soon as the settings name others. */
export class HandAssignment {
  private readonly context: SessionContext
  private readonly metadata: ConsumerMetadata
  private readonly partitions = new ChosenPartitions()

  constructor(context: SessionContext, metadata: ConsumerMetadata) {
    this.context = context
    this.metadata = metadata
  }

  /** The settings may name other partitions, or their topics may have changed. */
  changed(): void {
    const { clock, handlers, settings } = this.context
    const { subscription } = settings
    if (subscription._tag !== 'partitions') return
    const named = subscription.partitions.map(({ topic, partition }) => ({ topic, partition }))
    const gone = this.partitions.choose(named)
    if (gone.length > 0) handlers.revoking(gone, clock.now() + settings.drainTimeoutMs)
    // Not before the metadata is known: the start position depends on whether a partition is new.
    if (!this.metadata.knowsSubscription) return
    const { gained, kept } = this.partitions.begin()
    if (gained.length > 0) handlers.assigned(-1, gained, kept, null)
  }

  /** `changed` on a later turn, for external calls. */
  changedByCall(): void {
    this.context.clock.turn(() => {
      this.changed()
    })
  }

  release(partitions: readonly TopicPartition[]): void {
    this.partitions.release(partitions)
    // A released partition may have been assigned again meanwhile.
    this.changedByCall()
  }
}
