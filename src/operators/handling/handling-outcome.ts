import type { Subscriber } from 'rxjs'
import { type Carried, isStale, pass, settle } from '../../model/carried.js'
import { operatorId } from '../../model/operator-name.js'
import { FailureHandling, type FailureHost } from './failure-handling.js'
import type { AnyHandleOptions } from './handler.js'
import type { Handling, HandlingAtOnce } from './handling-kinds.js'
import type { RetryTurns } from './retry-turns.js'
import type { Work } from './work.js'

/** The outcome of a record: its result is emitted, or it is settled. If it failed for good, `onFailure` decides. */
export class HandlingOutcome<C extends Carried<unknown>, D extends Carried<unknown>> {
  readonly failures: FailureHandling<C>
  private readonly what: Handling<C, D> | HandlingAtOnce<C, D>
  private readonly destination: Subscriber<D>
  private readonly operator: number

  constructor(
    what: Handling<C, D> | HandlingAtOnce<C, D>,
    { onFailure = 'fail' }: AnyHandleOptions<C>,
    destination: Subscriber<D>,
    host: FailureHost<C>,
    turns: RetryTurns<C> | null
  ) {
    this.what = what
    this.destination = destination
    this.operator = operatorId(what.operator)
    this.failures = new FailureHandling(onFailure, what.operator, host, turns)
  }

  succeeded(work: Work<C>, value: unknown): void {
    this.failures.succeeded(work)
    this.emit(work.carried, value)
  }

  /** Emits the result of the call. */
  emit(carried: C, value: unknown): void {
    if (isStale(carried)) return
    const { what } = this
    this.passOn(carried, 'make' in what ? (value as D | null) : what.result(carried, value))
  }

  /** Emits the result; without one the record is settled. */
  passOn(carried: C, made: D | null): void {
    pass(carried, this.operator)
    if (made === null) settle(carried)
    else this.destination.next(made)
  }
}
