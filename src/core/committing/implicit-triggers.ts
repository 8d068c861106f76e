import type { CommitPolicy } from '../../model/acknowledgement.js'

/** What has the offsets of an assignment committed without being asked to: `enable.auto.commit`, and the operators of its pipeline. */
export class ImplicitTriggers {
  private readonly autoMs: number
  /** of operators that have seen a record of the assignment */
  private policy: CommitPolicy | null = null
  /** of operators that are downstream and may not have seen any yet */
  private downstreamMs = Infinity

  /** @param autoMs how often `enable.auto.commit` commits; null: never */
  constructor(autoMs: number | null) {
    this.autoMs = autoMs ?? Infinity
  }

  /** After so many settled records. */
  get every(): number {
    return this.policy?.every ?? Infinity
  }

  /** So long after the first record that is settled; null: nothing has it committed. */
  get withinMs(): number | null {
    return orNull(Math.min(this.autoMs, this.policy?.withinMs ?? Infinity))
  }

  /** So long after reading began somewhere; null: nothing has that committed. */
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
