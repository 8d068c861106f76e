import { Subscription } from 'rxjs'
import type { Cancel } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import { FetchSession } from './fetch-session.js'
import type { AskedPartition, FetchCall, FetchState } from './fetch-state.js'

/** The fetching from one broker. */
export class NodeLoop {
  readonly session: FetchSession<AskedPartition>
  failures = 0
  /** why the last request failed, until one is answered */
  trouble: Fault | null = null
  /** set while nothing is asked because of a failure */
  resume: Cancel | null = null
  /** where the next request's partitions begin, so that a full answer does not always serve the same ones */
  rotation = 0
  /** the request of the session that is under way, and the one beside it */
  private call: FetchCall | null = null
  private refill: FetchCall | null = null

  private readonly node: number

  /** `stands` is called for each partition that is asked for as it was answered. */
  constructor(node: number, stands: (state: FetchState) => void) {
    this.node = node
    this.session = new FetchSession(({ state }) => {
      stands(state)
    })
  }

  /** What may be sent now: the session's request, or beside its long poll one for partitions that are no part of it. */
  get isFree(): 'for all' | 'for a refill' | 'no' {
    if (this.resume !== null) return 'no'
    if (this.call === null) return 'for all'
    return this.call.isPoll && this.refill === null ? 'for a refill' : 'no'
  }

  /** These are asked for from now on, until the `end` of the call is unsubscribed. */
  begin(which: 'call' | 'refill', asked: readonly AskedPartition[], isPoll: boolean, sentAt: number): FetchCall {
    const call: FetchCall = { node: this.node, sentAt, isPoll, end: new Subscription() }
    this[which] = call
    for (const { state } of asked) state.call = call
    call.end.add(() => {
      if (this[which] === call) this[which] = null
      for (const { state } of asked) if (state.call === call) state.call = null
    })
    return call
  }

  /** Forgets what is under way: what the broker has heard of it is unknown. */
  giveUp(): void {
    this.call?.end.unsubscribe()
    this.refill?.end.unsubscribe()
    this.session.lost()
  }
}
