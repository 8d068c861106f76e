import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { isCoordinatorTrouble } from '../core/protocol/coordinator-verdict.js'
import { brokerFault, errorCode } from '../core/protocol/error-code.js'
import type { Cancel, Clock } from '../model/clock.js'
import type { Fault, UnreachableFault } from '../model/fault.js'

/**
 * Whether any broker answers, and whether the group's coordinator does. Calls `lost`, never within an answer, when
 * requests to one of the two have failed for this long since its last answer.
 */
export class Reachability {
  private readonly any: Reach
  private readonly coordinator: Reach

  constructor(withinMs: number, clock: Clock, lost: (fault: UnreachableFault) => void) {
    const any = new Reach('any broker', withinMs, clock, lost)
    this.any = any
    this.coordinator = new Reach('the coordinator', withinMs, clock, (fault) => {
      // If no broker answers, the coordinator is not the reason.
      lost(any.silentForMs > withinMs / 2 ? { ...fault, what: 'any broker' } : fault)
    })
  }

  /** A request to a node, or to any broker, was answered, or has failed. */
  answered(answer: Either<Fault, unknown>): void {
    this.any.answered(answer)
  }

  /** A request to the coordinator was answered, or has failed. */
  coordinatorAnswered<A>(answer: Either<Fault, A>, codeOf: (answer: A) => number): void {
    this.any.answered(answer)
    const code = isLeft(answer) ? errorCode.NONE : codeOf(answer.right)
    if (isCoordinatorTrouble(code)) this.coordinator.missed(brokerFault('the coordinator', code))
    else this.coordinator.answered(answer)
  }

  /** Stops watching. */
  stop(): void {
    this.any.stop()
    this.coordinator.stop()
  }
}

/** Whether one of them can be reached. */
class Reach {
  private readonly what: UnreachableFault['what']
  private readonly withinMs: number
  private readonly clock: Clock
  private readonly lost: (fault: UnreachableFault) => void
  private lastAnsweredAt: number
  private timer: Cancel | null = null
  private fault: Fault | null = null
  private stopped = false

  constructor(what: UnreachableFault['what'], withinMs: number, clock: Clock, lost: (fault: UnreachableFault) => void) {
    this.what = what
    this.withinMs = withinMs
    this.clock = clock
    this.lost = lost
    this.lastAnsweredAt = clock.now()
  }

  /** the time since its last answer */
  get silentForMs(): number {
    return this.clock.now() - this.lastAnsweredAt
  }

  answered(answer: Either<Fault, unknown>): void {
    if (isLeft(answer)) {
      // Any other fault is an answer.
      if (answer.left._tag === 'ConnectionFault' || answer.left._tag === 'FrameFault') this.missed(answer.left)
      return
    }
    this.lastAnsweredAt = this.clock.now()
    this.stopTimer()
  }

  missed(fault: Fault): void {
    this.fault = fault
    if (this.timer !== null || this.stopped) return
    const inMs = Math.max(0, this.lastAnsweredAt + this.withinMs - this.clock.now())
    this.timer = this.clock.schedule(inMs, () => {
      this.timer = null
      const { what, silentForMs: forMs, fault } = this
      if (fault !== null) this.lost({ _tag: 'UnreachableFault', what, forMs, fault })
    })
  }

  stop(): void {
    this.stopped = true
    this.stopTimer()
  }

  private stopTimer(): void {
    this.timer?.()
    this.timer = null
  }
}
