import { creditOf } from '../../core/partition/credit.js'
import type { Ledger } from '../../core/partition/ledger.js'
import type { PartitionLifecycle } from '../../core/partition/partition-lifecycle.js'
import type { Fault } from '../../model/fault.js'
import { operatorNames } from '../../model/operator-name.js'
import type { PartitionPosition, PartitionState, WaitingFor } from '../../model/partition-position.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { PartitionContext } from './partition-context.js'
import type { PartitionDelivery } from './partition-delivery.js'

/** What other parts know about the partition. */
interface PositionInputs {
  readonly now: number
  readonly committed: bigint | null
  /** why its last commit is being retried; null if none is */
  readonly commitFault: Fault | null
  /** why it cannot be fetched */
  readonly trouble: () => Fault | null
  readonly isRebalancing: boolean
}

/** The position of a partition, and why it makes no progress. */
export const positionOf = (
  place: TopicPartition,
  life: PartitionLifecycle,
  delivery: PartitionDelivery,
  { clock, session, commits }: Pick<PartitionContext<never>, 'clock' | 'session' | 'commits'>
): PartitionPosition => {
  const { topic, partition } = place
  const values: PositionInputs = {
    now: clock.now(),
    committed: commits.committedOffset(place),
    commitFault: commits.faultOf(place),
    trouble: () => session.troubleOf(place),
    isRebalancing: session.isRebalancing
  }
  const { position } = life.reading
  const { logEnd, lastTimestamp } = delivery.buffer
  const ledger = delivery.epoch?.ledger
  const unsettled = ledger !== undefined && ledger.unsettled > 0
  const reason = reasonOf(life, delivery, values)
  return {
    topic,
    partition,
    committed: values.committed,
    position,
    logEnd,
    inFlight: ledger?.inFlight ?? 0,
    uncommitted: unsettled ? { from: ledger.committable, to: ledger.position } : null,
    lag: position === null || logEnd === null ? null : logEnd > position ? logEnd - position : 0n,
    delivered: ledger?.delivered ?? 0,
    settled: ledger?.settledCount ?? 0,
    lastTimestamp,
    waitingFor: unsettled ? firstUnsettled(ledger, values.now) : null,
    heldUpBy: delivery.epoch?.heldUpBy ?? (reason.standing === 'no data' ? transactionAt(position, delivery) : null),
    ...reason
  }
}

const reasonOf = (
  { status, reading }: PartitionLifecycle,
  { epoch, awaitsRoom, buffer, limits }: PartitionDelivery,
  { commitFault, isRebalancing, trouble }: PositionInputs
): { readonly standing: PartitionState; readonly fault: Fault | null } => {
  if (status !== null) return { standing: status, fault: status === 'unreadable' ? reading.unreadable : null }
  const credit = epoch === null ? 'available' : awaitsRoom ? 'no memory' : creditOf(limits, epoch.ledger)
  if (credit !== 'available') {
    // An operator that waits for a commit before it passes records on, such as atMostOnce(), depends on the group first.
    if (commitFault !== null) return { standing: 'commit failing', fault: commitFault }
    return { standing: isRebalancing ? 'rebalancing' : credit, fault: null }
  }
  if (!buffer.isEmpty) return { standing: 'flowing', fault: null }
  const fault = trouble()
  return { standing: fault === null ? 'no data' : 'broker down', fault }
}

/** Under `read_committed` the log ends at the first open transaction, so the partition has no lag. */
const transactionAt = (position: bigint | null, { buffer }: PartitionDelivery): string | null =>
  position === null ? null : buffer.transaction.heldUpBy(position)

const firstUnsettled = (ledger: Ledger, now: number): WaitingFor => {
  const seq = ledger.firstUnsettled
  return {
    offset: ledger.offsetOf(seq),
    forMs: now - ledger.deliveredAt(seq),
    lastOperator: operatorNames[ledger.lastOperator(seq)] ?? 'source',
    held: ledger.isHeld(seq)
  }
}
