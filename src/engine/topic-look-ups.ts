import type { Clock } from '../model/clock.js'
import { NamedTimers } from './named-timers.js'

/** How long to wait between look-ups of topics, in ms. */
export interface LookUpPace {
  readonly retryBackoffMaxMs: number
  readonly metadataMaxAgeMs: number
}

/** A broker learns of a topic later than the coordinator, so the metadata is requested again at growing intervals. */
export class TopicLookUps {
  private readonly timers: NamedTimers<'look up'>
  private readonly pace: LookUpPace
  private readonly lookUp: () => void
  private withoutSuccess = 0

  constructor(clock: Clock, pace: LookUpPace, lookUp: () => void) {
    this.timers = new NamedTimers(clock)
    this.pace = pace
    this.lookUp = lookUp
  }

  found(): void {
    this.withoutSuccess = 0
  }

  /** Looks up again, unless a look-up is due already. */
  again(): void {
    if (this.timers.has('look up')) return
    const { retryBackoffMaxMs, metadataMaxAgeMs } = this.pace
    const inMs = Math.min(metadataMaxAgeMs, retryBackoffMaxMs * 2 ** Math.min(20, this.withoutSuccess++))
    this.timers.arm('look up', inMs, this.lookUp)
  }

  close(): void {
    this.timers.close()
  }
}
