import type { Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { Fault } from '../model/fault.js'
import { NamedTimers } from './named-timers.js'

/** How long to wait between look-ups of topics, in ms. */
export interface LookUpPace {
  readonly retryBackoffMaxMs: number
  readonly metadataMaxAgeMs: number
}

const notKnownYet = 'the metadata does not have all assigned partitions yet'

/**
 * A broker learns of a topic later than the coordinator, so the metadata is requested again at growing intervals. From the
 * second request on that is a wait, and reported.
 */
export class TopicLookUps {
  private readonly timers: NamedTimers<'look up'>
  private readonly pace: LookUpPace
  private readonly report: (event: ConsumerEvent) => void
  private readonly lookUp: () => void
  private withoutSuccess = 0

  constructor(clock: Clock, pace: LookUpPace, report: (event: ConsumerEvent) => void, lookUp: () => void) {
    this.timers = new NamedTimers(clock)
    this.pace = pace
    this.report = report
    this.lookUp = lookUp
  }

  found(): void {
    if (this.withoutSuccess > 1) this.report({ _tag: 'recovered', from: 'waiting', what: notKnownYet, afterMs: 0 })
    this.withoutSuccess = 0
  }

  /** Looks up again, unless a look-up is due already. `fault`: what the metadata does not have. */
  again(fault: Fault): void {
    if (this.timers.has('look up')) return
    const { retryBackoffMaxMs, metadataMaxAgeMs } = this.pace
    const inMs = Math.min(metadataMaxAgeMs, retryBackoffMaxMs * 2 ** Math.min(20, this.withoutSuccess))
    if (this.withoutSuccess > 0) this.report({ _tag: 'waiting', reason: notKnownYet, fault, inMs })
    this.withoutSuccess++
    this.timers.arm('look up', inMs, this.lookUp)
  }

  close(): void {
    this.timers.close()
  }
}
