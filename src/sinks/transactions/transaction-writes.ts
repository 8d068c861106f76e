import type { TakenRecord } from '../../core/producing/outgoing-record.js'
import type { DeliveryCallbacks } from '../../core/producing/producer-batch.js'
import type { Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import type { TransactionSession } from '../../ports/transaction-session.js'

/** What is written within one transaction. The first record that fails is the reason why it is aborted. */
export class TransactionWrites implements DeliveryCallbacks {
  private readonly clock: Clock
  private readonly session: TransactionSession
  private readonly broken: (fault: Fault) => void
  private reason: Fault | null = null

  /** @param broken called on a later turn than the record failed */
  constructor(clock: Clock, session: TransactionSession, broken: (fault: Fault) => void) {
    this.clock = clock
    this.session = session
    this.broken = broken
  }

  send(records: readonly TakenRecord[]): void {
    for (const record of records) this.session.send(record, this, 0)
  }

  written(): void {
    // The commit says that all of them are.
  }

  failed(_index: number, fault: Fault): void {
    const reason = (this.reason ??= fault)
    // On a later turn: the session is in the midst of reporting.
    this.clock.turn(() => {
      this.broken(reason)
    })
  }
}
