import type { ConsumerSettings } from '../../config/consumer-config.js'
import { creditOf } from '../../core/partition/credit.js'
import type { Ledger } from '../../core/partition/ledger.js'
import type { Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import { operatorNames } from '../../model/operator-name.js'
import type { PartitionPosition, Standing, WaitingFor } from '../../model/partition-position.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'

/** What a partition says of itself. */
export interface StandingFlow extends TopicPartition {
  readonly clock: Clock
  readonly epoch: { readonly ledger: Ledger } | null
  readonly position: bigint | null
  readonly ownStanding: Standing | null
  /** why its log cannot be read at the position; null if it can, as far as is known */
  readonly unreadable: Fault | null
  readonly isEmpty: boolean
  /** whether its next batch waits for room */
  readonly awaitsRoom: boolean
}

/** What those around it say. */
export interface Surroundings {
  readonly logEnd: bigint | null
  readonly lastTimestamp: number | null
  readonly committed: bigint | null
  /** why the last commit of it is being retried; null if none is */
  readonly commitFault: Fault | null
  readonly session: ConsumerSession
  readonly settings: ConsumerSettings
}

/** Where a partition stands, and the one reason why it is not moving. */
export const positionOf = (flow: StandingFlow, around: Surroundings): PartitionPosition => {
  const { topic, partition, position } = flow
  const { logEnd, committed } = around
  const ledger = flow.epoch?.ledger
  const unsettled = ledger !== undefined && ledger.unsettled > 0
  return {
    topic,
    partition,
    committed,
    position,
    logEnd,
    inFlight: ledger?.inFlight ?? 0,
    uncommitted: unsettled ? { from: ledger.committable, to: ledger.position } : null,
    lag: position === null || logEnd === null ? null : logEnd > position ? logEnd - position : 0n,
    delivered: ledger?.delivered ?? 0,
    settled: ledger?.settledCount ?? 0,
    lastTimestamp: around.lastTimestamp,
    waitingFor: unsettled ? firstUnsettled(ledger, flow.clock.now()) : null,
    ...reasonOf(flow, around)
  }
}

const reasonOf = (
  flow: StandingFlow,
  { session, settings, commitFault }: Surroundings
): { readonly standing: Standing; readonly fault: Fault | null } => {
  const { ownStanding, epoch } = flow
  if (ownStanding !== null)
    return { standing: ownStanding, fault: ownStanding === 'unreadable' ? flow.unreadable : null }
  const credit = epoch === null ? 'available' : flow.awaitsRoom ? 'no memory' : creditOf(settings, epoch.ledger)
  if (credit !== 'available') {
    // Whoever waits for a commit before it lets records go, as atMostOnce() does, waits for the group first.
    if (commitFault !== null) return { standing: 'commit failing', fault: commitFault }
    return { standing: session.isRebalancing ? 'rebalancing' : credit, fault: null }
  }
  if (!flow.isEmpty) return { standing: 'flowing', fault: null }
  const fault = session.troubleOf(flow)
  return { standing: fault === null ? 'no data' : 'broker down', fault }
}

const firstUnsettled = (ledger: Ledger, now: number): WaitingFor => {
  const seq = ledger.firstUnsettled
  return {
    offset: ledger.offsetOf(seq),
    forMs: now - ledger.deliveredAt(seq),
    lastOperator: operatorNames[ledger.lastOperator(seq)] ?? 'source',
    held: ledger.isHeld(seq)
  }
}
