import { noticeMs } from '../../core/scheduling/waits.js'
import type { Cancel } from '../../model/clock.js'
import type { SessionContext } from '../session-context.js'

/** A JoinGroup that takes longer than this waits for other members. */
const heldMs = 2_000

/** Reports a JoinGroup that the group does not answer, since it waits for its other members. */
export class JoinWatch {
  private readonly context: SessionContext
  private readonly groupId: string
  private timer: Cancel | null = null
  private reported = false

  constructor(context: SessionContext, groupId: string) {
    this.context = context
    this.groupId = groupId
  }

  sent(): void {
    this.stop()
    this.arm(this.context.clock.now(), heldMs)
  }

  answered(): void {
    this.stop()
    if (this.reported)
      this.context.handlers.event({ _tag: 'recovered', from: 'joining', what: this.groupId, afterMs: 0 })
    this.reported = false
  }

  stop(): void {
    this.timer?.()
    this.timer = null
  }

  private arm(since: number, inMs: number): void {
    const { clock, settings, handlers } = this.context
    this.timer = clock.schedule(inMs, () => {
      this.arm(since, noticeMs)
      this.reported = true
      const { groupId } = this
      handlers.event({ _tag: 'joining', groupId, forMs: clock.now() - since, atMostMs: settings.rebalanceTimeoutMs })
    })
  }
}
