import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { concatMap, finalize, forkJoin, map, of, type OperatorFunction, tap } from 'rxjs'
import type { Fault } from '../../model/fault.js'
import type { Step } from '../../ports/step.js'

type Answer = Either<Fault, void>

const ifDone =
  (next: Step<void>): OperatorFunction<Answer, Answer> =>
  (step) =>
    step.pipe(concatMap((answer) => (isLeft(answer) ? of(answer) : next)))

/**
 * Keeps a TxnOffsetCommit and the Produce requests of a transaction apart. A broker verifies each of them with the transaction
 * coordinator, and a verification replaces the one that is under way, which is then refused with a code that has to wait for
 * `retry.backoff.ms` (`AddPartitionsToTxnManager.addTxnData`).
 */
export class OffsetsBesideWrites {
  private readonly go: () => void
  private hasWritten = false
  /** commits that hold records back */
  private holding = 0

  /** @param go called when what was held may be written */
  constructor(go: () => void) {
    this.go = go
  }

  /** Whether a Produce may be sent now. */
  admits(): boolean {
    if (this.holding > 0) return false
    this.hasWritten = true
    return true
  }

  /**
   * Commits offsets after the records that are under way, or else before all records: a broker answers a TxnOffsetCommit at
   * once if the former transaction is not completed yet, and this client repeats it soon. A Produce it keeps for 20 ms
   * (`add.partitions.to.txn.retry.backoff.ms`).
   *
   * @param prepared adds the group
   * @param written waits until everything sent so far is written
   */
  commitOffsets(prepared: Step<void>, written: Step<void>, commit: Step<void>): Step<void> {
    if (this.hasWritten)
      return forkJoin([prepared, written]).pipe(
        map(([one, other]) => (isLeft(one) ? one : other)),
        ifDone(commit)
      )
    this.holding++
    let failed = false
    return prepared.pipe(
      ifDone(commit),
      tap((answer) => {
        failed = isLeft(answer)
      }),
      finalize(() => {
        this.holding--
        // After a fault the transaction can only be aborted.
        if (!failed && this.holding === 0) this.go()
      })
    )
  }
}
