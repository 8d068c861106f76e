import type { OffsetAndEpoch } from './offset-and-epoch.js'

/** Where the reading of a partition begins. */
export interface ReadingStart extends OffsetAndEpoch {
  /** what the group has committed, if that is known */
  readonly committed: bigint | null
  readonly store: StoreStart
}

/**
 * When the position that reading begins at is committed, though no record of it is settled (Java's client commits every
 * position, consumed or not): `never` where the next owner would begin there anyway; `in time`, by the next trigger, where it
 * was chosen; `at once` where `latest` or `by_duration` gave it, since the next owner would begin behind what is written
 * meanwhile.
 */
export type StoreStart = 'never' | 'in time' | 'at once'
