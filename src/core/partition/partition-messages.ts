import type { Position } from '../../model/position.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { UnreadableFault } from '../../model/record-run.js'
import type { ReadingStart, StoreStart } from './reading-start.js'

/** Why an assignment ends: its last commit is reported with it. */
export type EndTrigger = 'revocation' | 'drain' | 'close'

/** What happens to an assigned partition. */
export type PartitionEvent = ReadingEvent | PipelineEvent | EndingEvent

/** Of where it is read. */
export type ReadingEvent =
  /** The listeners to the assignment have heard of it. */
  | { readonly _tag: 'assigned' }
  /** The user wants it to be read elsewhere. */
  | { readonly _tag: 'sought'; readonly position: Position }
  /** The answer to `locate`. */
  | { readonly _tag: 'located'; readonly cursor: number; readonly start: ReadingStart }
  /** Its log goes on elsewhere: the position was reset backwards, the log was cut, or the topic was made again. */
  | { readonly _tag: 'moved'; readonly offset: bigint; readonly store: StoreStart }
  /** The log from the position up to this offset is gone. */
  | { readonly _tag: 'skipped'; readonly to: bigint; readonly store: StoreStart }
  /** What was fetched was no good: the same offset is fetched again. */
  | { readonly _tag: 'refetched' }
  /** The log cannot be read at the position. */
  | { readonly _tag: 'unreadable'; readonly fault: UnreadableFault }
  | { readonly _tag: 'paused'; readonly paused: boolean }

/** Of those who listen to its stream. */
export type PipelineEvent =
  | { readonly _tag: 'subscribed' }
  | { readonly _tag: 'unsubscribed' }
  /** A turn has passed since a second subscription, which has this number. */
  | { readonly _tag: 'resumed'; readonly subscription: number }
  /** Somebody watches the end of the pipeline. */
  | { readonly _tag: 'pipeline attached' }
  | { readonly _tag: 'pipeline ended' }
  | { readonly _tag: 'pipeline failed'; readonly error: unknown }

/** Of its end. */
export type EndingEvent =
  /** Its end is asked for, and begins with `end by`: those that end together are known to end before any of them does. */
  | { readonly _tag: 'revoke' }
  | { readonly _tag: 'drain' }
  | { readonly _tag: 'close' }
  /** What was asked to end has to be over by then, in the clock's time. The earliest of several deadlines holds. */
  | { readonly _tag: 'end by'; readonly deadline: number }
  /** Nobody waits for its pipeline any more: the consumer is closed while it drains. */
  | { readonly _tag: 'abort' }
  /** Records were delivered, none is being handed over, and the partition is draining. */
  | { readonly _tag: 'delivered' }
  /** A record was settled or let go of, and the partition is draining. */
  | { readonly _tag: 'settled' }
  /** No commit of it waits or is under way. */
  | { readonly _tag: 'commit answered' }
  | { readonly _tag: 'due'; readonly timer: EndTimer }
  /** Nothing of it can be committed any more. */
  | { readonly _tag: 'lost' }
  /** Nothing of it has moved for `max.poll.interval.ms`. */
  | { readonly _tag: 'stalled' }

/** `abort`: what works is given up, while there is time for a last commit; `end`: that time is over too. */
export type EndTimer = 'abort' | 'end'

/** How it ended. */
export type PartitionEnd = Pick<PartitionDrainReport, 'outcome' | 'committed' | 'repeated'>

/**
 * What an assigned partition wants done, in this order. Whatever happens while that is done may end the assignment: what is left
 * of it then is not done any more. What carries a cursor is not done once there is a newer one.
 */
export type PartitionEffect = ReadingEffect | EndingEffect

export type ReadingEffect =
  /** Find the offset; null: where an assignment begins. */
  | { readonly _tag: 'locate'; readonly cursor: number; readonly position: Position | null }
  /** What was delivered so far counts no more, and nothing of it is committed any more. */
  | { readonly _tag: 'leave off' }
  /** What was committed, and whether the start itself is to be. */
  | { readonly _tag: 'begin at'; readonly cursor: number; readonly start: ReadingStart }
  /** The start is to be committed at once, if it is to be. */
  | { readonly _tag: 'commit start' }
  /** Deliveries are entered in the new ledger from now on. */
  | { readonly _tag: 'begin epoch'; readonly cursor: number }
  | { readonly _tag: 'fetch from'; readonly cursor: number; readonly offset: bigint; readonly leaderEpoch: number }
  /** Positions without a record were passed over. */
  | { readonly _tag: 'passed over'; readonly store: StoreStart }
  /** Ask for more, or for nothing, by `mayDeliver`. */
  | { readonly _tag: 'demand' }
  | { readonly _tag: 'deliver' }
  /** Nothing is fetched, and nothing that was is delivered. */
  | { readonly _tag: 'stop fetching' }
  /** Not within `subscribe`. */
  | { readonly _tag: 'resume later'; readonly subscription: number }
  | { readonly _tag: 'report pipeline ended' }
  /** The consumer is to stop with this error. */
  | { readonly _tag: 'fail'; readonly error: unknown }

export type EndingEffect =
  /** Timers `abort` and `end`, in place of those that were armed. */
  | { readonly _tag: 'arm'; readonly abortInMs: number; readonly endInMs: number }
  /** Complete the stream. */
  | { readonly _tag: 'complete' }
  /** Have those who keep records back let them go on. */
  | { readonly _tag: 'flush' }
  /** Abort the signal. */
  | { readonly _tag: 'abort' }
  /** Commit what is settled, if a trigger may; then say `commit answered`. */
  | { readonly _tag: 'commit'; readonly trigger: EndTrigger }
  /** Nothing that was delivered counts any more, nothing is committed, and no timer is left. */
  | { readonly _tag: 'end epoch' }
  /** The group may have it back. */
  | { readonly _tag: 'release' }
  /** It has ended in order; the last effect. */
  | { readonly _tag: 'revoked'; readonly report: PartitionEnd }
  /** It was taken away; the last effect. */
  | { readonly _tag: 'lost'; readonly report: PartitionEnd }

/** What the end of an assignment needs to know of its commits. */
export interface CommitProgress {
  /** committed last under this assignment */
  readonly lastCommitted: bigint | null
  /** False while a trigger of this assignment should have committed more than is committed. */
  readonly isComplete: boolean
  /** What was committed last is an offset that `commitSync` set back: what is settled beyond it is to be committed again. */
  readonly isSetBack: boolean
}
