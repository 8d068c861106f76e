import type { Slots } from '../../core/scheduling/shared-slots.js'
import { type Carried, firstOriginOf } from '../../model/carried.js'
import { ConsumerRecord } from '../../model/consumer-record.js'
import { groupName } from './order-lanes.js'
import { WorkGroup } from './work.js'

/** The partitions whose records one operator processes, each with its share of the operator's shared limit, if any. */
export class WorkGroups<C extends Carried<unknown>> {
  private readonly slots: Slots | null
  private readonly wake: (group: WorkGroup<C>) => void
  private readonly groups = new Map<string, WorkGroup<C>>()
  private unused: WorkGroup<C> | null
  private last: WorkGroup<C> | null = null

  /** @param wake called with a group that may take one more of the shared slots */
  constructor(slots: Slots | null, wake: (group: WorkGroup<C>) => void) {
    this.slots = slots
    this.wake = wake
    // A pipeline has its share before it has seen a record.
    this.unused = this.newGroup()
  }

  /** The group of the record's partition. */
  of(carried: C): WorkGroup<C> {
    if (carried instanceof ConsumerRecord && this.last?.isOf(carried) === true) return this.last
    const name = groupName(carried)
    const group = this.groups.get(name) ?? this.unused ?? this.newGroup()
    if (group === this.unused) this.unused = null
    this.groups.set(name, group)
    group.origin = firstOriginOf(carried)
    this.last = group
    return group
  }

  leave(): void {
    for (const group of this.groups.values()) this.slots?.leave(group)
    if (this.unused !== null) this.slots?.leave(this.unused)
  }

  private newGroup(): WorkGroup<C> {
    // Released partitions do not need a share any more.
    for (const [name, group] of this.groups) {
      if (!group.isIdle || group.origin?.isStale(0) !== true) continue
      this.slots?.leave(group)
      this.groups.delete(name)
      if (group === this.last) this.last = null
    }
    const group = new WorkGroup<C>(this.wake)
    this.slots?.enter(group)
    return group
  }
}
