/** A position, and the leader epoch of the last record below it (-1 if unknown). */
export interface OffsetAndEpoch {
  readonly offset: bigint
  readonly leaderEpoch: number
}
