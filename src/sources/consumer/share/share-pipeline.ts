import type { Subscriber } from 'rxjs'
import { Flushes } from '../../../internal/flushes.js'
import type { Clock } from '../../../model/clock.js'
import type { AcquiredBatch } from '../../../ports/share-session.js'

/** Operators that collect records are looked at this often while any are in flight. */
const lookEveryMs = 100

/** The run whose records the pipeline has. */
export interface SharePipelineHost {
  readonly clock: Clock
  readonly inFlight: number
  /** Whether all that was acquired is delivered, and some broker brings no more before records are acknowledged. */
  readonly isStuckFull: boolean
  /** with the record that is in flight for longest */
  readonly oldestBatch: AcquiredBatch | null
  lastsUntil(batch: AcquiredBatch): number
  after(ms: number, run: () => void): void
  /** An operator that acknowledges has completed, failed or was unsubscribed. */
  pipelineEnded(): void
}

/** What is known of the pipeline behind a share consumer's subscription, and when it releases what it collects. */
export class SharePipeline {
  /** records that its operators hold */
  held = 0
  private readonly host: SharePipelineHost
  private readonly ends: readonly Subscriber<unknown>[]
  private readonly flushes = new Flushes()
  private willLook = false
  /** what grows old is not flushed again before this time */
  private flushAgainAt = -Infinity

  /** @param ends the operators that acknowledge its records */
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

  /** A batch larger than a broker's share of `maxInFlight` would never be full, nor one of a topic with few records. */
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

  /** Nothing that it has got is acknowledged any more. Never known of a pipeline without `ack()`. */
  get isOver(): boolean {
    return this.held <= 0 && this.ends.length > 0 && this.ends.every(({ closed }) => closed)
  }

  /** Whether half of the time is over for which the oldest record's lock lasts; not again before an eighth of it. */
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
