import type { AckOrigin } from '../../model/acknowledgement.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import { keyOf } from '../../model/topic-partition.js'
import { watchCall } from '../late-call.js'

const aborted = 'the transaction was aborted'

/** Reports what the records of transactions wait for, at one of their partitions. */
export class TransactionNotices {
  private readonly clock: Clock
  private readonly origin: () => AckOrigin | null
  private reporter: AckOrigin | null = null
  private abortedAt: number | null = null
  private unwatch: Cancel = () => undefined

  /** @param origin an assignment with records in a transaction, or that wait for one */
  constructor(clock: Clock, origin: () => AckOrigin | null) {
    this.clock = clock
    this.origin = origin
  }

  /** A step of the session begins: the coordinator may not answer for long. Call the returned function with its answer. */
  watch(step: string): Cancel {
    this.unwatch()
    const origin = this.present()
    if (origin === null) return () => undefined
    const report = origin.report.bind(origin)
    const call = { who: `the ${step} of a transaction`, place: keyOf(origin), clock: this.clock, report }
    return (this.unwatch = watchCall({ ...call, timeoutMs: undefined }))
  }

  /** The records are tried again in `inMs`, in another transaction. */
  aborted(fault: Fault, inMs: number): void {
    this.abortedAt ??= this.clock.now()
    this.present()?.report({ _tag: 'waiting', reason: aborted, fault, inMs })
  }

  /** A transaction was committed, or nothing waits for one any more. */
  goesOn(): void {
    const { abortedAt } = this
    this.abortedAt = null
    if (abortedAt === null) return
    this.reporter?.report({ _tag: 'recovered', from: 'waiting', what: aborted, afterMs: this.clock.now() - abortedAt })
  }

  stop(): void {
    this.unwatch()
    this.goesOn()
  }

  private present(): AckOrigin | null {
    return (this.reporter = this.origin() ?? this.reporter)
  }
}
