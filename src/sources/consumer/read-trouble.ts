import { isLeft } from 'fp-ts/lib/Either.js'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import { corruptRetries } from '../../core/fetching/corrupt-retries.js'
import type { Clock } from '../../model/clock.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { UnreadableFault } from '../../model/record-run.js'
import { applyReset } from './apply-reset.js'
import type { AssignedPartition } from './assigned-partition.js'
import type { Postponed } from './postponed.js'

export interface ReadTroubleContext {
  readonly clock: Clock
  readonly session: ConsumerSession
  readonly settings: ConsumerSettings
  readonly report: (event: ConsumerEvent) => void
  readonly postponed: Postponed
  /**
   * Reads it from offset 0; what was delivered counts no more. That is stored at once: the group may have an offset of the
   * former topic stored, by which the next owner would pass over what is new.
   */
  readonly readAnew: (assigned: AssignedPartition) => void
  /** It cannot heal: the consumer is to stop. */
  readonly fatal: (fault: Fault) => void
}

/** What is done when a partition cannot be read on: reset, read again, stand still, or give up. Never silently. */
export class ReadTrouble {
  private readonly context: ReadTroubleContext
  /** of topics that were made again */
  private readonly anew = new WeakSet<AssignedPartition>()
  private readonly corrupt = new Map<AssignedPartition, { readonly position: bigint | null; readonly times: number }>()

  constructor(context: ReadTroubleContext) {
    this.context = context
  }

  /** The position is not in the log: `auto.offset.reset` decides. */
  outOfRange(assigned: AssignedPartition): void {
    const { cursor } = assigned
    const { settings } = this.context
    // All of a new topic is new: where its log does not begin at 0, it is read from where it does.
    const isAnew = this.anew.has(assigned) && assigned.position === 0n
    const policies = isAnew
      ? ({ ...settings, autoOffsetReset: 'earliest', offsetOutOfRange: 'reset' } as const)
      : settings
    applyReset(this.context.session, policies, this.context.clock, assigned).subscribe((answer) => {
      // Sought elsewhere meanwhile, or asked for anew.
      if (!assigned.isLive || assigned.cursor !== cursor) return
      if (isLeft(answer)) {
        this.context.fatal(answer.left)
        return
      }
      const { event, to, from, logStart } = answer.right
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
      const store = event.policy === 'earliest' ? 'in time' : 'at once'
      if (to >= from) assigned.handle({ _tag: 'skipped', to, store })
      else assigned.handle({ _tag: 'moved', offset: to, store })
    })
  }

  /**
   * The log was cut below what was fetched. As Java's client does: with a reset policy reading goes on where the log
   * diverges, without one it is for the user to say where.
   */
  truncated(assigned: AssignedPartition, endOffset: bigint | null): void {
    const { topic, partition } = assigned
    const from = assigned.position ?? 0n
    if (this.context.settings.autoOffsetReset === 'none')
      this.context.fatal({ _tag: 'LogTruncationFault', topic, partition, offset: from, divergesAt: endOffset })
    else if (endOffset === null) this.outOfRange(assigned)
    // Only what was fetched ahead is gone: nobody has seen it.
    else if (endOffset >= from) assigned.handle({ _tag: 'refetched' })
    else {
      this.context.report({ _tag: 'truncated', topic, partition, from, to: endOffset })
      assigned.handle({ _tag: 'moved', offset: endOffset, store: 'in time' })
    }
  }

  /** The topic is another of the same name: what was read of it is committed no more, and all that is in it is new. */
  recreated(topic: string, partitions: readonly AssignedPartition[]): void {
    const isNone = this.context.settings.autoOffsetReset === 'none'
    const live = partitions.filter(({ isLive }) => isLive)
    // The work goes on to its end, but nothing of it is stored.
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

  /** The broker refuses to give the partition out. */
  refused(assigned: AssignedPartition, fault: Fault): void {
    if (
      fault._tag === 'CorruptBatchFault' ||
      fault._tag === 'OversizedBatchFault' ||
      fault._tag === 'CodecMissingFault'
    )
      this.unreadable(assigned, fault)
    else this.context.fatal(fault)
  }

  /** What was fetched cannot be decoded. */
  unreadable(assigned: AssignedPartition, fault: UnreadableFault): void {
    const { position } = assigned
    const former = this.corrupt.get(assigned)
    const times = former !== undefined && former.position === position ? former.times + 1 : 1
    this.corrupt.set(assigned, { position, times })
    if (fault._tag === 'CorruptBatchFault' && times <= corruptRetries) {
      const { cursor } = assigned
      this.context.postponed.after(this.context.settings.retryBackoffMs, () => {
        if (assigned.cursor === cursor) assigned.handle({ _tag: 'refetched' })
      })
      return
    }
    assigned.handle({ _tag: 'unreadable', fault })
    const { topic, partition, offset } = fault
    this.context.report({ _tag: 'unreadable', topic, partition, offset, fault })
  }

  forget(assigned: AssignedPartition): void {
    this.corrupt.delete(assigned)
  }
}
