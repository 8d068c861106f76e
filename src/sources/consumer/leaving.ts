import type { Subscription } from 'rxjs'
import type { Cancel, Clock } from '../../model/clock.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'

/** How a run leaves its group: by the earliest of its deadlines, whether or not the brokers answer. */
export class Leaving {
  private readonly clock: Clock
  private readonly session: ConsumerSession
  private readonly left: () => void
  private deadline = Infinity
  private underWay: Subscription | null = null
  private timer: Cancel | null = null
  private tellsGroup = true

  /** @param left called once, when it has left */
  constructor(clock: Clock, session: ConsumerSession, left: () => void) {
    this.clock = clock
    this.session = session
    this.left = left
  }

  /** Sets a deadline; a later one than the current changes nothing. */
  by(deadline: number): void {
    this.deadline = Math.min(this.deadline, deadline)
    if (this.underWay !== null) this.arm()
  }

  /** Whether the member leaves the group; otherwise the group waits for its session to expire. */
  tell(group: boolean): void {
    this.tellsGroup = group
  }

  begin(): void {
    this.arm()
    this.underWay = this.session.leave(this.tellsGroup).subscribe(() => {
      this.over()
    })
  }

  private arm(): void {
    if (this.deadline === Infinity) return
    this.timer?.()
    this.timer = this.clock.schedule(Math.max(0, this.deadline - this.clock.now()), () => {
      this.over()
    })
  }

  private over(): void {
    this.timer?.()
    this.timer = null
    this.underWay?.unsubscribe()
    this.left()
  }
}
