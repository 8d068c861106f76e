import { backoffDelay } from '../../core/scheduling/backoff-delay.js'
import type { Fault } from '../../model/fault.js'
import type { Cluster } from '../../ports/cluster.js'
import type { OutboxEvent } from './outbox-event.js'

const retryMs = { initial: 100, max: 10_000 }

/** What a reader waits for: each wait that is reported has an end. */
export class OutboxWaits {
  private readonly cluster: Pick<Cluster, 'clock' | 'random'>
  private readonly report: (event: OutboxEvent) => void
  private failures = 0
  private since: number | null = null

  constructor(cluster: Pick<Cluster, 'clock' | 'random'>, report: (event: OutboxEvent) => void) {
    this.cluster = cluster
    this.report = report
  }

  /** A round has failed. Returns the ms until the next. */
  failed(fault: Fault): number {
    const { random } = this.cluster
    const inMs = backoffDelay(++this.failures, retryMs.initial, retryMs.max, random)
    this.waiting(fault, inMs)
    return inMs
  }

  /** A call takes long. */
  waiting(fault: Fault, inMs: number): void {
    this.since ??= this.cluster.clock.now()
    this.report({ _tag: 'waiting', fault, inMs })
  }

  /** A round has succeeded. */
  over(): void {
    const { since } = this
    this.failures = 0
    this.since = null
    if (since !== null) this.report({ _tag: 'recovered', from: 'waiting', afterMs: this.cluster.clock.now() - since })
  }
}
