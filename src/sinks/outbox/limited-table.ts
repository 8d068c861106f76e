import type { Cancel, Clock } from '../../model/clock.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { Fault } from '../../model/fault.js'
import { whileLate } from '../late-call.js'
import type { OutboxRow, OutboxTable } from './outbox-table.js'

/**
 * A table whose calls end in any case: a connection that hangs would hold up the reader, its drain and its close
 * without end. A call that was given up may still be carried out, which each of them allows: it is repeated anyway.
 */
export class LimitedTable implements OutboxTable {
  readonly name: string
  private readonly table: OutboxTable
  private readonly clock: Clock
  private readonly timeoutMs: number
  private readonly late: (fault: Fault, inMs: number) => void
  private readonly abort = new AbortController()
  private aborting: Cancel | null = null

  /** @param late called with a call that has no answer yet; it is given up in so many ms, or reported again */
  constructor(table: OutboxTable, clock: Clock, timeoutMs: number, late: (fault: Fault, inMs: number) => void) {
    this.name = table.name
    this.table = table
    this.clock = clock
    this.timeoutMs = timeoutMs
    this.late = late
  }

  lease(owner: string, forMs: number): Promise<boolean> {
    return this.limited((signal) => this.table.lease(owner, forMs, signal))
  }

  release(owner: string): Promise<unknown> {
    return this.limited((signal) => this.table.release(owner, signal))
  }

  read(limit: number): Promise<readonly OutboxRow[]> {
    return this.limited((signal) => this.table.read(limit, signal))
  }

  mark(ids: readonly string[]): Promise<unknown> {
    return this.limited((signal) => this.table.mark(ids, signal))
  }

  setAside(id: string, reason: string): Promise<unknown> {
    return this.limited((signal) => this.table.setAside(id, reason, signal))
  }

  /** From then on no call is waited for any more. */
  giveUpIn(ms: number): void {
    this.aborting?.()
    if (ms === 0) this.abort.abort()
    else
      this.aborting = this.clock.schedule(ms, () => {
        this.abort.abort()
      })
  }

  /** There are no further calls. */
  ended(): void {
    this.aborting?.()
  }

  private limited<A>(call: (signal: AbortSignal) => PromiseLike<A>): Promise<A> {
    const { name, clock, timeoutMs, abort, late } = this
    const since = clock.now()
    const controller = new AbortController()
    return new Promise((resolve, reject) => {
      let cancelReport: Cancel = () => undefined
      const giveUp = (): void => {
        end()
        const error = new ConsumerError({ _tag: 'TimeoutFault', what: name, afterMs: clock.now() - since })
        controller.abort(error)
        reject(error)
      }
      const end = (): void => {
        cancelLimit()
        cancelReport()
        abort.signal.removeEventListener('abort', giveUp)
      }
      const cancelLimit = clock.schedule(timeoutMs, giveUp)
      if (abort.signal.aborted) {
        giveUp()
        return
      }
      abort.signal.addEventListener('abort', giveUp)
      cancelReport = whileLate(name, clock, timeoutMs, late)
      const answer = async (): Promise<A> => call(controller.signal)
      answer().finally(end).then(resolve, reject)
    })
  }
}
