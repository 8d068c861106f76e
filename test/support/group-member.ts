/** Anyone in a group, whatever its client; the group reads one topic. */
export interface GroupMember {
  readonly name: string
  readonly memberId: string
  /** The partitions that it reads. */
  readonly held: ReadonlySet<number>
  /** The partitions that it was given, as often as it was, in all of its life. */
  readonly gained: readonly number[]
  /** Why it ended by itself. */
  readonly failure: string | null
  /** Commits what it handled, leaves and waits until that is done. */
  readonly leave: () => Promise<void>
}

/** What members tell while they run. */
export interface GroupLog {
  readonly handled: (member: string, partition: number, offset: bigint) => void
  /** What is an owner's in a generation, as it learns with it; all lives of a static member are one owner. */
  readonly owns: (owner: string, generation: number, partitions: ReadonlySet<number>) => void
}

export const heartbeatMs = 200
export const sessionMs = 10_000
