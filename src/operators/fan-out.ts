import { merge, Observable, type OperatorFunction, Subject } from 'rxjs'
import { BranchTarget } from '../internal/branch-target.js'
import { caught } from '../internal/caught.js'
import { pipelineOf } from '../internal/pipeline-of.js'
import {
  type CarriedOr,
  type Dropped,
  type Carried,
  hold,
  isStale,
  pass,
  release,
  visitOrigins
} from '../model/carried.js'
import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import { operatorId } from '../model/operator-name.js'

const operator = /*#__PURE__*/ operatorId('fanOut')

/** A part of a pipeline that works on the same records as its siblings. */
export type Branch<C extends Carried<unknown>> = (source: Observable<C>) => Observable<Carried<unknown>>

/**
 * Gives each record to every branch, and passes it on when all branches have finished it: each has emitted it, filtered
 * it out or acknowledged it. With `share()` and `merge()` the faster branch would acknowledge it for all.
 *
 * - Order: a record leaves when its last branch has finished it.
 * - Pressure: a record keeps its credit until every branch is done, so a slow branch holds the others back.
 * - Completes when the source and every branch have completed; a record that a branch swallowed stays unsettled.
 * - Errors when the source or a branch does. Unsubscribing unsubscribes from all of them.
 *
 * @example
 * partition.pipe(fanOut((o) => o.pipe(writeTo(index)), (o) => o.pipe(writeTo(archive))), commit())
 */
export function fanOut<C extends CarriedOr<Dropped>, D extends Carried<unknown> = C>(
  ...branches: readonly Branch<C>[]
): (source: Observable<C> & Observable<D>) => Observable<D> {
  const branchProblems = branches.flatMap((branch, index) =>
    problemsWith(`fanOut: branch ${String(index + 1)}`, branch, aFunction)
  )
  refuseWrong(branchProblems)
  // Each value that comes is a D; only its C part is used.
  return fanning(branches) as unknown as OperatorFunction<D, D>
}

const fanning =
  <C extends Carried<unknown>>(branches: readonly Branch<C>[]): OperatorFunction<C, C> =>
  (source) =>
    new Observable((destination) => {
      const shared = new SharedRecords<C>((carried) => {
        pass(carried, operator)
        destination.next(carried)
      })
      const inputs = branches.map(() => new Subject<C>())
      const targets = branches.map(() => new BranchTarget<C>(shared.records, shared.done))
      const outputs = branches.map((branch, index) => pipelineOf('fanOut', branch(inputs[index] ?? new Subject<C>())))
      destination.add(
        merge(...outputs).subscribe({
          // A branch that emits has finished the record, or the records from which it made the value.
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
          next: caught(destination, (carried) => {
            if (isStale(carried)) return
            if (branches.length === 0) {
              destination.next(carried)
              return
            }
            const seq = shared.add(carried, branches.length)
            inputs.forEach((input, index) => {
              const target = targets[index]
              // The record keeps its type with another acknowledgement.
              if (target !== undefined) input.next(carried.withTarget(target, seq) as C)
            })
          }),
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            for (const input of inputs) input.complete()
          }
        })
      )
      // Last, so that records abandoned by the branches are passed on.
      destination.add(() => {
        shared.releaseAll()
      })
    })

/** Held records that branches have not finished. */
class SharedRecords<C extends Carried<unknown>> {
  readonly records = new Map<number, { readonly carried: C; left: number }>()
  private readonly passOn: (carried: C) => void
  private next = 0

  constructor(passOn: (carried: C) => void) {
    this.passOn = passOn
  }

  /** Returns the number under which the branches know the record. */
  add(carried: C, branches: number): number {
    const seq = this.next++
    hold(carried)
    this.records.set(seq, { carried, left: branches })
    return seq
  }

  /** A branch has finished the record; after the last branch it is passed on. */
  readonly done = (seq: number): void => {
    const entry = this.records.get(seq)
    if (entry === undefined || --entry.left > 0) return
    this.records.delete(seq)
    if (!isStale(entry.carried)) this.passOn(entry.carried)
    release(entry.carried)
  }

  releaseAll(): void {
    for (const { carried } of this.records.values()) release(carried)
    this.records.clear()
  }
}

const settleInBranch = (emitted: Carried<unknown>): void => {
  visitOrigins(emitted, (origin, seq) => {
    origin.settle(seq)
  })
}
