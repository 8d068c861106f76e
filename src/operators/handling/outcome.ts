import type { Subscriber } from 'rxjs'
import { type Carried, isStale, pass, settle } from '../../model/carried.js'
import { operatorId } from '../../model/operator-name.js'
import { FailureHandling, type FailureHost } from './failure-handling.js'
import type { HandleOptions } from './handler.js'
import type { Handling, HandlingAtOnce } from './handling-kinds.js'
import type { Work } from './work.js'

/** What becomes of a record: what was made of it goes on, or it is settled; and if it failed for good, what `onFailure` says. */
export class Outcome<C extends Carried<unknown>, D extends Carried<unknown>> {
  readonly failures: FailureHandling<C>
  private readonly what: Handling<C, D> | HandlingAtOnce<C, D>
  private readonly destination: Subscriber<D>
  private readonly operator: number

  constructor(
    what: Handling<C, D> | HandlingAtOnce<C, D>,
    { onFailure = 'fail' }: HandleOptions<C>,
    destination: Subscriber<D>,
    host: FailureHost<C>
  ) {
    this.what = what
    this.destination = destination
    this.operator = operatorId(what.operator)
    this.failures = new FailureHandling(onFailure, what.operator, host)
  }

  succeeded(work: Work<C>, value: unknown): void {
    this.failures.succeeded(work)
    this.emit(work.carried, value)
  }

  /** What the call gave goes on. */
  emit(carried: C, value: unknown): void {
    if (isStale(carried)) return
    const { what } = this
    this.passOn(carried, 'make' in what ? (value as D | null) : what.result(carried, value))
  }

  /** What was made of it goes on; if nothing was, it is done with. */
  passOn(carried: C, made: D | null): void {
    pass(carried, this.operator)
    if (made === null) settle(carried)
    else this.destination.next(made)
  }
}
