import type { TakenRecord } from '../../core/producing/outgoing-record.js'
import type { DeliveryCallbacks } from '../../core/producing/delivery-callbacks.js'
import { sending } from '../../internal/trace-channels.js'
import type { Carried } from '../../model/carried.js'
import type { Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import type { TransactionSession } from '../../ports/transaction-session.js'

/** The writes of one transaction. The first record that fails is the reason for aborting it. */
export class TransactionWrites implements DeliveryCallbacks {
  private readonly clock: Clock
  private readonly session: TransactionSession
  private readonly broken: (fault: Fault) => void
  private reason: Fault | null = null

  /** @param broken called with the fault on a later turn */
  constructor(clock: Clock, session: TransactionSession, broken: (fault: Fault) => void) {
    this.clock = clock
    this.session = session
    this.broken = broken
  }

  /** `carried`: the value from which the records were made. */
  send(records: readonly TakenRecord[], carried: Carried<unknown>): void {
    const callbacks: DeliveryCallbacks = sending.hasSubscribers ? this.ofCarried(carried) : this
    for (const record of records) this.session.send(record, callbacks, 0)
  }

  written(): void {
    // The commit confirms all records.
  }

  failed(_index: number, fault: Fault): void {
    const reason = (this.reason ??= fault)
    // On a later turn, since the session is still reporting.
    this.clock.turn(() => {
      this.broken(reason)
    })
  }

  private ofCarried(carried: Carried<unknown>): DeliveryCallbacks {
    return {
      carried,
      written: () => undefined,
      failed: (index, fault) => {
        this.failed(index, fault)
      }
    }
  }
}
