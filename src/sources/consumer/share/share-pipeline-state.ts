import type { Subscriber } from 'rxjs'
import { Flushes } from '../../../internal/flushes.js'
import type { Clock } from '../../../model/clock.js'
import type { AcquiredBatch } from '../../../ports/share-session.js'

/** How often operators that collect records are checked while any are in flight. */
const lookEveryMs = 100

/** The run that delivers to the pipeline. */
export interface SharePipelineHost {
  readonly clock: Clock
  readonly inFlight: number
  /** Whether all acquired records are delivered, and a broker sends no more before some are acknowledged. */
  readonly isStuckFull: boolean
  /** the batch of the record that has been in flight longest */
  readonly oldestBatch: AcquiredBatch | null
  lastsUntil(batch: AcquiredBatch): number
  after(ms: number, run: () => void): void
  /** An operator that acknowledges has completed, failed or was unsubscribed. */
  pipelineEnded(): void
}

/** The state of a share consumer's pipeline. Makes its operators flush collected records in time. */
export class SharePipelineState {
  /** records that its operators hold */
  held = 0
  private readonly host: SharePipelineHost
  private readonly ends: readonly Subscriber<unknown>[]
  private readonly flushes = new Flushes()
  private willLook = false
  /** old records are not flushed again before this time */
  private flushAgainAt = -Infinity

  /** @param ends the operators that acknowledge the records */
  constructor(host: SharePipelineHost, ends: readonly Subscriber<unknown>[]) {
    this.host = host
    this.ends = ends
    for (const end of ends)
      end.add(() => {
        host.pipelineEnded()
      })
  }

  onFlush(run: () => void): () => void {
    return this.flushes.add(run)
  }

  /**
   * Flushes if needed: a batch larger than a broker's share of `maxInFlight` would never fill up, nor would one of a slow
   * topic.
   */
  acquired(): void {
    if (this.willLook) return
    this.willLook = true
    this.host.after(lookEveryMs, () => {
      this.willLook = false
      if (this.host.inFlight === 0) return
      if (this.host.isStuckFull || this.isAgeing()) this.flushes.flush()
      this.acquired()
    })
  }

  /** Whether the pipeline cannot acknowledge any more of its records. Unknown for a pipeline without `ack()`. */
  get isOver(): boolean {
    return this.held <= 0 && this.ends.length > 0 && this.ends.every(({ closed }) => closed)
  }

  /** Whether half of the oldest record's lock is over; not again before another eighth of it. */
  private isAgeing(): boolean {
    const { clock, oldestBatch } = this.host
    const now = clock.now()
    if (oldestBatch === null || now < this.flushAgainAt) return false
    const lasts = this.host.lastsUntil(oldestBatch) - oldestBatch.acquiredAt
    const isOld = now - oldestBatch.acquiredAt >= lasts / 2
    if (isOld) this.flushAgainAt = now + lasts / 8
    return isOld
  }
}
