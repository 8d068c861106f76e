import type { Fault } from '../../model/fault.js'
import { FetchSession } from './fetch-session.js'
import type { FetchCall, RequestedPartition } from './partition-fetch-state.js'

/** The fetching from one broker: its session, what is under way, and whether it can be reached. */
export class BrokerFetches {
  readonly node: number
  readonly session = new FetchSession<RequestedPartition>()
  private failures = 0
  private fault: Fault | null = null
  private paused = false
  private rotation = 0
  /** the request of the session that is under way, and the one beside it */
  private readonly calls: { session: FetchCall | null; refill: FetchCall | null } = { session: null, refill: null }

  constructor(node: number) {
    this.node = node
  }

  /** Why the last request failed, until one is answered. */
  get trouble(): Fault | null {
    return this.fault
  }

  /** Whether nothing is asked of it because of a failure, until `resume`. */
  get isPaused(): boolean {
    return this.paused
  }

  /** What may be sent now: the session's request, or beside its long poll one for partitions that are no part of it. */
  get isFree(): 'for all' | 'for a refill' | 'no' {
    if (this.paused) return 'no'
    if (this.calls.session === null) return 'for all'
    return this.calls.session.isPoll && this.calls.refill === null ? 'for a refill' : 'no'
  }

  /** These, beginning elsewhere each time, so that a full answer does not always serve the same ones. */
  rotated<A>(items: readonly A[]): readonly A[] {
    const first = this.rotation++ % items.length
    return [...items.slice(first), ...items.slice(0, first)]
  }

  begin(call: FetchCall): void {
    this.calls[call.kind] = call
    for (const { state } of call.requested) state.sentIn(call)
  }

  /** It was answered, has failed, or is given up. */
  ended(call: FetchCall): void {
    if (this.calls[call.kind] === call) this.calls[call.kind] = null
    for (const { state } of call.requested) state.sentNoMore(call)
  }

  /** Nothing is asked until `resume`. Returns how often in a row it has failed. */
  failed(fault: Fault): number {
    this.fault = fault
    this.paused = true
    return ++this.failures
  }

  resume(): void {
    this.paused = false
  }

  answered(): void {
    this.failures = 0
    this.fault = null
  }

  /** Forgets what is under way: what the broker has heard of it is unknown. Returns what it was. */
  giveUp(): readonly FetchCall[] {
    const { session, refill } = this.calls
    this.session.lost()
    const given = [session, refill].filter((call) => call !== null)
    for (const call of given) this.ended(call)
    return given
  }
}
