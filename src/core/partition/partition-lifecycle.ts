import type { PartitionState } from '../../model/partition-position.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import { PartitionEnding } from './partition-ending.js'
import type {
  CommitProgress,
  PartitionEffect,
  PartitionEvent,
  PipelineEvent,
  ReadingEvent
} from './partition-messages.js'
import { PartitionPipeline } from './partition-pipeline.js'
import { Reading } from './reading.js'
import type { ReadingStart } from './reading-start.js'

/**
 * The life of one assigned partition, as a state machine: events in, effects out.
 *
 * - `locating`: the start position is being looked up. A seek returns to this state: each lookup has a number, and only the
 *   newest counts.
 * - `reading`: records are fetched and delivered while there is a subscriber.
 * - `draining`: fetching and delivery have stopped, the stream is complete, and the partition waits for the delivered records.
 * - `committing`: the partition waits for the last commit. Records that are settled meanwhile are committed too.
 * - `released`: the partition has no further effects.
 *
 * Draining ends when all delivered records are settled and not held, or the pipeline has ended. Shortly before the deadline
 * running work is aborted, so that there is time to commit what is settled. A close does not wait: it aborts, so that no new
 * work begins. A lost partition ends at once, and nothing of it is committed. Delivery itself is separate: it calls
 * `mayDeliver` before each record and enters the record in `reading.ledger`.
 */
export class PartitionLifecycle {
  readonly reading = new Reading()
  readonly pipeline = new PartitionPipeline()
  private readonly ending = new PartitionEnding()
  private readonly commits: CommitProgress
  private current: 'locating' | 'reading' | 'draining' | 'committing' | 'released' = 'locating'
  private paused: boolean
  private effects: PartitionEffect[] = []

  constructor(commits: CommitProgress, paused: boolean) {
    this.commits = commits
    this.paused = paused
  }

  get isLive(): boolean {
    return this.current === 'locating' || this.current === 'reading'
  }
  /** Whether explicit offsets may be committed: while work on the partition's records may continue. */
  get takesOffsets(): boolean {
    return this.isLive || this.current === 'draining'
  }
  get isReleased(): boolean {
    return this.current === 'released'
  }
  get isEnding(): boolean {
    return this.ending.trigger !== null || this.current === 'released'
  }
  get isDraining(): boolean {
    return this.current === 'draining' || this.current === 'committing'
  }
  get mayDeliver(): boolean {
    return this.isFetching && !this.paused && this.reading.unreadable === null
  }
  /** Why the partition makes no progress, if the user or the end of the assignment is the reason; else null. */
  get status(): PartitionState | null {
    if (!this.isLive) return 'draining'
    if (this.reading.unreadable !== null) return 'unreadable'
    return this.pipeline.status ?? (this.current === 'locating' ? 'starting' : this.paused ? 'paused' : null)
  }

  /** Whether this lookup is the newest and waits for its answer. */
  awaits(cursor: number): boolean {
    return this.current === 'locating' && cursor === this.reading.cursor
  }

  /** Whether records that were fetched under this cursor are wanted. */
  accepts(cursor: number): boolean {
    return cursor === this.reading.cursor && this.isFetching
  }

  handle(event: PartitionEvent, now: number): readonly PartitionEffect[] {
    this.effects = []
    if (this.current === 'released') return this.effects
    switch (event._tag) {
      case 'assigned':
      case 'sought':
      case 'located':
      case 'moved':
      case 'skipped':
      case 'refetched':
      case 'unreadable':
      case 'paused':
        this.read(event)
        break
      case 'subscribed':
      case 'unsubscribed':
      case 'resumed':
      case 'postponed':
      case 'pipeline attached':
      case 'pipeline ended':
      case 'pipeline failed':
        this.listen(event)
        break
      case 'revoke':
      case 'drain':
      case 'close':
        this.ending.ask(event._tag === 'revoke' ? 'revocation' : event._tag)
        break
      case 'end by':
        this.endBy(event.deadline, now)
        break
      case 'abort':
        if (this.isEnding) this.force('aborted', 'close')
        break
      case 'due':
        if (event.timer === 'abort') this.force('timed out')
        else this.end(this.ending.forced, 'revoked')
        break
      case 'commit answered':
        if (this.current === 'committing') this.committed()
        break
      case 'lost':
        this.end('aborted', 'lost')
        break
      case 'stalled':
        if (!this.isEnding) this.end('aborted', 'lost')
        break
      case 'delivered':
      case 'settled':
        break
    }
    this.checkDrained()
    return this.effects
  }

  private get isFetching(): boolean {
    return this.current === 'reading' && this.pipeline.isSubscribed && this.reading.isFetching
  }

  private emit(...effects: readonly PartitionEffect[]): void {
    this.effects.push(...effects)
  }

  private read(event: ReadingEvent): void {
    if (!this.isLive) return
    switch (event._tag) {
      case 'assigned':
        // A listener to the assignment may have called `seek`.
        if (this.reading.cursor === 0) this.emit({ _tag: 'locate', cursor: 0, position: null })
        break
      case 'sought':
        this.current = 'locating'
        this.emit(...this.reading.discard())
        this.emit({ _tag: 'locate', cursor: this.reading.cursor, position: event.position })
        break
      case 'located':
        if (this.awaits(event.cursor)) this.beginAt(event.start)
        break
      case 'moved': {
        const { offset, leaderEpoch, startCommit } = event
        this.current = 'locating'
        this.emit(...this.reading.discard())
        this.beginAt({ offset, leaderEpoch, committed: null, startCommit })
        this.emit({ _tag: 'commit start' })
        break
      }
      case 'skipped':
        this.emit(...this.reading.skipTo(event), ...this.reading.refetch())
        break
      case 'refetched':
        this.emit(...this.reading.refetch())
        break
      case 'unreadable':
        this.reading.unreadable = event.fault
        this.emit({ _tag: 'demand' })
        break
      case 'paused':
        this.paused = event.paused
        if (!event.paused) this.emit({ _tag: 'deliver' })
        this.emit({ _tag: 'demand' })
        break
    }
  }

  private beginAt(start: ReadingStart): void {
    this.current = 'reading'
    this.emit(...this.reading.beginAt(start, this.pipeline.isSubscribed))
  }

  private beginEpoch(): void {
    if (this.current === 'reading') this.emit(...this.reading.beginEpoch())
  }

  private stopFetching(): void {
    this.reading.stop()
    this.emit({ _tag: 'stop fetching' })
  }

  private listen(event: PipelineEvent): void {
    const { pipeline } = this
    switch (event._tag) {
      case 'subscribed':
        if (!this.isLive || pipeline.isSubscribed) break
        pipeline.subscribed()
        // Never within `subscribe`: a pipeline that fails at once and resubscribes at once would loop for ever.
        if (pipeline.subscription > 1) this.emit({ _tag: 'resume later', subscription: pipeline.subscription })
        else this.beginEpoch()
        break
      case 'resumed':
        if (pipeline.isSubscribed && pipeline.subscription === event.subscription) this.beginEpoch()
        break
      case 'postponed':
        if (this.current === 'reading') this.stopFetching()
        break
      case 'unsubscribed':
        pipeline.unsubscribed()
        this.stopFetching()
        break
      case 'pipeline attached':
        pipeline.attached()
        break
      case 'pipeline ended':
        if (pipeline.ended() && this.isLive) this.emit({ _tag: 'report pipeline ended' })
        break
      case 'pipeline failed':
        pipeline.failed()
        this.stopFetching()
        this.emit({ _tag: 'fail', error: event.error })
        break
    }
  }

  /** Begins the end of the partition, or tightens the deadline if it has begun. */
  private endBy(deadline: number, now: number): void {
    const { ending, pipeline } = this
    if (ending.trigger === null) return
    const timers = ending.tighten(deadline, now)
    if (timers !== null) this.emit({ _tag: 'arm', ...timers })
    // The end may have been forced before it began.
    if (!ending.begin() || ending.forced !== null) return
    if (ending.trigger === 'close') {
      this.force('aborted')
      return
    }
    this.current = 'draining'
    ending.drain()
    this.stopFetching()
    if (pipeline.complete()) this.emit({ _tag: 'complete' })
    this.emit({ _tag: 'flush' })
  }

  /** Stops waiting for the pipeline: aborts it, and commits what is settled. */
  private force(outcome: 'timed out' | 'aborted', trigger = this.ending.trigger): void {
    if (trigger === null || !this.ending.force(outcome, trigger)) return
    if (this.isLive) this.stopFetching()
    this.abort()
    this.commit()
  }

  /** Commits last when the delivered records are settled and not held, or nothing is left that could settle them. */
  private checkDrained(): void {
    const { ending, pipeline, reading } = this
    if (!ending.isDraining || pipeline.isHandingOver || !this.isDraining) return
    if (!pipeline.isOver && reading.inFlight > 0) return
    ending.drained()
    this.commit()
  }

  private commit(): void {
    this.current = 'committing'
    if (this.ending.trigger !== null) this.emit({ _tag: 'commit', trigger: this.ending.trigger })
  }

  private committed(): void {
    // A `commitSync` in flight may have set the offset back, before or after the last commit was handed over.
    if (this.commits.isSetBack && !this.commits.isComplete) this.commit()
    else this.end(this.ending.forced, 'revoked')
  }

  private abort(): void {
    if (this.ending.abort()) this.emit({ _tag: 'abort' })
  }

  /** Ends the partition. A forced outcome aborts work that still runs on its records. */
  private end(forced: PartitionDrainReport['outcome'] | null, how: 'revoked' | 'lost'): void {
    const { ending, pipeline, reading, commits } = this
    const isDone = reading.inFlight === 0 && commits.isComplete
    const outcome = !pipeline.wasSubscribed ? 'not subscribed' : isDone ? 'drained' : (forced ?? 'failed')
    const report = { outcome, committed: commits.lastCommitted, repeated: reading.unsettled }
    this.current = 'released'
    // Stop before the stream completes, so that nothing is flushed into a sink without an acknowledgement.
    this.stopFetching()
    this.emit({ _tag: 'end epoch' })
    // Parked records did not delay the end, and are stale now.
    if (forced !== null || reading.parked > 0) this.abort()
    if (pipeline.complete()) this.emit({ _tag: 'complete' })
    if (how === 'lost') this.emit({ _tag: 'lost', report })
    else if (ending.isRevoked) this.emit({ _tag: 'release' }, { _tag: 'revoked', report })
    else this.emit({ _tag: 'revoked', report })
  }
}
