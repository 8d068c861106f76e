import type { Lane } from '../core/lanes.js'
import { type Carried, setParked } from '../model/carried.js'
import type { Work } from './work.js'

/** What waits aside without its credit, and which lanes do; never more than so many records. */
export class Parking<C extends Carried<unknown>> {
  private readonly bound: number
  private readonly lanes = new Set<Lane<Work<C>>>()
  private count = 0

  constructor(bound: number) {
    this.bound = bound
  }

  /** Whether what comes for the lane is to wait aside too. */
  has(lane: Lane<Work<C>>): boolean {
    return this.lanes.has(lane)
  }

  /** The lane's head, all that wait behind it by now, and all that are to come. */
  putAsideWithAll(head: Work<C>): void {
    this.putAside(head)
    const { lane } = head
    if (lane === null || this.lanes.has(lane)) return
    this.lanes.add(lane)
    for (const work of lane.waiting ?? []) this.putAside(work)
  }

  /** What does not fit waits with its credit. */
  putAside(work: Work<C>): void {
    if (work.isParked || this.count >= this.bound) return
    work.isParked = true
    this.count++
    // What is kept for long must not keep the whole response it came in. What is carried stays of its own kind.
    work.carried = work.carried.kept() as C
    setParked(work.carried, true)
  }

  takeBack(work: Work<C>): void {
    if (!work.isParked) return
    work.isParked = false
    this.count--
    setParked(work.carried, false)
  }

  /** The head is gone: what comes now need not wait. */
  goesOn(lane: Lane<Work<C>>): void {
    this.lanes.delete(lane)
  }
}
