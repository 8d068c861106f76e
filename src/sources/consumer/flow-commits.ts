import { ignoreElements, Observable, Subject, take } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { DueOffset } from '../../core/committer.js'
import type { CommitHandle, CommitPolicy } from '../../model/acknowledgement.js'
import { afterTheWhole } from '../../model/as-a-whole.js'
import type { Committed } from '../../model/committed.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { CommitScheduler } from './commit-scheduler.js'
import type { CommitSource, Frontier } from './commit-source.js'

/**
 * What is to be stored of one assignment: by which triggers, and whether there is anything.
 *
 * Whether there is anything is no state of its own: what is committable is compared with what the group has confirmed. A
 * commit that was handed over and came to nothing leaves it due.
 */
export class FlowCommits implements CommitSource {
  readonly topic: string
  readonly partition: number
  private readonly settings: ConsumerSettings
  private readonly scheduler: CommitScheduler
  private readonly committable: () => Frontier
  private readonly storedOffsets = new Subject<Committed>()
  private readonly idle = new Subject<void>()
  private policy: CommitPolicy | null = null
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

  constructor(
    { topic, partition }: TopicPartition,
    settings: ConsumerSettings,
    scheduler: CommitScheduler,
    committable: () => Frontier
  ) {
    this.topic = topic
    this.partition = partition
    this.settings = settings
    this.scheduler = scheduler
    this.committable = committable
  }

  get dirty(): boolean {
    return !this.isClean && !this.scheduler.isStored(this, this.committable().offset)
  }

  get frontier(): Frontier {
    return this.committable()
  }

  get commitWithinMs(): number | null {
    const auto = this.settings.autoCommit ? this.settings.autoCommitIntervalMs : Infinity
    const within = Math.min(auto, this.policy?.withinMs ?? Infinity)
    return within === Infinity ? null : within
  }

  /** Stored last under this assignment. */
  get lastStored(): bigint | null {
    return this.last
  }

  /** False while a trigger of this assignment should have stored more than is stored. */
  get isComplete(): boolean {
    return this.commitWithinMs === null || this.scheduler.isStored(this, this.committable().offset)
  }

  /** One more record is settled. */
  settled(): void {
    this.settledSince++
    this.moved()
    if (this.isCounted || this.policy === null || this.settledSince < this.policy.every) return
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
    this.policy = {
      every: Math.min(policy.every, this.policy?.every ?? Infinity),
      withinMs: Math.min(policy.withinMs, this.policy?.withinMs ?? Infinity)
    }
    if (this.dirty) this.scheduler.becameDirty(this)
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

  stored(offset: bigint): void {
    this.isClean = false
    this.last = offset
    this.storedOffsets.next({ topic: this.topic, partition: this.partition, offset })
  }

  commitIdle(): void {
    this.idle.next()
  }

  /** Reading begins here; `committed` is what the group has stored, if that is known. */
  begin(start: bigint, committed: bigint | null): void {
    this.isClean = false
    this.scheduler.track(this, start, committed)
  }

  /** Reading goes on elsewhere: what was settled so far and is not stored is not to be stored any more. */
  moveOn(): void {
    this.taken()
    this.scheduler.movedOn(this)
  }

  /** Hands over what is settled, if a trigger of this assignment may store it. */
  storeLast(trigger: 'revocation' | 'drain' | 'close'): void {
    if (this.commitWithinMs !== null && this.dirty) this.scheduler.commit([this], trigger)
  }

  /** Calls back once no commit of it waits or is under way. */
  whenStored(run: () => void): void {
    if (!this.scheduler.isBusy(this)) run()
    else this.idle.pipe(take(1)).subscribe(run)
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
