import type { TopicPartition } from '../../model/topic-partition.js'
import { drainDeadline } from './drain-deadline.js'
import type { MemberState } from './member-state.js'

/** Partitions that the member is releasing: each is drained and released before a deadline, or lost. */
export class Handover {
  private readonly member: MemberState

  constructor(member: MemberState) {
    this.member = member
  }

  /** @param givenUpAt when the group removes the member */
  begin(partitions: readonly TopicPartition[], now: number, givenUpAt: number): void {
    if (partitions.length === 0) return
    const { deadline, overdueInMs } = drainDeadline(now, givenUpAt, this.member.options)
    this.member.owned.revoke(partitions)
    this.member.emit({ _tag: 'revoking', partitions, deadline }, { _tag: 'arm', timer: 'drain', inMs: overdueInMs })
  }

  /** These were released or lost. Returns false if none was being released. */
  released(partitions: readonly TopicPartition[]): boolean {
    const { owned } = this.member
    const { isDraining } = owned
    owned.release(partitions)
    if (isDraining && !owned.isDraining) this.member.disarm('drain')
    return isDraining
  }

  /** The deadline has passed: returns the partitions that are not released yet, which are lost. */
  overdue(): readonly TopicPartition[] {
    const overdue = this.member.owned.draining
    this.member.emitLost(overdue, 'deadline passed')
    return overdue
  }
}
