import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import { type RetryBackoff, retryDelay } from '../scheduling/backoff-delay.js'
import { reconnecting } from '../protocol/reconnecting.js'

/** The reason text for a group that cannot be joined yet. */
export const waitsForGroup = (groupId: string): string => `the group ${groupId} cannot be joined yet`

/** The effects of a coordinator's failure: an event, and a retry. */
export type RetryEffect =
  | { readonly _tag: 'event'; readonly event: ConsumerEvent }
  | { readonly _tag: 'arm'; readonly timer: 'retry'; readonly inMs: number }

interface RetryOptions extends RetryBackoff {
  readonly groupId: string
  readonly random: () => number
}

/** Counts the failures of a member's coordinator since its last regular answer: each wait is longer. */
export class CoordinatorRetries {
  private readonly options: RetryOptions
  private failures = 0

  constructor(options: RetryOptions) {
    this.options = options
  }

  answered(): void {
    this.failures = 0
  }

  /** The group could not be joined: emits an event, and arms the next attempt. */
  ofJoin(fault: Fault): readonly RetryEffect[] {
    const inMs = this.wait()
    const reason = waitsForGroup(this.options.groupId)
    const event: ConsumerEvent =
      fault._tag === 'BrokerFault' ? { _tag: 'waiting', reason, fault, inMs } : this.unreachable(fault, inMs)
    return [
      { _tag: 'event', event },
      { _tag: 'arm', timer: 'retry', inMs }
    ]
  }

  /** A heartbeat failed: emits an event if the network is the cause, and says how long to wait for the next. */
  ofHeartbeat(fault: Fault): { readonly inMs: number; readonly effects: readonly RetryEffect[] } {
    const inMs = this.wait()
    if (fault._tag === 'BrokerFault') return { inMs, effects: [] }
    return { inMs, effects: [{ _tag: 'event', event: this.unreachable(fault, inMs) }] }
  }

  private wait(): number {
    this.failures++
    return retryDelay(this.failures, this.options, this.options.random)
  }

  private unreachable(fault: Fault, inMs: number): ConsumerEvent {
    return reconnecting(fault, 'group coordinator', this.failures, inMs)
  }
}
