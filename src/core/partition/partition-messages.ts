import type { Position } from '../../model/position.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { UnreadableFault } from '../../model/record-run.js'
import type { ReadingStart, StartCommit } from './reading-start.js'

/** Why an assignment ends: its last commit is reported with it. */
export type EndTrigger = 'revocation' | 'drain' | 'close'

/** What happens to an assigned partition. */
export type PartitionEvent = ReadingEvent | PipelineEvent | EndingEvent

/** Events about its reading. */
export type ReadingEvent =
  /** The listeners to the assignment were notified. */
  | { readonly _tag: 'assigned' }
  /** The user seeks another position. */
  | { readonly _tag: 'sought'; readonly position: Position }
  /** The answer to `locate`. */
  | { readonly _tag: 'located'; readonly cursor: number; readonly start: ReadingStart }
  /** Reading continues elsewhere: the position was reset backwards, the log was truncated, or the topic was recreated. */
  | { readonly _tag: 'moved'; readonly offset: bigint; readonly leaderEpoch: number; readonly startCommit: StartCommit }
  /** The log between the position and this offset does not exist any more. */
  | { readonly _tag: 'skipped'; readonly to: bigint; readonly leaderEpoch: number; readonly startCommit: StartCommit }
  /** The fetched data was not usable: the position is fetched again. */
  | { readonly _tag: 'refetched' }
  /** The log cannot be read at the position. */
  | { readonly _tag: 'unreadable'; readonly fault: UnreadableFault }
  | { readonly _tag: 'paused'; readonly paused: boolean }

/** Events of the subscribers to its stream. */
export type PipelineEvent =
  | { readonly _tag: 'subscribed' }
  | { readonly _tag: 'unsubscribed' }
  /** A turn has passed since a later subscription, which has this number; or postponed records are due. */
  | { readonly _tag: 'resumed'; readonly subscription: number }
  /** Records are not due yet: nothing is read until `resumed`. */
  | { readonly _tag: 'postponed' }
  /** An operator tracks the end of the pipeline. */
  | { readonly _tag: 'pipeline attached' }
  | { readonly _tag: 'pipeline ended' }
  | { readonly _tag: 'pipeline failed'; readonly error: unknown }

/** Events about its end. */
export type EndingEvent =
  /** The end is requested, and begins with `end by`: partitions that end together are all marked before one ends. */
  | { readonly _tag: 'revoke' }
  | { readonly _tag: 'drain' }
  | { readonly _tag: 'close' }
  /** The end has to be complete by then, in the clock's time. The earliest of several deadlines holds. */
  | { readonly _tag: 'end by'; readonly deadline: number }
  /** The pipeline is not waited for any more: the consumer is closed while it drains. */
  | { readonly _tag: 'abort' }
  /** Records were delivered, none is being handed over, and the partition is draining. */
  | { readonly _tag: 'delivered' }
  /** A record was settled or released, and the partition is draining. */
  | { readonly _tag: 'settled' }
  /** No commit of the partition waits or is in flight. */
  | { readonly _tag: 'commit answered' }
  | { readonly _tag: 'due'; readonly timer: EndTimer }
  /** Nothing of the partition can be committed any more. */
  | { readonly _tag: 'lost' }
  /** The partition has made no progress for `max.poll.interval.ms`. */
  | { readonly _tag: 'stalled' }

/** `abort`: abort running work while there is time for a last commit; `end`: that time is over too. */
export type EndTimer = 'abort' | 'end'

/** How it ended. */
export type PartitionEnd = Pick<PartitionDrainReport, 'outcome' | 'committed' | 'repeated'>

/**
 * The effects of an assigned partition, in this order. An event during an effect may end the assignment; then the remaining
 * effects are dropped. An effect with an older cursor than the current one is dropped too.
 */
export type PartitionEffect = ReadingEffect | EndingEffect

export type ReadingEffect =
  /** Look up the offset; null: the committed or initial position. */
  | { readonly _tag: 'locate'; readonly cursor: number; readonly position: Position | null }
  /** Records delivered so far do not count any more, and are not committed any more. */
  | { readonly _tag: 'discard' }
  /** What was committed, and whether to commit the start itself. */
  | { readonly _tag: 'begin at'; readonly cursor: number; readonly start: ReadingStart }
  /** Commit the start at once, if required. */
  | { readonly _tag: 'commit start' }
  /** Deliveries are entered in the new ledger from now on. */
  | { readonly _tag: 'begin epoch'; readonly cursor: number }
  | { readonly _tag: 'fetch from'; readonly cursor: number; readonly offset: bigint; readonly leaderEpoch: number }
  /** Positions without a record were passed over. */
  | { readonly _tag: 'passed over'; readonly startCommit: StartCommit }
  /** Request more records, or none, by `mayDeliver`. */
  | { readonly _tag: 'demand' }
  | { readonly _tag: 'deliver' }
  /** Nothing is fetched, and nothing already fetched is delivered. */
  | { readonly _tag: 'stop fetching' }
  /** Emit `resumed` on a later turn, not within `subscribe`. */
  | { readonly _tag: 'resume later'; readonly subscription: number }
  | { readonly _tag: 'report pipeline ended' }
  /** The consumer stops with this error. */
  | { readonly _tag: 'fail'; readonly error: unknown }

export type EndingEffect =
  /** Timers `abort` and `end`, replacing those that were armed. */
  | { readonly _tag: 'arm'; readonly abortInMs: number; readonly endInMs: number }
  /** Complete the stream. */
  | { readonly _tag: 'complete' }
  /** Make operators flush the records that they collect. */
  | { readonly _tag: 'flush' }
  /** Abort the signal. */
  | { readonly _tag: 'abort' }
  /** Commit settled records if a trigger may; then emit `commit answered`. */
  | { readonly _tag: 'commit'; readonly trigger: EndTrigger }
  /** Delivered records do not count any more, nothing is committed, and no timer is left. */
  | { readonly _tag: 'end epoch' }
  /** Give the partition back to the group, which may assign it to another member. */
  | { readonly _tag: 'release' }
  /** The partition has ended regularly; the last effect. */
  | { readonly _tag: 'revoked'; readonly report: PartitionEnd }
  /** The partition was lost; the last effect. */
  | { readonly _tag: 'lost'; readonly report: PartitionEnd }

/** What the end of an assignment needs to know about its commits. */
export interface CommitProgress {
  /** committed last under this assignment */
  readonly lastCommitted: bigint | null
  /** False while a trigger of this assignment has not yet committed everything that is settled. */
  readonly isComplete: boolean
  /** `commitSync` has committed a lower offset: settled records beyond it have to be committed again. */
  readonly isSetBack: boolean
}
