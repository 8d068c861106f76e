import type { Lane } from '../../core/scheduling/lanes.js'
import { type Carried, setParked } from '../../model/carried.js'
import { sizeOf } from './size-of.js'
import type { Work } from './work.js'

/** The parked records, which have no credit, and their lanes; never more than the limits of records and bytes. */
export class Parking<C extends Carried<unknown>> {
  private readonly mostRecords: number
  private readonly mostBytes: number
  private readonly lanes = new Set<Lane<Work<C>>>()
  private readonly sizes = new Map<Work<C>, number>()
  private bytes = 0

  constructor(mostRecords: number, mostBytes: number) {
    this.mostRecords = mostRecords
    this.mostBytes = mostBytes
  }

  /** Whether further records of the lane have to be parked too. */
  has(lane: Lane<Work<C>>): boolean {
    return this.lanes.has(lane)
  }

  /** Parks the lane's head, all records behind it, and all later ones. */
  putAsideWithAll(head: Work<C>): void {
    this.putAside(head)
    const { lane } = head
    if (lane === null || this.lanes.has(lane)) return
    this.lanes.add(lane)
    for (const work of lane.waiting ?? []) this.putAside(work)
  }

  /** A record that does not fit waits with its credit. */
  putAside(work: Work<C>): void {
    if (work.isParked || this.sizes.size >= this.mostRecords) return
    const bytes = sizeOf(work.carried)
    if (this.bytes + bytes > this.mostBytes) return
    work.isParked = true
    this.sizes.set(work, bytes)
    this.bytes += bytes
    // A record that is kept for long must not keep its whole response in memory. It keeps its type.
    work.carried = work.carried.detached() as C
    setParked(work.carried, true)
  }

  takeBack(work: Work<C>): void {
    if (!work.isParked) return
    work.isParked = false
    this.bytes -= this.sizes.get(work) ?? 0
    this.sizes.delete(work)
    setParked(work.carried, false)
  }

  /** The head has left: later records are not parked any more. */
  goesOn(lane: Lane<Work<C>>): void {
    this.lanes.delete(lane)
  }
}
