import { isLeft, left } from 'fp-ts/lib/Either.js'
import type { Subscription } from 'rxjs'
import { CommitPacing } from '../../core/committing/commit-pacing.js'
import {
  type AnsweredOffset,
  Committer,
  type CommitEffect,
  type CommitResult,
  type DueOffset
} from '../../core/committing/committer.js'
import type { ConfirmedOffsets, UncommittedOffsets } from '../../core/committing/uncommitted-offsets.js'
import { EarliestTimer } from '../../internal/earliest-timer.js'
import { settleTraced } from '../../internal/settle-traced.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import { afterAcknowledging } from '../../model/acknowledge-together.js'
import type { Cancel } from '../../model/clock.js'
import type { CommitTrigger } from '../../model/commit-event.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import { CommitReports, type CommitReportsContext } from './commit-reports.js'
import { type CommitAnswer, CommitRequests } from './commit-requests.js'

export interface CommitSchedulerContext extends CommitReportsContext {
  readonly random: () => number
  readonly session: ConsumerSession
}

/** Receives the results of an assignment's commits. */
export interface CommitAnswers {
  /** This offset is committed. */
  committed(offset: bigint): void
  /** No commit of the assignment waits or is in flight any more. */
  idle(): void
}

interface Tracked {
  readonly offsets: UncommittedOffsets
  readonly answers: CommitAnswers
}

/** A partition with a requested commit. */
export interface RequestedCommit {
  readonly offsets: UncommittedOffsets
  /** The explicit offset; null for the committable offset, if it is new. */
  readonly explicit: OffsetToCommit | null
}

/**
 * The commits of a consumer: settled records make offsets due, due offsets are sent and answered. Partitions are called back
 * only with answers.
 *
 * A timer is armed only while something waits to be committed. After each answer it is armed again for partitions that are
 * still dirty, so an unconfirmed offset is sent again, whatever the result of the last commit.
 */
export class CommitScheduler {
  private readonly context: CommitSchedulerContext
  private readonly committer: Committer
  private readonly tracked = new Map<string, Tracked>()
  private readonly pacing = new CommitPacing()
  private readonly timer: EarliestTimer
  private retry: Cancel | null = null
  private sending: Subscription | null = null
  /** after a refused commit, offsets that are still due wait for this many ms */
  private notBeforeMs = 0
  private readonly reports: CommitReports
  private readonly requests: CommitRequests
  private closed = false

  constructor(context: CommitSchedulerContext) {
    this.context = context
    this.timer = new EarliestTimer(context.clock)
    const { retryBackoffMs, retryBackoffMaxMs } = context.settings
    this.committer = new Committer({ retryBackoffMs, retryBackoffMaxMs, random: context.random })
    this.reports = new CommitReports(context)
    this.requests = new CommitRequests(context.clock)
  }

  get confirmed(): ConfirmedOffsets {
    return this.committer
  }

  /** See `Committer.track`. */
  track(offsets: UncommittedOffsets, answers: CommitAnswers, noNews: bigint, committed: bigint | null): void {
    this.tracked.set(keyOf(offsets), { offsets, answers })
    this.committer.track(offsets, noNews, committed)
  }

  forget(offsets: UncommittedOffsets): void {
    if (this.tracked.get(keyOf(offsets))?.offsets !== offsets) return
    this.tracked.delete(keyOf(offsets))
    this.reports.abandoned(offsets, this.committer.waitingOffset(offsets))
    this.giveUp(offsets, 'the partition was released or lost before the offset was committed')
  }

  /**
   * The partition is read from elsewhere, and tracked again once the position is known: waiting offsets are not committed any
   * more.
   */
  movedOn(offsets: UncommittedOffsets): void {
    this.giveUp(offsets, 'seek has moved the position before the offset was committed')
  }

  committedOffset(partition: TopicPartition): bigint | null {
    return this.committer.committed(partition)
  }

  /** Why the partition's offset could not be committed yet; null if it could, or none waits. */
  faultOf(partition: TopicPartition): Fault | null {
    return this.reports.faultOf(partition)
  }

  isBusy(partition: TopicPartition): boolean {
    return this.committer.isBusy(partition)
  }

  /** One more record of the partition is settled: arms the timer, or commits when the count is reached. */
  settled(offsets: UncommittedOffsets): void {
    if (offsets.settled()) this.becameDirty(offsets)
    if (offsets.reachesCount()) afterAcknowledging(this.commitByCount)
  }

  /** The committable offset has moved without a record. */
  moved(offsets: UncommittedOffsets): void {
    if (offsets.moved()) this.becameDirty(offsets)
  }

  /** A record was settled for the first time since the last commit was taken, or is still not committed. */
  becameDirty({ withinMs }: UncommittedOffsets, notBeforeMs = 0): void {
    if (withinMs === null || this.closed) return
    const trigger = this.context.settings.autoCommit ? 'auto.commit.interval.ms' : 'commit'
    this.commitIn(Math.max(withinMs, notBeforeMs), trigger)
  }

  /** A partition has as many settled records as its pipeline's `every`: commits the settled records of all partitions. */
  private readonly commitByCount = (): void => {
    if (this.closed) return
    const inMs = this.pacing.counted(this.context.clock.now())
    if (inMs === null) return
    if (inMs > 0) return this.commitIn(inMs, 'commit')
    this.pacing.committed()
    const all = this.implicit()
    const counted = all.filter((offsets) => !offsets.isWithoutRecords)
    // Records of partitions below their count keep waiting for the timer.
    if (counted.length === all.length) this.timer.stop()
    this.commit(counted, 'commit')
  }

  /** Commits the settled records of these partitions. */
  commit(partitions: readonly UncommittedOffsets[], trigger: CommitTrigger): void {
    if (this.closed) return
    const due = partitions.flatMap((offsets) => offsets.takeUncommitted() ?? [])
    if (due.length === 0) return
    this.reports.trigger = trigger
    this.perform(this.committer.due(due))
  }

  /** Commits the settled records of these partitions, regardless of their triggers, and calls back when they are committed. */
  commitFor(
    requested: readonly RequestedCommit[],
    trigger: 'commitSync' | 'commitAsync',
    answered: (answer: CommitAnswer) => void
  ): void {
    if (this.closed) {
      this.context.clock.turn(() => answered(left({ _tag: 'ClosedFault', what: 'the consumer' })))
      return
    }
    this.reports.trigger = trigger
    this.perform(this.committer.due(requested.map(({ offsets, explicit }) => offsets.take(explicit))))
    const awaited = requested.flatMap(({ offsets }) => this.committer.newest(offsets) ?? [])
    this.requests.add(awaited, this.context.settings.apiTimeoutMs, answered)
  }

  /** Answers like a commit, in the order of the calls. */
  refuse(answer: CommitAnswer, answered: (answer: CommitAnswer) => void): void {
    this.requests.add([], this.context.settings.apiTimeoutMs, () => {
      answered(answer)
    })
  }

  /** Abandons everything: cancels timers and requests, and answers all waiting calls. */
  close(): void {
    this.closed = true
    this.timer.stop()
    this.retry?.()
    this.sending?.unsubscribe()
    this.tracked.clear()
    this.requests.close()
  }

  /** The partitions that may be committed implicitly. */
  private implicit(): readonly UncommittedOffsets[] {
    return [...this.tracked.values()].flatMap(({ offsets }) => (offsets.withinMs === null ? [] : [offsets]))
  }

  private giveUp(offsets: UncommittedOffsets, reason: string): void {
    this.reports.givenUp(offsets)
    this.committer.forget(offsets)
    this.requests.failed(offsets, uncommitted(reason))
  }

  private perform(effects: readonly CommitEffect[]): void {
    for (const effect of effects) {
      switch (effect._tag) {
        case 'send':
          this.send(effect.offsets)
          break
        case 'committed':
          for (const result of effect.offsets) this.committed(result)
          this.reports.committed(effect.offsets)
          break
        case 'dropped':
          for (const result of effect.offsets)
            if (result.sent !== null) this.requests.failed(result, () => effect.fault, result.sent.number)
          this.notBeforeMs = effect.inMs
          this.reports.dropped(effect.offsets, effect.fault)
          break
        case 'retry':
          this.reports.retrying(effect.offsets, effect.fault, effect.inMs)
          this.retry?.()
          this.retry = this.context.clock.schedule(effect.inMs, () => {
            this.retry = null
            this.perform(this.committer.retryDue())
          })
          break
      }
    }
  }

  private committed(result: AnsweredOffset): void {
    // A commit that was sent before the partition came back, or before a seek, does not belong to the current assignment.
    if (result.sent === null) return
    this.reports.succeeded(result)
    const tracked = this.tracked.get(keyOf(result))
    tracked?.offsets.committed(result.offset)
    tracked?.answers.committed(result.offset)
    this.requests.committed(result.sent)
  }

  private commitIn(inMs: number, trigger: CommitTrigger): void {
    this.timer.by(this.context.clock.now() + inMs, () => {
      this.pacing.committed()
      this.commit(this.implicit(), trigger)
    })
  }

  private send(offsets: readonly DueOffset[]): void {
    const { clock } = this.context
    this.pacing.sent(clock.now())
    // A rebalancing group accepts no commits for a while, and a seek may happen meanwhile.
    const isCurrent = (offset: DueOffset): boolean => this.committer.isCurrent(offset)
    const { session, settings } = this.context
    const committed = session.commit(offsets, isCurrent)
    const about = { groupId: settings.groupId, transactionalId: null, offsets }
    this.sending = settleTraced(about, committed, firstFault).subscribe((answer) => {
      this.pacing.answered(clock.now())
      const results: readonly CommitResult[] = isLeft(answer)
        ? offsets.map((offset) => ({ ...offset, outcome: 'retry', fault: answer.left }))
        : answer.right
      this.notBeforeMs = 0
      this.perform(this.committer.answered(results))
      if (this.pacing.isAwaited) this.commitByCount()
      for (const offset of offsets) this.settleAnswer(offset)
    })
  }

  /** After an answer nothing is left to do, unless a newer commit is in flight. */
  private settleAnswer(partition: TopicPartition): void {
    const tracked = this.tracked.get(keyOf(partition))
    if (tracked === undefined || this.committer.isBusy(partition)) return
    const { offsets, answers } = tracked
    if (!offsets.isDirty || offsets.withinMs === null) this.reports.givenUp(partition)
    else this.becameDirty(offsets, this.notBeforeMs)
    answers.idle()
  }
}

const firstFault = (results: readonly CommitResult[]): Fault | null =>
  results.find(({ fault }) => fault !== null)?.fault ?? null

const uncommitted =
  (reason: string) =>
  ({ topic, partition, offset }: Committed): Fault => ({ _tag: 'OffsetRefusedFault', topic, partition, offset, reason })
