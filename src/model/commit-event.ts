import type { Committed } from './committed.js'
import type { Fault } from './fault.js'

/**
 * Why offsets were stored. `start`: the group had none, and the position that `auto.offset.reset: latest` or `by_duration` gave is
 * stored at once, since what is written while the partition changes hands would belong to nobody.
 */
export type CommitTrigger =
  'start' | 'auto.commit.interval.ms' | 'commit' | 'commitSync' | 'commitAsync' | 'revocation' | 'drain' | 'close'

/**
 * What became of a commit. `retrying`: sent again in `inMs`, with newer offsets by then. `dropped`: not sent again by itself.
 * A refused one loses nothing: what is still held is due with the next trigger, the rest belongs to the next owner.
 */
export type CommitEvent =
  | { readonly _tag: 'stored'; readonly offsets: readonly Committed[]; readonly trigger: CommitTrigger }
  | { readonly _tag: 'retrying'; readonly offsets: readonly Committed[]; readonly fault: Fault; readonly inMs: number }
  | { readonly _tag: 'dropped'; readonly offsets: readonly Committed[]; readonly fault: Fault }
