import type { Clock } from '../../model/clock.js'
import type { SharePartition } from './share-partition.js'

/** The context of lock expiry, and who is notified of it. */
export interface LockExpiryHost {
  readonly clock: Clock
  readonly partitions: () => Iterable<SharePartition>
  /** Called when records have become available again. */
  readonly wake: () => void
}

/**
 * Ends expired locks of share partitions. One timer, which is armed only while something is locked, so that it does not keep
 * the process alive.
 */
export class LockExpiry {
  private readonly host: LockExpiryHost
  private timer: { readonly at: number; readonly cancel: () => void } | null = null

  constructor(host: LockExpiryHost) {
    this.host = host
  }

  /** Locks were acquired or renewed until this time. */
  lockedUntil(deadline: number): void {
    if (this.timer !== null && this.timer.at <= deadline) return
    this.timer?.cancel()
    const { clock } = this.host
    const cancel = clock.schedule(Math.max(0, deadline - clock.now()), () => {
      this.timer = null
      this.expire()
    })
    this.timer = { at: deadline, cancel }
  }

  /** Locks were released. */
  unlocked(): void {
    if (this.timer === null || [...this.host.partitions()].some(({ locked }) => locked > 0)) return
    this.timer.cancel()
    this.timer = null
  }

  private expire(): void {
    const now = this.host.clock.now()
    let some = false
    let next = Infinity
    for (const partition of this.host.partitions()) {
      if (partition.expire(now)) some = true
      next = Math.min(next, partition.nextDeadline)
    }
    if (next < Infinity) this.lockedUntil(next)
    if (some) this.host.wake()
  }
}
