import type { Cancel, Clock } from '../../model/clock.js'

/** A partition that may have something to deliver. */
export interface PumpedFlow {
  readonly hasWork: boolean
  deliver(limit: number): number
}

/**
 * Delivers what is fetched, partition by partition in rotation, at most `perTurn` records before the event loop gets a
 * turn: heartbeats, answers and timers never wait for more than that.
 */
export class DeliveryPump {
  private readonly clock: Clock
  private readonly perTurn: number
  private readonly ready = new Set<PumpedFlow>()
  private scheduled: Cancel | null = null

  constructor(clock: Clock, perTurn: number) {
    this.clock = clock
    this.perTurn = perTurn
  }

  /** The flow may have something to deliver: it is asked on a later turn. */
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
    let left = this.perTurn
    for (const flow of [...this.ready]) {
      if (left === 0) break
      this.ready.delete(flow)
      left -= flow.deliver(left)
      // Behind the others: one full partition does not starve them.
      if (flow.hasWork) this.ready.add(flow)
    }
    if (this.ready.size > 0) this.arm()
  }
}
