import { ignoreElements, Observable, Subject, take } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { DueOffset } from '../../core/committing/committer.js'
import type { CommitHandle, CommitPolicy } from '../../model/acknowledgement.js'
import { afterTheWhole } from '../../model/as-a-whole.js'
import type { Committed } from '../../model/committed.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { CommitScheduler } from './commit-scheduler.js'
import type { CommitSource } from './commit-source.js'
import type { OffsetAndEpoch } from '../../core/partition/offset-and-epoch.js'
import type { PartitionEffect } from '../../core/partition/partition-messages.js'
import type { ReadingStart, StoreStart } from '../../core/partition/reading-start.js'
import { ImplicitTriggers } from './implicit-triggers.js'

/**
 * What is to be stored of one assignment: by which triggers, and whether there is anything.
 *
 * Whether there is anything is no state of its own: what is committable is compared with what the group has confirmed. A
 * commit that was handed over and came to nothing leaves it due.
 */
export class FlowCommits implements CommitSource {
  readonly topic: string
  readonly partition: number
  private readonly triggers: ImplicitTriggers
  private readonly inGroup: boolean
  private readonly scheduler: CommitScheduler
  private readonly committable: () => OffsetAndEpoch
  private readonly storedOffsets = new Subject<Committed>()
  private readonly idle = new Subject<void>()
  /** how the position that reading began at is still to be stored */
  private start: StoreStart = 'never'
  /** records settled since it was last taken */
  private settledSince = 0
  /** the scheduler knows that as many are settled as are to be stored at a time */
  private isCounted = false
  /** the scheduler knows that something has moved since it was last taken */
  private isAnnounced = false
  /** everything was seen to be stored, and nothing has moved since: a thousand idle partitions cost nothing */
  private isClean = false
  private over = false
  private last: bigint | null = null
  private setBack = false

  constructor(
    { topic, partition }: TopicPartition,
    settings: ConsumerSettings,
    scheduler: CommitScheduler,
    committable: () => OffsetAndEpoch
  ) {
    this.topic = topic
    this.partition = partition
    this.triggers = new ImplicitTriggers(settings)
    this.inGroup = settings.groupId !== null
    this.scheduler = scheduler
    this.committable = committable
  }

  get dirty(): boolean {
    return !this.isClean && !this.scheduler.isStored(this, this.committable().offset)
  }

  get frontier(): OffsetAndEpoch {
    return this.committable()
  }

  get isWithoutRecords(): boolean {
    return this.start !== 'never' && this.settledSince === 0
  }

  get commitWithinMs(): number | null {
    return this.start === 'never' ? this.triggers.withinMs : this.triggers.startWithinMs
  }

  /** Stored last under this assignment. */
  get lastStored(): bigint | null {
    return this.last
  }

  /** What was stored last is an offset that `commitSync` set back: what is settled beyond it is to be stored again. */
  get isSetBack(): boolean {
    return this.setBack
  }

  /** False while a trigger of this assignment should have stored more than is stored. */
  get isComplete(): boolean {
    return this.commitWithinMs === null || this.scheduler.isStored(this, this.committable().offset)
  }

  perform(effect: PartitionEffect & { readonly _tag: 'begin at' | 'commit start' | 'passed over' }): void {
    switch (effect._tag) {
      case 'begin at':
        this.begin(effect.start)
        break
      case 'commit start':
        this.storeUrgent()
        break
      case 'passed over':
        if (effect.store === 'at once') this.passedOver()
        else this.moved()
        break
    }
  }

  /** One more record is settled. */
  settled(): void {
    this.settledSince++
    this.moved()
    if (this.isCounted || this.settledSince < this.triggers.every) return
    this.isCounted = true
    afterTheWhole(this.scheduler.commitByCount)
  }

  /** What may be committed has moved, with a record settled or without. */
  moved(): void {
    this.isClean = false
    if (this.isAnnounced) return
    this.isAnnounced = true
    this.scheduler.becameDirty(this)
  }

  commitBy(policy: CommitPolicy): CommitHandle {
    this.triggers.seen(policy)
    // What moved before, e.g. a record that was skipped, was announced by a trigger that may be slower than this one.
    if (this.isAnnounced || this.dirty) this.scheduler.becameDirty(this)
    return { stored: this.storedOffsets.asObservable(), flush: () => this.flush() }
  }

  takeDue(): DueOffset {
    this.taken()
    return { topic: this.topic, partition: this.partition, ...this.committable(), metadata: '' }
  }

  takeUnstored(): DueOffset | null {
    if (this.isClean) return null
    const due = this.takeDue()
    this.isClean = this.scheduler.isStored(this, due.offset)
    return this.isClean ? null : due
  }

  /** Its pipeline was subscribed to, with these operators in it that have offsets stored. */
  downstream(policies: readonly CommitPolicy[]): void {
    this.triggers.downstream(policies)
    if (this.dirty) this.scheduler.becameDirty(this)
    this.storeUrgent()
  }

  stored(offset: bigint): void {
    this.isClean = false
    this.start = 'never'
    this.setBack = this.last !== null && offset < this.last
    this.last = offset
    this.storedOffsets.next({ topic: this.topic, partition: this.partition, offset })
  }

  commitIdle(): void {
    this.idle.next()
  }

  /** Reading begins here; that is due by itself, unless it is never to be stored. */
  begin({ offset, committed, store }: ReadingStart): void {
    const isDue = this.inGroup && store !== 'never'
    this.isClean = false
    this.scheduler.track(this, isDue ? offset - 1n : offset, committed)
    if (!isDue) return
    this.start = store
    this.moved()
  }

  /** Whether the position that reading began at is to be stored at once. */
  get isUrgent(): boolean {
    return this.start === 'at once' && this.dirty && this.commitWithinMs !== null
  }

  /** `latest` has passed over a part of the log that was not read: where reading goes on is stored at once. */
  passedOver(): void {
    this.start = 'at once'
    this.moved()
    this.storeUrgent()
  }

  /** Stores at once what does not wait for a trigger, if any may store it. */
  storeUrgent(): void {
    if (this.isUrgent) this.scheduler.commit([this], 'start')
  }

  /** Reading goes on elsewhere: what was settled so far and is not stored is not to be stored any more. */
  moveOn(): void {
    this.start = 'never'
    this.taken()
    this.scheduler.movedOn(this)
  }

  /** Hands over what is settled, if a trigger of this assignment may store it; calls back once no commit of it is under way. */
  storeLast(trigger: 'revocation' | 'drain' | 'close', answered: () => void): void {
    if (!this.over && this.commitWithinMs !== null && this.dirty) this.scheduler.commit([this], trigger)
    if (!this.scheduler.isBusy(this)) answered()
    else this.idle.pipe(take(1)).subscribe(answered)
  }

  end(): void {
    this.over = true
    this.scheduler.forget(this)
    this.storedOffsets.complete()
    this.idle.complete()
  }

  private taken(): void {
    this.settledSince = 0
    this.isCounted = false
    this.isAnnounced = false
  }

  private flush(): Observable<never> {
    return new Observable<never>((subscriber) => {
      if (!this.over && this.dirty) this.scheduler.commit([this], 'commit')
      if (this.over || !this.scheduler.isBusy(this)) subscriber.complete()
      else subscriber.add(this.idle.pipe(take(1), ignoreElements()).subscribe(subscriber))
    })
  }
}
