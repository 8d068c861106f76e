import { isLeft } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import { corruptRetries } from '../../core/fetching/fetch-verdict.js'
import type { Clock } from '../../model/clock.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { UnreadableFault } from '../../model/record-run.js'
import { applyReset } from './apply-reset.js'
import type { AssignedPartition } from './assigned-partition.js'
import type { ScheduledTasks } from './scheduled-tasks.js'

export interface ReadTroubleContext {
  readonly clock: Clock
  readonly session: ConsumerSession
  readonly settings: ConsumerSettings
  readonly report: (event: ConsumerEvent) => void
  readonly tasks: ScheduledTasks
  /**
   * Reads the partition from offset 0; earlier deliveries do not count any more. Offset 0 is committed at once: the group may
   * have a committed offset of the former topic, with which the next owner would skip the new records.
   */
  readonly readAnew: (assigned: AssignedPartition) => void
  /** Reading cannot recover: the consumer stops. */
  readonly fatal: (fault: Fault) => void
}

/** Handles a partition that cannot be read any further: resets it, reads it again, stops it, or fails. Never silently. */
export class ReadTrouble {
  private readonly context: ReadTroubleContext
  /** partitions of recreated topics */
  private readonly anew = new WeakSet<AssignedPartition>()
  /** lookups of where to continue, which are repeated until they are answered */
  private readonly resets = new Map<AssignedPartition, Subscription>()
  private readonly corrupt = new Map<AssignedPartition, { readonly position: bigint | null; readonly times: number }>()

  constructor(context: ReadTroubleContext) {
    this.context = context
  }

  /** The position is not in the log: `auto.offset.reset` decides. */
  outOfRange(assigned: AssignedPartition): void {
    const { cursor } = assigned
    const { settings } = this.context
    // A recreated topic is entirely new: if its log does not begin at 0, it is read from its beginning.
    const isAnew = this.anew.has(assigned) && assigned.position === 0n
    const policies = isAnew
      ? ({ ...settings, autoOffsetReset: 'earliest', offsetOutOfRange: 'reset' } as const)
      : settings
    this.resets.get(assigned)?.unsubscribe()
    const reset = new Subscription()
    this.resets.set(assigned, reset)
    const steps = applyReset(this.context.session, policies, this.context.clock, assigned).subscribe((answer) => {
      this.resets.delete(assigned)
      // A seek or another lookup came first.
      if (!assigned.isLive || assigned.cursor !== cursor) return
      if (isLeft(answer)) {
        this.context.fatal(answer.left)
        return
      }
      const { event, to, leaderEpoch, from, logStart } = answer.right
      const { topic, partition } = assigned
      if (from < logStart)
        this.context.report({
          _tag: 'gap',
          topic,
          partition,
          from,
          to: logStart,
          missing: logStart - from,
          cause: 'retention'
        })
      this.context.report(event)
      const startCommit = event.policy === 'earliest' ? 'in time' : 'at once'
      if (to >= from) assigned.handle({ _tag: 'skipped', to, leaderEpoch, startCommit })
      else assigned.handle({ _tag: 'moved', offset: to, leaderEpoch, startCommit })
    })
    reset.add(steps)
  }

  /**
   * The log was cut below the fetched records. As in Java's client, with a reset policy reading continues where the log
   * diverges; without one the user has to decide.
   */
  truncated(assigned: AssignedPartition, endOffset: bigint | null): void {
    const { topic, partition } = assigned
    const from = assigned.position ?? 0n
    if (this.context.settings.autoOffsetReset === 'none')
      this.context.fatal({ _tag: 'LogTruncationFault', topic, partition, offset: from, divergesAt: endOffset })
    else if (endOffset === null) this.outOfRange(assigned)
    // Only records that were fetched ahead and not delivered are gone.
    else if (endOffset >= from) assigned.handle({ _tag: 'refetched' })
    else {
      this.context.report({ _tag: 'truncated', topic, partition, from, to: endOffset })
      assigned.handle({ _tag: 'moved', offset: endOffset, leaderEpoch: -1, startCommit: 'in time' })
    }
  }

  /**
   * The name now belongs to another topic: offsets of the former one are not committed any more, and the new one is read from
   * its beginning.
   */
  recreated(topic: string, partitions: readonly AssignedPartition[]): void {
    const isNone = this.context.settings.autoOffsetReset === 'none'
    const live = partitions.filter(({ isLive }) => isLive)
    // Running work continues, but is not committed.
    for (const assigned of partitions) if (isNone || !assigned.isLive) assigned.commits.end()
    this.context.report({
      _tag: 'recreated',
      topic,
      partitions: live.map(({ partition, position: from }) => ({ partition, from }))
    })
    if (isNone) {
      const [first] = live
      if (first !== undefined)
        this.context.fatal({ _tag: 'TopicRecreatedFault', topic, partition: first.partition, position: first.position })
      return
    }
    for (const assigned of live) {
      this.corrupt.delete(assigned)
      this.anew.add(assigned)
      this.context.readAnew(assigned)
    }
  }

  refused(assigned: AssignedPartition, fault: Fault): void {
    if (
      fault._tag === 'CorruptBatchFault' ||
      fault._tag === 'OversizedBatchFault' ||
      fault._tag === 'CodecMissingFault'
    )
      this.unreadable(assigned, fault)
    else this.context.fatal(fault)
  }

  /** Fetched data cannot be decoded. */
  unreadable(assigned: AssignedPartition, fault: UnreadableFault): void {
    const { position } = assigned
    const former = this.corrupt.get(assigned)
    const times = former !== undefined && former.position === position ? former.times + 1 : 1
    this.corrupt.set(assigned, { position, times })
    if (fault._tag === 'CorruptBatchFault' && times <= corruptRetries) {
      const { cursor } = assigned
      this.context.tasks.after(this.context.settings.retryBackoffMs, () => {
        if (assigned.cursor === cursor) assigned.handle({ _tag: 'refetched' })
      })
      return
    }
    assigned.handle({ _tag: 'unreadable', fault })
    const { topic, partition, offset } = fault
    this.context.report({ _tag: 'unreadable', topic, partition, offset, fault })
  }

  /** The partition has ended. */
  forget(assigned: AssignedPartition): void {
    this.corrupt.delete(assigned)
    this.resets.get(assigned)?.unsubscribe()
    this.resets.delete(assigned)
  }
}
