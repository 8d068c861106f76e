import type { Fault } from '../../model/fault.js'
import { FetchSession } from './fetch-session.js'
import type { FetchCall, RequestedPartition } from './partition-fetch-state.js'

/** Fetching from one broker: its session, its requests in flight, and whether it can be reached. */
export class BrokerFetches {
  readonly node: number
  readonly session = new FetchSession<RequestedPartition>()
  private failures = 0
  private fault: Fault | null = null
  private paused = false
  private rotation = 0
  /** the session's request in flight, and the one beside it */
  private readonly calls: { session: FetchCall | null; refill: FetchCall | null } = { session: null, refill: null }

  constructor(node: number) {
    this.node = node
  }

  /** Why the last request failed, until one is answered. */
  get trouble(): Fault | null {
    return this.fault
  }

  /** Whether requests pause because of a failure, until `resume`. */
  get isPaused(): boolean {
    return this.paused
  }

  /** What may be sent now: the request of the session, or during its long poll a refill for other partitions; null: nothing. */
  get nextKind(): FetchCall['kind'] | null {
    if (this.paused) return null
    if (this.calls.session === null) return 'session'
    return this.calls.session.isPoll && this.calls.refill === null ? 'refill' : null
  }

  /** The items with a different first one each time, so that full answers do not always serve the same partitions. */
  rotated<A>(items: readonly A[]): readonly A[] {
    const first = this.rotation++ % items.length
    return [...items.slice(first), ...items.slice(0, first)]
  }

  begin(call: FetchCall): void {
    this.calls[call.kind] = call
    for (const { state } of call.requested) state.sentIn(call)
  }

  /** The call was answered, has failed, or is abandoned. */
  ended(call: FetchCall): void {
    if (this.calls[call.kind] === call) this.calls[call.kind] = null
    for (const { state } of call.requested) state.sentNoMore(call)
  }

  /** A request failed: nothing is requested until `resume`. Returns the number of failures in a row. */
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

  /** Forgets the requests in flight: the broker may or may not have received them. Returns them. */
  giveUp(): readonly FetchCall[] {
    const { session, refill } = this.calls
    this.session.lost()
    const abandoned = [session, refill].filter((call) => call !== null)
    for (const call of abandoned) this.ended(call)
    return abandoned
  }
}
