import type { PartitionLifecycle } from '../../core/partition/partition-lifecycle.js'
import type { PartitionEvent } from '../../core/partition/partition-messages.js'
import type { PipelineHooks } from '../../internal/pipeline-hooks.js'
import type { Clock } from '../../model/clock.js'
import type { PartitionContext } from './partition-context.js'
import type { PartitionDelivery } from './partition-delivery.js'

interface HookedPartition {
  readonly clock: Clock
  readonly isLive: boolean
  readonly delivery: Pick<PartitionDelivery, 'limitInFlight'>
  handle(event: PartitionEvent): void
}

/** Connects the pipeline of an assigned partition with the partition and its consumer. */
export const hooksOf = (
  assigned: HookedPartition,
  life: PartitionLifecycle,
  context: Pick<PartitionContext<never>, 'failed' | 'report' | 'settings' | 'session'>
): PipelineHooks => ({
  clock: assigned.clock,
  attached: () => {
    assigned.handle({ _tag: 'pipeline attached' })
  },
  ended: () => {
    assigned.handle({ _tag: 'pipeline ended' })
  },
  failed: (error) => {
    // A pipeline that fails after its partition has ended still stops the consumer.
    if (life.isReleased) context.failed(error)
    else assigned.handle({ _tag: 'pipeline failed', error })
  },
  mayRestart: () => assigned.isLive,
  report: context.report,
  limitInFlight: (records) => {
    assigned.delivery.limitInFlight(records)
  },
  autoCommits: context.settings.autoCommit,
  get member() {
    return context.session.member
  }
})
