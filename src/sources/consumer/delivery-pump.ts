import type { Cancel, Clock } from '../../model/clock.js'

/** A partition that may have records to deliver. */
export interface PumpedFlow {
  readonly hasWork: boolean
  deliver(limit: number): number
}

/** How long a turn lasts before the event loop gets its own: handlers may take long without ever waiting. */
const longestTurnMs = 10

/**
 * Delivers fetched records, partition by partition in rotation, at most `perTurn` records and for some milliseconds
 * before the event loop gets a turn: heartbeats, answers and timers never wait longer than that.
 */
export class DeliveryPump {
  private readonly clock: Clock
  private readonly perTurn: number
  private readonly turned: () => void
  private readonly ready = new Set<PumpedFlow>()
  private scheduled: Cancel | null = null

  /** `turned` is called after each turn. */
  constructor(clock: Clock, perTurn: number, turned: () => void) {
    this.clock = clock
    this.perTurn = perTurn
    this.turned = turned
  }

  get isBusy(): boolean {
    return this.ready.size > 0
  }

  /** The flow may have records to deliver: it runs on a later turn. */
  schedule(flow: PumpedFlow): void {
    this.ready.add(flow)
    this.arm()
  }

  stop(): void {
    this.scheduled?.()
    this.scheduled = null
    this.ready.clear()
  }

  private arm(): void {
    this.scheduled ??= this.clock.turn(() => {
      this.scheduled = null
      this.turn()
    })
  }

  private turn(): void {
    const until = this.clock.now() + longestTurnMs
    let left = this.perTurn
    // The time is read after one record, two more, four more: that costs nothing if handlers are fast.
    let share = 1
    for (const flow of [...this.ready]) {
      this.ready.delete(flow)
      let delivered: number
      let late: boolean
      do {
        delivered = flow.deliver(Math.min(left, share))
        left -= delivered
        share *= 2
        late = this.clock.now() >= until
      } while (delivered > 0 && left > 0 && !late && flow.hasWork)
      // After the others: one full partition does not starve them.
      if (flow.hasWork) this.ready.add(flow)
      if (left === 0 || late) break
    }
    if (this.ready.size > 0) this.arm()
    this.turned()
  }
}
