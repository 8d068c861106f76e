import type { OffsetAndEpoch } from './offset-and-epoch.js'

/** Where reading of a partition begins. */
export interface ReadingStart extends OffsetAndEpoch {
  /** what the group has committed, if known */
  readonly committed: bigint | null
  readonly startCommit: StartCommit
}

/**
 * When the start position is committed, though no record of it is settled (Java's client commits every position, consumed or
 * not). `never`: the next owner would begin there anyway. `in time`: with the next trigger, for a chosen position. `at once`:
 * for a position from `latest` or `by_duration`, since the next owner would otherwise skip the records written meanwhile.
 */
export type StartCommit = 'never' | 'in time' | 'at once'
