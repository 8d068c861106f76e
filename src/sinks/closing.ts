import { milliseconds, optional, problemsWithOptions } from '../model/check-arguments.js'
import type { Cancel, Clock } from '../model/clock.js'
import { ConsumerError } from '../model/consumer-error.js'

/** How a producer is closed. */
export interface CloseOptions {
  /**
   * The time limit, in ms from the call, whether brokers answer or not. If there are two calls, the earlier deadline
   * holds.
   *
   * @default none: it waits for all results
   */
  readonly timeoutMs?: number
}

/** How a producer closes. */
export interface Closes {
  /** Resolves when there is nothing left to wait for. */
  readonly finished: () => Promise<unknown>
  /** The deadline has passed: fails records without a result. */
  readonly giveUp: () => void
  /** The last step in both cases. */
  readonly release: () => void
}

/** Closes once: when there is nothing left to wait for, or at the earliest deadline. */
export class Closing {
  private readonly clock: Clock
  private readonly closes: Closes
  private readonly deadlines: Cancel[] = []
  private closed: Promise<void> | null = null
  private resolve: (() => void) | null = null

  constructor(clock: Clock, closes: Closes) {
    this.clock = clock
    this.closes = closes
  }

  get hasBegun(): boolean {
    return this.closed !== null
  }

  /** Rejects with a `ConfigFault` for invalid options, and then closes nothing. */
  begin(options: CloseOptions = {}): Promise<void> {
    const problems = problemsWithOptions('close', options, { timeoutMs: optional(milliseconds) })
    if (problems.length > 0) return Promise.reject(new ConsumerError({ _tag: 'ConfigFault', problems }))
    if (this.closed === null) {
      this.closed = new Promise((resolve) => {
        this.resolve = resolve
      })
      void this.closes.finished().then(() => {
        this.end()
      })
    }
    const { timeoutMs } = options
    if (timeoutMs !== undefined && this.resolve !== null)
      this.deadlines.push(
        this.clock.schedule(timeoutMs, () => {
          if (this.resolve === null) return
          this.closes.giveUp()
          this.end()
        })
      )
    return this.closed
  }

  private end(): void {
    const { resolve } = this
    if (resolve === null) return
    this.resolve = null
    for (const cancel of this.deadlines) cancel()
    this.closes.release()
    resolve()
  }
}
