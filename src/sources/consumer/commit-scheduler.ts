import { isLeft, left } from 'fp-ts/lib/Either.js'
import type { Subscription } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import { type AnsweredOffset, Committer, type CommitEffect, type CommitResult, type DueOffset } from '../../core/committing/committer.js' // prettier-ignore
import { errorCode as code } from '../../core/protocol/error-code.js'
import { FailingCommits } from '../../core/committing/failing-commits.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { CommitEvent, CommitTrigger } from '../../model/commit-event.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import { type CommitAnswer, CommitRequests } from './commit-requests.js'
import type { CommitSource, WantedCommit } from './commit-source.js'

export interface CommitSchedulerContext {
  readonly clock: Clock
  readonly random: () => number
  readonly settings: ConsumerSettings
  readonly session: ConsumerSession
  readonly report: (event: CommitEvent) => void
  /** No commit of a partition has succeeded for `commit.timeout.ms` though it was tried. */
  readonly failed: (fault: Fault) => void
}

/** A commit by count is followed by a pause of so many times what it took, and by none that is longer than that. */
const pause = { times: 3, atMostMs: 100 }

/**
 * Drives the committer: gathers what is settled when a trigger fires, sends it, retries it. A timer is armed only while
 * something is waiting to be stored. After each answer it is armed anew for what is still dirty: whatever became of a commit,
 * what is not confirmed is sent again.
 */
export class CommitScheduler {
  private readonly context: CommitSchedulerContext
  private readonly committer: Committer
  private readonly sources = new Map<string, CommitSource>()
  private timer: { readonly at: number; readonly cancel: Cancel } | null = null
  private retry: Cancel | null = null
  private sending: Subscription | null = null
  private sentAt: number | null = null
  private pausesUntil = -Infinity
  /** a count was reached while a commit was under way */
  private isCounted = false
  private trigger: CommitTrigger = 'commit'
  /** a commit was just refused: what is still due is not sent before so many ms */
  private notBeforeMs = 0
  private readonly failing: FailingCommits
  private readonly requests: CommitRequests
  private closed = false

  constructor(context: CommitSchedulerContext) {
    this.context = context
    const { retryBackoffMs, retryBackoffMaxMs } = context.settings
    this.committer = new Committer({ retryBackoffMs, retryBackoffMaxMs, random: context.random })
    this.failing = new FailingCommits(context.settings.commitTimeoutMs)
    this.requests = new CommitRequests(context.clock)
  }

  /** As `Committer.track` has it. */
  track(source: CommitSource, noNews: bigint, stored: bigint | null): void {
    this.sources.set(keyOf(source), source)
    this.committer.track(source, noNews, stored)
  }

  forget(source: CommitSource): void {
    if (this.sources.get(keyOf(source)) !== source) return
    this.sources.delete(keyOf(source))
    this.tellDropped(source)
    this.failing.givenUp(source)
    this.committer.forget(source)
    this.requests.failed(source, unstored('the partition was given up before it was stored'))
  }

  /** The source is read elsewhere from now on, which is tracked once it is known: what waits is not stored any more. */
  movedOn(source: CommitSource): void {
    this.failing.givenUp(source)
    this.committer.forget(source)
    this.requests.failed(source, unstored('seek has moved the position before it was stored'))
    source.commitIdle()
  }

  storedOffset(partition: TopicPartition): bigint | null {
    return this.committer.stored(partition)
  }

  isStored(partition: TopicPartition, offset: bigint): boolean {
    return this.committer.isStored(partition, offset)
  }

  /** Why the partition's offset could not be stored yet; null if it could, or nothing waits. */
  faultOf(partition: TopicPartition): Fault | null {
    return this.failing.faultOf(partition)
  }

  isBusy(partition: TopicPartition): boolean {
    return this.committer.isBusy(partition)
  }

  /** Something of the source was settled for the first time since it was last taken, or is still not stored. */
  becameDirty(source: CommitSource, notBeforeMs = 0): void {
    if (source.commitWithinMs === null || this.closed) return
    const trigger = this.context.settings.autoCommit ? 'auto.commit.interval.ms' : 'commit'
    this.commitIn(Math.max(source.commitWithinMs, notBeforeMs), trigger)
  }

  /**
   * As many records of a source are settled as its pipeline wants stored at a time. Stores what is settled of all, though not
   * while a commit is under way or just was: a quarter of the time for commits is enough, however fast the records come.
   */
  readonly commitByCount = (): void => {
    if (this.closed) return
    const inMs = this.pausesUntil - this.context.clock.now()
    if (this.sentAt !== null) this.isCounted = true
    else if (inMs > 0) this.commitIn(inMs, 'commit')
    else {
      this.isCounted = false
      const all = this.storedImplicitly()
      const counted = all.filter((source) => !source.isWithoutRecords)
      // What no count is reached by goes on waiting for its time.
      if (counted.length === all.length) this.cancelTimer()
      this.commit(counted, 'commit')
    }
  }

  /** Stores what is settled of every partition that may be stored implicitly. */
  commitAll(trigger: CommitTrigger): void {
    this.cancelTimer()
    this.isCounted = false
    this.commit(this.storedImplicitly(), trigger)
  }

  /** Stores what is settled of these partitions. */
  commit(sources: readonly CommitSource[], trigger: CommitTrigger): void {
    if (this.closed) return
    const due = sources.flatMap((source) => source.takeUnstored() ?? [])
    if (due.length === 0) return
    this.trigger = trigger
    this.perform(this.committer.due(due))
  }

  /** Stores what is settled of these partitions, whatever their own triggers, and says once it is. */
  commitFor(
    wanted: readonly WantedCommit[],
    trigger: 'commitSync' | 'commitAsync',
    answered: (answer: CommitAnswer) => void
  ): void {
    if (this.closed) {
      answered(left({ _tag: 'ClosedFault', what: 'the consumer' }))
      return
    }
    this.trigger = trigger
    this.perform(this.committer.due(wanted.map(dueOf)))
    const awaited = wanted.flatMap(({ source }) => this.committer.newest(source) ?? [])
    this.requests.add(awaited, this.context.settings.apiTimeoutMs, answered)
  }

  /** Answers as a commit would, in the order that was asked. */
  refuse(answer: CommitAnswer, answered: (answer: CommitAnswer) => void): void {
    this.requests.add([], this.context.settings.apiTimeoutMs, () => {
      answered(answer)
    })
  }

  /** Gives up: no timer, no request is left, and nobody waits. */
  close(): void {
    this.closed = true
    this.timer?.cancel()
    this.retry?.()
    this.sending?.unsubscribe()
    this.sources.clear()
    this.requests.close()
  }

  private storedImplicitly(): readonly CommitSource[] {
    return [...this.sources.values()].filter((source) => source.commitWithinMs !== null)
  }

  private cancelTimer(): void {
    this.timer?.cancel()
    this.timer = null
  }

  private perform(effects: readonly CommitEffect[]): void {
    for (const effect of effects) {
      switch (effect._tag) {
        case 'send':
          this.send(effect.offsets)
          break
        case 'stored':
          for (const result of effect.offsets) this.confirmed(result)
          this.context.report({ _tag: 'stored', offsets: effect.offsets.map(committedOf), trigger: this.trigger })
          break
        case 'dropped':
          for (const result of effect.offsets)
            if (result.sent !== null) this.requests.failed(result, () => effect.fault, result.sent.number)
          this.stillFails(effect.fault, effect.offsets)
          this.notBeforeMs = effect.inMs
          this.context.report({ _tag: 'dropped', offsets: effect.offsets.map(committedOf), fault: effect.fault })
          break
        case 'retry': {
          const { fault, inMs } = effect
          this.stillFails(fault, effect.offsets)
          this.context.report({ _tag: 'retrying', offsets: effect.offsets.map(committedOf), fault, inMs })
          this.retry?.()
          this.retry = this.context.clock.schedule(inMs, () => {
            this.retry = null
            this.perform(this.committer.retryDue())
          })
          break
        }
      }
    }
  }

  private confirmed(result: AnsweredOffset): void {
    // What was sent before a partition came back, or was sought elsewhere, is none of its present assignment's.
    if (result.sent === null) return
    this.failing.stored(result)
    this.sources.get(keyOf(result))?.stored(result.offset)
    this.requests.stored(result.sent)
  }

  /** A commit that never succeeds is one fault in the end, not something that is tried for ever in silence. */
  private stillFails(fault: Fault, offsets: readonly AnsweredOffset[]): void {
    if (!isOfTheCommit(fault)) return
    const now = this.context.clock.now()
    const { commitTimeoutMs } = this.context.settings
    let longest = 0
    const overdue = offsets.filter((result) => {
      if (result.sent === null) return false
      const forMs = this.failing.failed(result, fault, now)
      longest = Math.max(longest, forMs)
      return forMs >= commitTimeoutMs
    })
    if (overdue.length === 0) return
    for (const result of overdue) this.failing.restart(result, now)
    this.context.failed({ _tag: 'CommitFault', offsets: overdue.map(committedOf), forMs: longest, fault })
  }

  /** What waits to be sent again is not this member's any more: that is the last that is heard of it. */
  private tellDropped(source: CommitSource): void {
    const fault = this.failing.faultOf(source)
    const offset = this.committer.waitingOffset(source)
    if (fault === null || offset === null) return
    const { topic, partition } = source
    this.context.report({ _tag: 'dropped', offsets: [{ topic, partition, offset }], fault })
  }

  private commitIn(inMs: number, trigger: CommitTrigger): void {
    const { clock } = this.context
    const at = clock.now() + inMs
    if (this.timer !== null && this.timer.at <= at) return
    this.timer?.cancel()
    const cancel = clock.schedule(inMs, () => {
      this.timer = null
      this.commitAll(trigger)
    })
    this.timer = { at, cancel }
  }

  private send(offsets: readonly DueOffset[]): void {
    const { clock } = this.context
    const sentAt = clock.now()
    this.sentAt = sentAt
    // A group that rebalances takes none for a while, in which a partition may be sought elsewhere.
    const isWanted = (offset: DueOffset): boolean => this.committer.isWanted(offset)
    this.sending = this.context.session.commit(offsets, isWanted).subscribe((answer) => {
      const now = clock.now()
      this.sentAt = null
      this.pausesUntil = now + Math.min(pause.times * (now - sentAt), pause.atMostMs)
      const results: readonly CommitResult[] = isLeft(answer)
        ? offsets.map((offset) => ({ ...offset, outcome: 'retry', fault: answer.left }))
        : answer.right
      this.notBeforeMs = 0
      this.perform(this.committer.answered(results))
      if (this.isCounted) this.commitByCount()
      for (const offset of offsets) this.rest(offset)
    })
  }

  /** An answer has come: unless something newer is on its way, that is it for now. */
  private rest(partition: TopicPartition): void {
    const source = this.sources.get(keyOf(partition))
    if (source === undefined || this.committer.isBusy(partition)) return
    if (!source.dirty || source.commitWithinMs === null) this.failing.givenUp(partition)
    else this.becameDirty(source, this.notBeforeMs)
    source.commitIdle()
  }
}

/** Not of what is gone, nor of the metadata that a caller gave and is told about. */
const isOfTheCommit = (fault: Fault): boolean =>
  fault._tag !== 'UnknownTopicFault' && !(fault._tag === 'BrokerFault' && fault.code === code.OFFSET_METADATA_TOO_LARGE)

/** A given offset is stored as it was given: below what is settled too, as Java's client does. */
const dueOf = ({ source, explicit }: WantedCommit): DueOffset => {
  if (explicit === null) return source.takeDue()
  const { topic, partition, offset, metadata = '' } = explicit
  const { frontier } = source
  const leaderEpoch = offset === frontier.offset ? frontier.leaderEpoch : -1
  return { topic, partition, offset, leaderEpoch, metadata, isExplicit: true }
}

const committedOf = ({ topic, partition, offset }: Committed): Committed => ({
  topic,
  partition,
  offset
})

const unstored =
  (reason: string) =>
  ({ topic, partition, offset }: Committed): Fault => ({ _tag: 'OffsetRefusedFault', topic, partition, offset, reason })
