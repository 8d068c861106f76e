import { EMPTY, merge, NEVER, Observable, type OperatorFunction, Subject } from 'rxjs'
import type { AckOrigin, AckTarget, CommitHandle } from '../model/acknowledgement.js'
import {
  type CarriedOr,
  type Dropped,
  attempt,
  type Carried,
  firstOriginOf,
  hold,
  isStale,
  pass,
  release,
  setParked,
  visitOrigins
} from '../model/carried.js'
import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import { operatorId } from '../model/operator-name.js'

/** A part of a pipeline that works on the same records as its siblings. */
export type Branch<C extends Carried<unknown>> = (source: Observable<C>) => Observable<Carried<unknown>>

/**
 * Gives each record to every branch, and passes it on once all of them are done with it: have emitted it, filtered it out
 * or acknowledged it. What `share()` and `merge()` would acknowledge with the faster branch.
 *
 * - Order: records leave as the last of their branches is done with them.
 * - Pressure: a record keeps its credit until every branch is done; a slow branch holds the others back by that.
 * - Completes when the source has completed and every branch has; what a branch swallowed stays unsettled.
 * - Errors when the source or a branch does. Unsubscribing unsubscribes from all of them.
 *
 * @example
 * partition.pipe(fanOut((o) => o.pipe(writeTo(index)), (o) => o.pipe(writeTo(archive))), commit())
 */
export function fanOut<C extends CarriedOr<Dropped>>(...branches: readonly Branch<C>[]): OperatorFunction<C, C> {
  const branchProblems = branches.flatMap((branch, index) => problemsWith(`fanOut: branch ${String(index + 1)}`, branch, aFunction)) // prettier-ignore
  refuseWrong(branchProblems)
  const operator = operatorId('fanOut')
  return (source) =>
    new Observable((destination) => {
      const waiting = new Map<number, { readonly carried: C; left: number }>()
      let next = 0
      const branchDone = (seq: number): void => {
        const entry = waiting.get(seq)
        if (entry === undefined || --entry.left > 0) return
        waiting.delete(seq)
        if (!isStale(entry.carried)) {
          pass(entry.carried, operator)
          destination.next(entry.carried)
        }
        release(entry.carried)
      }
      const inputs = branches.map(() => new Subject<C>())
      const targets = branches.map(() => new BranchTarget<C>(waiting, branchDone))
      const outputs = branches.map((branch, index) => branch(inputs[index] ?? new Subject<C>()))
      destination.add(
        merge(...outputs).subscribe({
          // Emitting is being done with it, for a record as for what was made of several.
          next: (emitted) => {
            settleInBranch(emitted)
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            destination.complete()
          }
        })
      )
      destination.add(
        source.subscribe({
          next: (carried) => {
            if (isStale(carried)) return
            if (branches.length === 0) {
              destination.next(carried)
              return
            }
            const seq = next++
            hold(carried)
            waiting.set(seq, { carried, left: branches.length })
            inputs.forEach((input, index) => {
              const target = targets[index]
              // A carried thing under another acknowledgement is still of its own kind.
              if (target !== undefined) input.next(carried.withTarget(target, seq) as C)
            })
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            for (const input of inputs) input.complete()
          }
        })
      )
      // Last: what the branches give up is passed on.
      destination.add(() => {
        for (const { carried } of waiting.values()) release(carried)
        waiting.clear()
      })
    })
}

const settleInBranch = (emitted: Carried<unknown>): void => {
  visitOrigins(emitted, (origin, seq) => {
    origin.settle(seq)
  })
}

/** Acknowledgement within one branch: it says only that this branch is done. */
class BranchTarget<C extends Carried<unknown>> implements AckTarget {
  private readonly waiting: ReadonlyMap<number, { readonly carried: C }>
  private readonly branchDone: (seq: number) => void
  private readonly settled = new Set<number>()
  private readonly holds = new Map<number, { readonly carried: C; readonly count: number }>()
  private readonly attempts = new Map<number, { readonly carried: C; readonly count: number }>()
  private readonly origins = new WeakMap<AckOrigin, BranchOrigin>()

  constructor(waiting: ReadonlyMap<number, { readonly carried: C }>, branchDone: (seq: number) => void) {
    this.waiting = waiting
    this.branchDone = branchDone
  }

  settle(seq: number): void {
    if (!this.waiting.has(seq) || this.settled.has(seq)) return
    this.settled.add(seq)
    this.branchDone(seq)
    if (!this.waiting.has(seq)) this.settled.delete(seq)
  }
  hold(seq: number): void {
    const entry = this.waiting.get(seq)
    if (entry === undefined) return
    const { count } = this.holds.get(seq) ?? { count: 0 }
    this.holds.set(seq, { carried: entry.carried, count: count + 1 })
    hold(entry.carried)
  }
  /** An operator lets go of a record only after passing it on: by then the record may have left the `fanOut`. */
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
  /** One that goes on after the `fanOut` has been unsubscribed ends for the record all the same. */
  attempt(seq: number, begins: boolean): void {
    const { carried, count } = this.attempts.get(seq) ?? { carried: this.waiting.get(seq)?.carried, count: 0 }
    if (carried === undefined) return
    if (begins) this.attempts.set(seq, { carried, count: count + 1 })
    else if (count > 1) this.attempts.set(seq, { carried, count: count - 1 })
    else this.attempts.delete(seq)
    attempt(carried, begins)
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

/** An assignment as a branch sees it: everything but the acknowledgement is the assignment's own. */
class BranchOrigin implements AckOrigin {
  private readonly branch: AckTarget
  private readonly origin: AckOrigin

  constructor(branch: AckTarget, origin: AckOrigin) {
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
  get clock(): Clock {
    return this.origin.clock
  }
  get signal(): AbortSignal {
    return this.origin.signal
  }
  report(event: ConsumerEvent): void {
    this.origin.report(event)
  }
  settle(seq: number): void {
    this.branch.settle(seq)
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
  isStale(seq: number): boolean {
    return this.branch.isStale(seq)
  }
  /** Only the pipeline as a whole can have an offset stored: within a branch `commit()` says that the branch is done. */
  commitBy(): CommitHandle {
    return { stored: NEVER, flush: () => EMPTY }
  }
  onFlush(run: () => void): () => void {
    return this.origin.onFlush(run)
  }
}
