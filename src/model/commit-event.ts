import type { Committed } from './committed.js'
import type { Fault } from './fault.js'

/**
 * What triggered the commit. `start`: the group had no committed offset, and the position from `auto.offset.reset: latest` or
 * `by_duration` is committed at once; otherwise records that are written before the partition gets another owner would be
 * skipped.
 */
export type CommitTrigger =
  'start' | 'auto.commit.interval.ms' | 'commit' | 'commitSync' | 'commitAsync' | 'revocation' | 'drain' | 'close'

/**
 * The result of a commit. `retrying`: it is sent again in `inMs`, with newer offsets if there are any by then. `dropped`: it is
 * not retried. A refused commit loses nothing: the offsets of partitions that are still held are due with the next trigger, the
 * others belong to the next owner.
 */
export type CommitEvent =
  | { readonly _tag: 'stored'; readonly offsets: readonly Committed[]; readonly trigger: CommitTrigger }
  | { readonly _tag: 'retrying'; readonly offsets: readonly Committed[]; readonly fault: Fault; readonly inMs: number }
  | { readonly _tag: 'dropped'; readonly offsets: readonly Committed[]; readonly fault: Fault }
