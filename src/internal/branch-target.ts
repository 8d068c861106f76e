import { EMPTY, NEVER } from 'rxjs'
import type { AckOrigin, AckTarget, CommitHandle, Unhandled } from '../model/acknowledgement.js'
import {
  noteAttempt,
  noteRetry,
  type Carried,
  firstOriginOf,
  hold,
  pass,
  refuse,
  release,
  setParked,
  visitOrigins
} from '../model/carried.js'
import type { Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'

/** The acknowledgement target within one branch: it means only that this branch is done. */
export class BranchTarget<C extends Carried<unknown>> implements AckTarget {
  readonly isTransacted: boolean
  private readonly waiting: ReadonlyMap<number, { readonly carried: C }>
  private readonly branchDone: (seq: number) => void
  private readonly settled = new Set<number>()
  private readonly holds = new Map<number, { readonly carried: C; readonly count: number }>()
  private readonly attempts = new Map<number, { readonly carried: C; readonly count: number }>()
  private readonly origins = new WeakMap<AckOrigin, BranchOrigin>()
  private readonly flushes = new Set<() => void>()

  constructor(
    waiting: ReadonlyMap<number, { readonly carried: C }>,
    branchDone: (seq: number) => void,
    { isTransacted = false } = {}
  ) {
    this.waiting = waiting
    this.branchDone = branchDone
    this.isTransacted = isTransacted
  }

  /** Branch operators that collect records release them at once. */
  flush(): void {
    for (const run of [...this.flushes]) run()
  }

  onFlush(run: () => void): () => void {
    this.flushes.add(run)
    return () => {
      this.flushes.delete(run)
    }
  }

  settle(seq: number): void {
    if (!this.waiting.has(seq) || this.settled.has(seq)) return
    this.settled.add(seq)
    this.branchDone(seq)
    if (!this.waiting.has(seq)) this.settled.delete(seq)
  }
  /** Applies to all branches: the record is done. */
  refuse(seq: number, as: Unhandled): boolean {
    const entry = this.waiting.get(seq)
    if (entry === undefined) return true
    if (!refuse(entry.carried, as)) return false
    while (this.waiting.has(seq)) this.branchDone(seq)
    return true
  }
  hold(seq: number): void {
    const entry = this.waiting.get(seq)
    if (entry === undefined) return
    const { count } = this.holds.get(seq) ?? { count: 0 }
    this.holds.set(seq, { carried: entry.carried, count: count + 1 })
    hold(entry.carried)
  }
  /** An operator releases a record after passing it on: by then the record may have left the `fanOut`. */
  release(seq: number): void {
    const held = this.holds.get(seq)
    if (held === undefined) return
    if (held.count > 1) this.holds.set(seq, { carried: held.carried, count: held.count - 1 })
    else this.holds.delete(seq)
    release(held.carried)
  }
  park(seq: number, parked: boolean): void {
    const entry = this.waiting.get(seq)
    if (entry !== undefined) setParked(entry.carried, parked)
  }
  /** An attempt that continues after the `fanOut` was unsubscribed still has to end for the record. */
  attempt(seq: number, begins: boolean): void {
    const { carried, count } = this.attempts.get(seq) ?? { carried: this.waiting.get(seq)?.carried, count: 0 }
    if (carried === undefined) return
    if (begins) this.attempts.set(seq, { carried, count: count + 1 })
    else if (count > 1) this.attempts.set(seq, { carried, count: count - 1 })
    else this.attempts.delete(seq)
    noteAttempt(carried, begins)
  }
  retryScheduled(seq: number, forMs: number, cause?: unknown): void {
    const entry = this.waiting.get(seq)
    if (entry !== undefined) noteRetry(entry.carried, forMs, cause)
  }
  pass(seq: number, operator: number): void {
    const entry = this.waiting.get(seq)
    if (entry !== undefined) pass(entry.carried, operator)
  }
  visit(seq: number, each: (origin: AckOrigin, seq: number) => void): void {
    const entry = this.waiting.get(seq)
    if (entry === undefined) return
    visitOrigins(entry.carried, (origin) => {
      each(this.inBranch(origin), seq)
    })
  }
  originOf(seq: number): AckOrigin | null {
    const entry = this.waiting.get(seq)
    const origin = entry === undefined ? null : firstOriginOf(entry.carried)
    return origin === null ? null : this.inBranch(origin)
  }
  isSettled(seq: number): boolean {
    return this.settled.has(seq) || !this.waiting.has(seq)
  }
  isStale(seq: number): boolean {
    const entry = this.waiting.get(seq)
    if (entry === undefined) return true
    let stale = true
    visitOrigins(entry.carried, (origin, place) => {
      if (!origin.isStale(place)) stale = false
    })
    return stale
  }

  private inBranch(origin: AckOrigin): BranchOrigin {
    const known = this.origins.get(origin) ?? new BranchOrigin(this, origin)
    this.origins.set(origin, known)
    return known
  }
}

interface FlushedTarget extends AckTarget {
  readonly isTransacted: boolean
  isSettled(seq: number): boolean
  onFlush(run: () => void): () => void
}

/** An assignment as seen by a branch: everything except the acknowledgement is that of the real assignment. */
class BranchOrigin implements AckOrigin {
  private readonly branch: FlushedTarget
  private readonly origin: AckOrigin

  constructor(branch: FlushedTarget, origin: AckOrigin) {
    this.branch = branch
    this.origin = origin
  }

  get topic(): string {
    return this.origin.topic
  }
  get partition(): number {
    return this.origin.partition
  }
  get groupId(): string | null {
    return this.origin.groupId
  }
  get deliveryCount(): number | null {
    return this.origin.deliveryCount
  }
  get clock(): Clock {
    return this.origin.clock
  }
  get signal(): AbortSignal {
    return this.origin.signal
  }
  reads(topic: string): boolean {
    return this.origin.reads(topic)
  }
  heldUp(by: string | null): void {
    this.origin.heldUp(by)
  }

  report(event: ConsumerEvent): void {
    this.origin.report(event)
  }
  settle(seq: number): void {
    this.branch.settle(seq)
  }
  refuse(seq: number, as: Unhandled): boolean {
    return this.branch.refuse(seq, as)
  }
  hold(seq: number): void {
    this.branch.hold(seq)
  }
  release(seq: number): void {
    this.branch.release(seq)
  }
  park(seq: number, parked: boolean): void {
    this.branch.park(seq, parked)
  }
  attempt(seq: number, begins: boolean): void {
    this.branch.attempt(seq, begins)
  }
  pass(seq: number, operator: number): void {
    this.branch.pass(seq, operator)
  }
  visit(seq: number, each: (origin: AckOrigin, seq: number) => void): void {
    each(this, seq)
  }
  originOf(): AckOrigin {
    return this
  }
  isSettled(seq: number): boolean {
    return this.branch.isSettled(seq)
  }
  isStale(seq: number): boolean {
    return this.branch.isStale(seq)
  }
  /** Other branches have the record already, so it cannot be postponed. */
  postpone(): boolean {
    return false
  }
  /** Only the whole pipeline can commit an offset: within a branch `commit()` means that the branch is done. */
  commitBy(): CommitHandle {
    return { stored: NEVER, flush: () => EMPTY }
  }
  onFlush(run: () => void): () => void {
    const stops = [this.origin.onFlush(run), this.branch.onFlush(run)]
    return () => {
      for (const stop of stops) stop()
    }
  }
  beforeEnd(work: (done: () => void) => void): () => void {
    return this.origin.beforeEnd(work)
  }
  get isTransacted(): boolean {
    return this.branch.isTransacted || this.origin.isTransacted
  }
}
