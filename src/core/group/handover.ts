import type { TopicPartition } from '../../model/topic-partition.js'
import { drainDeadline } from './drain-deadline.js'
import type { MemberState } from './member-state.js'

/** Partitions that the member gives up: they are drained, and released by a deadline, or lost. */
export class Handover {
  private readonly member: MemberState

  constructor(member: MemberState) {
    this.member = member
  }

  /** @param givenUpAt when the group gives the member up */
  begin(partitions: readonly TopicPartition[], now: number, givenUpAt: number): void {
    if (partitions.length === 0) return
    const { deadline, overdueInMs } = drainDeadline(now, givenUpAt, this.member.options)
    this.member.owned.revoke(partitions)
    this.member.emit({ _tag: 'revoking', partitions, deadline }, { _tag: 'arm', timer: 'drain', inMs: overdueInMs })
  }

  /** These are drained, or lost. False where nothing was being given up. */
  released(partitions: readonly TopicPartition[]): boolean {
    const { owned } = this.member
    const { isDraining } = owned
    owned.release(partitions)
    if (isDraining && !owned.isDraining) this.member.disarm('drain')
    return isDraining
  }

  /** The deadline has passed: what is not released by now is lost. Returns it. */
  overdue(): readonly TopicPartition[] {
    const overdue = this.member.owned.draining
    this.member.emitLost(overdue, 'deadline passed')
    return overdue
  }
}
