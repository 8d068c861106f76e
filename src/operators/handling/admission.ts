import { enterLane, type Lane, leaveLane } from '../../core/scheduling/lanes.js'
import { hashOfName, NameCounts } from '../../core/scheduling/name-hash.js'
import type { Slots } from '../../core/scheduling/shared-slots.js'
import { type Carried, hold, isStale, release } from '../../model/carried.js'
import type { RecordPlace } from '../../model/record-place.js'
import { gateOf } from '../guard.js'
import { slotsOf } from '../concurrency-limit.js'
import type { AnyHandleOptions } from './handler.js'
import { isPermanent } from './failures.js'
import { type LaneNames, laneNames } from './order-lanes.js'
import { Work, type WorkGroup } from './work.js'
import { WorkGroups } from './work-groups.js'

/** What to do with admitted records. */
export interface AdmissionHost<C> {
  /** The record has a place: its next attempt begins. */
  start(work: Work<C>): void
  /** The record before it failed for good: this one gets the same treatment. */
  follow(work: Work<C>, behind: RecordPlace): void
  /** Whether it is the record's turn; `wait`: not yet, or it follows another record; `leave`: nothing is left to do. */
  turnOf(work: Work<C>): 'begin' | 'wait' | 'leave'
  /** The record is stale: it is dropped. */
  leave(work: Work<C>): void
  /** No record may begin for now. */
  idle(): void
}

/**
 * Decides which record may begin, and when. A record waits in its lane until it is the head, then among the ready ones
 * of its partition for one of the partition's `concurrency` places, and for a slot of a shared limit.
 */
export class Admission<C extends Carried<unknown>> {
  /** records between their arrival and their departure */
  readonly live = new Set<Work<C>>()
  private readonly host: AdmissionHost<C>
  private readonly concurrency: number
  private readonly names: LaneNames<C>
  private readonly slots: Slots | null
  private readonly groups: WorkGroups<C>
  /** lanes whose names are valid across partitions */
  private readonly lanes = new Map<string, Lane<Work<C>>>()
  private readonly dirty = new Set<WorkGroup<C>>()
  private readonly classify: NonNullable<AnyHandleOptions<C>['retry']>['classify']
  /** the orders of records that are present, if others may pass them by; null: none may */
  private readonly present: NameCounts | null
  private pumping = false
  private stopped = false

  constructor(
    { order = 'partition', limit, concurrency, retry, onFailure }: AnyHandleOptions<C>,
    host: AdmissionHost<C>
  ) {
    this.host = host
    this.names = laneNames(order)
    this.slots = limit?._tag === 'Guard' ? gateOf(limit) : slotsOf(limit)
    this.concurrency = concurrency ?? this.slots?.size ?? 1
    this.classify = retry?.classify
    this.present = typeof onFailure === 'object' && onFailure._tag === 'RetryLater' ? new NameCounts() : null
    this.groups = new WorkGroups(this.slots, (woken) => {
      this.pump(woken)
    })
  }

  /** Whether no other record is present: then a record needs neither a lane nor a place. */
  get mayPassBy(): boolean {
    return this.slots === null && !this.names.across
  }

  /**
   * Whether the record may begin at once: no other is present, or all those of its partition rest, and none of them is of its
   * order. Under `retryLater` there is nearly always one that moves.
   *
   * @param order the number of the name of its order
   */
  hasRoomFor(carried: C, order: number | null): boolean {
    if (this.isIdle) return true
    if (this.present === null || this.pumping) return false
    const { active, ready } = this.groups.of(carried)
    return active === 0 && ready.length === 0 && (order === null || !this.present.mayHave(order))
  }

  /** Whether no record waits or runs. */
  get isIdle(): boolean {
    return this.live.size === 0 && !this.pumping
  }

  enter(carried: C): Work<C> {
    hold(carried)
    const work = new Work(carried, this.groups.of(carried))
    this.live.add(work)
    return work
  }

  /** Enters a record that is running already, without others before it. */
  enterAtWork(carried: C): Work<C> {
    const work = this.enter(carried)
    work.lane = this.laneOf(work)
    work.attempt = 1
    work.group.active++
    return work
  }

  /** Puts the record into its lane; returns the head if that is another record. Throws what the user's `order` throws. */
  lineUp(work: Work<C>): Work<C> | null {
    const lane = (work.lane = this.laneOf(work))
    if (lane !== null && lane.head !== work) return lane.head
    work.group.ready.push(work)
    return null
  }

  /** The record's wait is over: it goes before records that came later. */
  again(work: Work<C>): void {
    if (!this.live.has(work)) return
    work.isResting = false
    work.group.ready.putBack(work)
    this.pump(work.group)
  }

  /** An attempt has ended: its place becomes free. */
  makeRoom(work: Work<C>, ended: { readonly failed?: unknown }): void {
    const { group, carried } = work
    group.active--
    if (this.slots === null) return
    const isFailed = 'failed' in ended
    const isRefused = isFailed && isPermanent(ended.failed, carried, this.classify)
    this.slots.give(group, work, isRefused ? 'refused' : isFailed ? 'failed' : 'succeeded')
  }

  /** The record is done: those behind it in its lane continue. */
  leave(work: Work<C>): void {
    this.live.delete(work)
    const { lane, group } = work
    const next = lane === null ? undefined : leaveLane(lane)
    if (lane !== null && next === undefined) this.present?.remove(hashOfName(lane.name))
    if (next !== undefined) {
      next.group.ready.putBack(next)
      this.dirty.add(next.group)
    }
    release(work.carried)
    if (!this.stopped) this.pump(group)
  }

  /** Starts records that may begin. */
  pump(group: WorkGroup<C>): void {
    this.dirty.add(group)
    // A handler that answers at once ends up here again: the running loop continues instead of nesting.
    if (this.pumping) return
    this.pumping = true
    this.resume()
  }

  /** Nothing begins until `resume`. */
  suspend(): void {
    this.pumping = true
  }

  resume(): void {
    // Checked first: iterating over an empty set costs as much as reading a record.
    if (this.dirty.size > 0)
      for (const group of this.dirty) {
        this.dirty.delete(group)
        this.begin(group)
      }
    this.pumping = false
    this.host.idle()
  }

  stop(): void {
    this.stopped = true
    this.live.clear()
    this.groups.leave()
  }

  private laneOf(work: Work<C>): Lane<Work<C>> | null {
    const name = this.names.of(work.carried)
    if (name === null) return null
    const lane = enterLane(this.names.across ? this.lanes : work.group.lanes, name, work)
    if (lane.head === work) this.present?.add(hashOfName(name))
    return lane
  }

  private begin(group: WorkGroup<C>): void {
    const { host } = this
    while (!this.stopped && group.ready.length > 0 && group.active < this.concurrency) {
      if (this.slots !== null && !this.slots.take(group)) return
      const work = group.ready.shift()
      if (work === undefined) return
      group.active++
      const turn = work.behind !== null ? 'wait' : isStale(work.carried) ? 'leave' : host.turnOf(work)
      if (turn === 'begin') {
        this.slots?.began?.(work, group)
        host.start(work)
        continue
      }
      group.active--
      this.slots?.give(group, null, 'given up')
      if (turn === 'leave' || isStale(work.carried)) host.leave(work)
      else if (work.behind !== null) host.follow(work, work.behind)
    }
  }
}
