import type { Subscriber } from 'rxjs'

/** What is known of the pipeline behind a share consumer's subscription. */
export class SharePipeline {
  /** records that its operators hold */
  held = 0
  /** whether it is looked at again whether they have to be released */
  isFlushing = false
  /** they are not released again before this time because their locks grow old */
  flushAgainAt = -Infinity
  private readonly ends: readonly Subscriber<unknown>[]
  private readonly flushes = new Set<() => void>()

  /**
   * @param ends the operators that acknowledge its records
   * @param over called whenever one of them has completed, failed or was unsubscribed
   */
  constructor(ends: readonly Subscriber<unknown>[], over: () => void) {
    this.ends = ends
    for (const end of ends) end.add(over)
  }

  /** What an operator that collects records does to release them. */
  onFlush(run: () => void): () => void {
    this.flushes.add(run)
    return () => {
      this.flushes.delete(run)
    }
  }

  /** Operators that collect records release them. */
  flush(): void {
    for (const run of [...this.flushes]) run()
  }

  /** Nothing that it has got is acknowledged any more. Never known of a pipeline without `ack()`. */
  get isOver(): boolean {
    return this.held <= 0 && this.ends.length > 0 && this.ends.every(({ closed }) => closed)
  }
}
