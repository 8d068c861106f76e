import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { forkJoin, map, of } from 'rxjs'
import type { AutoOffsetReset } from '../../config/auto-offset-reset.js'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { Clock } from '../../model/clock.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerSession, LocatedOffset, OffsetLookup } from '../../ports/consumer-session.js'
import type { Step } from '../../ports/step.js'

/** Where a partition continues when its position is not in the log any more, with the event that reports it. */
export interface Reset {
  readonly from: bigint
  readonly to: bigint
  /** of `to`; -1 if it is not known */
  readonly leaderEpoch: number
  readonly logStart: bigint
  readonly event: ConsumerEvent & { readonly _tag: 'reset' }
}

/** The time this long ago, as a place in a log. */
const ago = (clock: Clock, ms: number): OffsetLookup['at'] => ({
  timestamp: Math.max(0, Math.floor(clock.wallTime() - ms))
})

/** Where reading begins under this policy. */
export const resetPlace = (policy: Exclude<AutoOffsetReset, 'none'>, clock: Clock): OffsetLookup['at'] =>
  typeof policy === 'string' ? policy : ago(clock, policy.ms)

/**
 * Applies `auto.offset.reset` to a position that is out of range. Returns a fault with the log's bounds under `none`, if
 * positions must not be reset, and if the reset would go back further than allowed.
 */
export const applyReset = (
  session: ConsumerSession,
  settings: ConsumerSettings,
  clock: Clock,
  assigned: TopicPartition & { readonly position: bigint | null }
): Step<Reset> => {
  const { topic, partition } = assigned
  const { autoOffsetReset: policy, offsetOutOfRange, resetMaxRecords, resetMaxMs } = settings
  const offsetAt = (at: OffsetLookup['at'] | null): Step<LocatedOffset | null> =>
    at === null ? of(right(null)) : session.listOffsets([{ topic, partition, at }]).pipe(map(firstOf))
  // One request each: Kafka refuses a request that names a partition twice.
  return forkJoin([
    offsetAt('earliest'),
    offsetAt('latest'),
    offsetAt(typeof policy === 'string' ? null : resetPlace(policy, clock)),
    offsetAt(resetMaxMs === null ? null : ago(clock, resetMaxMs))
  ]).pipe(
    map(([earliest, latest, byTime, oldest]) => {
      if (isLeft(earliest)) return earliest
      if (isLeft(latest)) return latest
      if (isLeft(byTime)) return byTime
      if (isLeft(oldest)) return oldest
      // The current position: records that were fetched before have been delivered meanwhile.
      const from = assigned.position ?? 0n
      const logStart = earliest.right?.offset ?? 0n
      const logEnd = latest.right?.offset ?? logStart
      const fault: Fault = { _tag: 'OffsetOutOfRangeFault', topic, partition, offset: from, logStart, logEnd }
      if (policy === 'none' || offsetOutOfRange === 'fail') return left(fault)
      const found = policy === 'earliest' ? earliest.right : policy === 'latest' ? latest.right : byTime.right
      const to = found?.offset ?? logEnd
      // Offsets beyond the end of the log were never read.
      const again = (from < logEnd ? from : logEnd) - to
      const isTooMany = resetMaxRecords !== null && again > BigInt(resetMaxRecords)
      const isTooOld = oldest.right !== null && again > 0n && to < oldest.right.offset
      if (isTooMany || isTooOld) return left(fault)
      const name = typeof policy === 'string' ? policy : policy._tag
      const event = { _tag: 'reset', topic, partition, from, to, policy: name, logStart, logEnd } as const
      return right({ from, to, leaderEpoch: found?.leaderEpoch ?? -1, logStart, event })
    })
  )
}

const firstOf = (found: Either<Fault, readonly LocatedOffset[]>): Either<Fault, LocatedOffset | null> =>
  isLeft(found) ? found : right(found.right[0] ?? null)
