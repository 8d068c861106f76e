import type { PartitionStatus } from '../../model/consumer-status.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import { statusFault } from '../../model/status-fault.js'
import type { PartitionRates } from './status-rates.js'

/** A record that is unsettled for this long is named. */
const longMs = 10_000

/** A position as a part of a status. */
export const partitionStatus = (
  { topic, partition, committed, position, logEnd, lag: behind, waitingFor, ...at }: PartitionPosition,
  [deliveredPerSecond, settledPerSecond, committedPerSecond]: PartitionRates,
  wallTime: number
): PartitionStatus => ({
  topic,
  partition,
  committed: text(committed),
  position: text(position),
  logEnd: text(logEnd),
  lag: committed === null || logEnd === null ? null : Math.max(0, Number(logEnd - committed)),
  behind: behind === null ? null : Number(behind),
  lagMs: behind === 0n ? 0 : at.lastTimestamp === null ? null : Math.max(0, wallTime - at.lastTimestamp),
  delivered: at.delivered,
  settled: at.settled,
  deliveredPerSecond,
  settledPerSecond,
  committedPerSecond,
  inFlight: at.inFlight,
  oldest:
    waitingFor === null
      ? null
      : {
          offset: String(waitingFor.offset),
          ageMs: waitingFor.forMs,
          lastOperator: waitingFor.lastOperator,
          held: waitingFor.held
        },
  heldUpBy: at.heldUpBy,
  standing: at.standing,
  fault: statusFault(at.fault)
})

const text = (offset: bigint | null): string | null => (offset === null ? null : String(offset))

/** Why one of these partitions is held up, as text; null if none is. */
export const troubleOf = (partitions: readonly PartitionStatus[]): string | null => {
  for (const { topic, partition, fault, oldest, heldUpBy } of partitions) {
    const place = `${topic}/${String(partition)}`
    if (fault !== null) return `${place}: ${fault.reason}`
    if (heldUpBy !== null) return `${place}: ${heldUpBy}`
    if (oldest === null || oldest.ageMs < longMs) continue
    const forMs = `for ${String(Math.round(oldest.ageMs))} ms`
    return oldest.held
      ? `${place} offset ${oldest.offset} is worked on ${forMs}`
      : `${place} offset ${oldest.offset} is not settled ${forMs}, and no operator has it after ${oldest.lastOperator}`
  }
  return null
}
