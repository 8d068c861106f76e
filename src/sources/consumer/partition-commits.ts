import { ignoreElements, Observable, Subject, take } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import { ImplicitTriggers } from '../../core/committing/implicit-triggers.js'
import { UncommittedOffsets } from '../../core/committing/uncommitted-offsets.js'
import type { OffsetAndEpoch } from '../../core/partition/offset-and-epoch.js'
import type { CommitProgress, EndTrigger, PartitionEffect } from '../../core/partition/partition-messages.js'
import type { ReadingStart } from '../../core/partition/reading-start.js'
import type { CommitHandle, CommitPolicy } from '../../model/acknowledgement.js'
import type { Committed } from '../../model/committed.js'
import { jsonReport } from '../../model/json-report.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { LastWork } from './last-work.js'
import type { CommitAnswers, CommitScheduler } from './commit-scheduler.js'

/**
 * The commits of one assignment: tells the scheduler when a commit is due, and receives the result. `offsets` has the due
 * offsets.
 */
export class PartitionCommits implements CommitProgress, CommitAnswers {
  readonly offsets: UncommittedOffsets
  /** runs beside the last commit */
  readonly lastWork = new LastWork()
  private readonly inGroup: boolean
  private readonly scheduler: CommitScheduler
  private readonly confirmed = new Subject<Committed>()
  private readonly whenIdle = new Subject<void>()
  /** Nothing is committed any more, even on request. */
  isOver = false

  constructor(
    place: TopicPartition,
    { autoCommit, autoCommitIntervalMs, groupId }: ConsumerSettings,
    scheduler: CommitScheduler,
    committable: () => OffsetAndEpoch
  ) {
    const triggers = new ImplicitTriggers(autoCommit && groupId !== null ? autoCommitIntervalMs : null)
    this.offsets = new UncommittedOffsets(place, triggers, scheduler.confirmed, committable)
    this.inGroup = groupId !== null
    this.scheduler = scheduler
  }

  get lastCommitted(): bigint | null {
    return this.offsets.lastCommitted
  }
  get isComplete(): boolean {
    return this.offsets.isComplete
  }
  get isSetBack(): boolean {
    return this.offsets.isSetBack
  }

  perform(effect: PartitionEffect & { readonly _tag: 'begin at' | 'commit start' | 'passed over' }): void {
    switch (effect._tag) {
      case 'begin at':
        this.begin(effect.start)
        break
      case 'commit start':
        this.commitUrgent()
        break
      case 'passed over':
        if (effect.startCommit === 'at once') this.offsets.passedOver()
        this.moved()
        if (effect.startCommit === 'at once') this.commitUrgent()
        break
    }
  }

  /** The committable offset has moved, without a record. */
  moved(): void {
    this.scheduler.moved(this.offsets)
  }

  commitBy(policy: CommitPolicy): CommitHandle {
    if (this.offsets.seen(policy)) this.scheduler.becameDirty(this.offsets)
    return { stored: this.confirmed.asObservable(), flush: () => this.flush() }
  }

  /** The partition's pipeline was subscribed; these are the policies of its committing operators. */
  downstream(policies: readonly CommitPolicy[]): void {
    this.offsets.downstream(policies)
    if (this.offsets.isDirty) this.scheduler.becameDirty(this.offsets)
    this.commitUrgent()
  }

  /** Reading continues elsewhere. */
  moveOn(): void {
    this.offsets.moveOn()
    this.scheduler.movedOn(this.offsets)
    this.idle()
  }

  /**
   * Commits settled records if a trigger of this assignment may. Calls back when no commit is in flight any more, and the last
   * work of operators is done.
   */
  commitLast(trigger: EndTrigger, answered: () => void): void {
    const { offsets, scheduler, lastWork } = this
    lastWork.run((done) => {
      if (!this.isOver && offsets.withinMs !== null && offsets.isDirty) scheduler.commit([offsets], trigger)
      if (!scheduler.isBusy(offsets)) done()
      else this.whenIdle.pipe(take(1)).subscribe(done)
    }, answered)
  }

  committed(offset: bigint): void {
    const { topic, partition } = this.offsets
    this.confirmed.next(jsonReport({ topic, partition, offset }))
  }

  /** No commit of the assignment waits or is in flight any more. */
  idle(): void {
    this.whenIdle.next()
  }

  end(): void {
    this.isOver = true
    this.scheduler.forget(this.offsets)
    this.confirmed.complete()
    this.whenIdle.complete()
  }

  /** Reading begins here. A commit of this offset is due, unless `startCommit` is `never`. */
  private begin({ offset, committed, startCommit }: ReadingStart): void {
    const isDue = this.inGroup && startCommit !== 'never'
    this.scheduler.track(this.offsets, this, isDue ? offset - 1n : offset, committed)
    this.offsets.begin(isDue ? startCommit : 'never')
    if (isDue) this.moved()
  }

  /** Commits at once what must not wait, if any trigger may commit it. */
  private commitUrgent(): void {
    if (this.offsets.isUrgent) this.scheduler.commit([this.offsets], 'start')
  }

  private flush(): Observable<never> {
    return new Observable<never>((subscriber) => {
      const { offsets, scheduler } = this
      if (!this.isOver && offsets.isDirty) scheduler.commit([offsets], 'commit')
      if (this.isOver || !scheduler.isBusy(offsets)) subscriber.complete()
      else subscriber.add(this.whenIdle.pipe(take(1), ignoreElements()).subscribe(subscriber))
    })
  }
}
