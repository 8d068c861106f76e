import type { CommitPolicy } from '../../model/acknowledgement.js'

/** What commits the offsets of an assignment implicitly: `enable.auto.commit`, and the operators of its pipeline. */
export class ImplicitTriggers {
  private readonly autoMs: number
  /** the combined policy of operators that have seen a record of the assignment */
  private policy: CommitPolicy | null = null
  /** the shortest interval of downstream operators, which may not have seen a record yet */
  private downstreamMs = Infinity

  /** @param autoMs how often `enable.auto.commit` commits; null: never */
  constructor(autoMs: number | null) {
    this.autoMs = autoMs ?? Infinity
  }

  /** Commit after this many settled records. */
  get every(): number {
    return this.policy?.every ?? Infinity
  }

  /** Commit within this time after the first settled record; null: no trigger commits by time. */
  get withinMs(): number | null {
    return orNull(Math.min(this.autoMs, this.policy?.withinMs ?? Infinity))
  }

  /** Commit the start position within this time after reading began; null: no trigger does. */
  get startWithinMs(): number | null {
    return orNull(Math.min(this.withinMs ?? Infinity, this.downstreamMs))
  }

  seen({ every, withinMs }: CommitPolicy): void {
    this.policy = {
      every: Math.min(every, this.every),
      withinMs: Math.min(withinMs, this.policy?.withinMs ?? Infinity)
    }
  }

  downstream(policies: readonly CommitPolicy[]): void {
    this.downstreamMs = Math.min(this.downstreamMs, ...policies.map(({ withinMs }) => withinMs))
  }
}

const orNull = (ms: number): number | null => (ms === Infinity ? null : ms)
