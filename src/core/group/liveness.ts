import { errorCode } from '../protocol/error-code.js'
import type { MembershipEffect } from './membership-messages.js'

/**
 * Heartbeat interval after a cooperative assignment: the second phase begins only when each member has learned of the
 * rebalance.
 */
const quickBeatMs = 250
const quickIntervals = 2

export interface LivenessOptions {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
}

/** What the group knows about this member: its heartbeats and its session. Methods return effects. */
export class Liveness {
  private readonly options: LivenessOptions
  private lastGood = 0
  private lastQuiet = 0
  private quickUntil = 0
  private underWay = false

  constructor(options: LivenessOptions) {
    this.options = options
  }

  /** When the last heartbeat was sent whose answer showed no rebalance: until then the group was not waiting for members. */
  get quietSince(): number {
    return this.lastQuiet
  }

  /** The group has accepted the member (again). */
  joined(now: number): readonly MembershipEffect[] {
    this.lastGood = this.lastQuiet = now
    // The answer to a heartbeat of the former generation may never come.
    this.underWay = false
    const { sessionTimeoutMs } = this.options
    return [arm('heartbeat', this.interval(now)), arm('session', sessionTimeoutMs)]
  }

  /** The time after which every member has learned of the rebalance. */
  get quickForMs(): number {
    return quickIntervals * this.options.heartbeatIntervalMs
  }

  /** Another phase of the rebalance may follow, so heartbeats come more often for a while. */
  quicken(now: number): readonly MembershipEffect[] {
    this.quickUntil = now + this.quickForMs
    return [arm('heartbeat', this.interval(now))]
  }

  /** A heartbeat is due. */
  beat(memberId: string, generation: number, now: number): readonly MembershipEffect[] {
    const next = arm('heartbeat', this.interval(now))
    if (this.underWay) return [next]
    this.underWay = true
    return [next, { _tag: 'heartbeat', memberId, generation }]
  }

  /** The heartbeat in flight was answered, or has failed. */
  over(): void {
    this.underWay = false
  }

  /** The group has answered a heartbeat. A rebalance code counts too: the broker has noted the heartbeat. */
  answered(code: number, sentAt: number, now: number): readonly MembershipEffect[] {
    if (code !== errorCode.NONE && code !== errorCode.REBALANCE_IN_PROGRESS) return []
    this.lastGood = Math.max(this.lastGood, sentAt)
    if (code === errorCode.NONE) this.lastQuiet = Math.max(this.lastQuiet, sentAt)
    return [arm('session', this.lastGood + this.options.sessionTimeoutMs - now)]
  }

  /** Sends the next heartbeat after this wait at the latest. */
  soon(inMs: number, now: number): MembershipEffect {
    return arm('heartbeat', Math.min(inMs, this.interval(now)))
  }

  /** Whether the group has removed the member. */
  isOver(now: number): boolean {
    return now - this.lastGood >= this.options.sessionTimeoutMs
  }

  private interval(now: number): number {
    const { heartbeatIntervalMs } = this.options
    return now < this.quickUntil ? Math.min(quickBeatMs, heartbeatIntervalMs) : heartbeatIntervalMs
  }
}

const arm = (timer: 'heartbeat' | 'session', inMs: number): MembershipEffect => ({ _tag: 'arm', timer, inMs })
