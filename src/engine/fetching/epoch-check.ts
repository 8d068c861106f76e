import { isLeft } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import { brokerFault, errorCode as code } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { EpochEnd } from '../../ports/kafka-calls.js'
import type { FetchState } from './fetch-state.js'
import type { SessionContext } from '../session-context.js'

export interface EpochCheckHost {
  /** The leader could not be asked. */
  readonly failed: (node: number, fault: Fault) => void
  /** The leader is elsewhere, or not ready. */
  readonly notReady: (state: FetchState, fault: Fault) => void
  /** It was answered: the partition may be fetched again. */
  readonly answered: () => void
}

/**
 * Notices a log that was cut below the position. A new leader may have less than the former had (an unclean election),
 * and by now other records at the same offsets: whenever a partition's leader epoch has risen, the leader is asked where
 * the epoch of the last record that was read ends, before anything more is fetched. The rule is that of Java's
 * `OffsetsForLeaderEpochClient` (KIP-320).
 *
 * A stored offset may also be one of a topic that is no more: its epoch then is one that the leader has not reached.
 */
export class EpochCheck {
  private readonly context: SessionContext
  private readonly host: EpochCheckHost
  private readonly requests = new Subscription()

  constructor(context: SessionContext, host: EpochCheckHost) {
    this.context = context
    this.host = host
  }

  /** Whether the partition's offset has to be checked before it is fetched. */
  isDue(state: FetchState): boolean {
    if (state.checking) return true
    const { leaderEpoch: read, currentLeaderEpoch: current, checkedUnder } = state
    if (read < 0 || current < 0) return false
    // An epoch of the future is one of another log, unless it is the metadata that lags behind: the leader knows.
    return read > current ? checkedUnder !== current : current > Math.max(checkedUnder, read)
  }

  ask(node: number, states: readonly FetchState[]): void {
    const asked = new Map<string, { readonly state: FetchState; readonly cursor: number; readonly epoch: number }>()
    for (const state of states) {
      if (state.checking) continue
      state.checking = true
      asked.set(state.key, { state, cursor: state.cursor, epoch: state.currentLeaderEpoch })
    }
    if (asked.size === 0) return
    const queries = [...asked.values()].map(({ state, epoch }) => ({
      topic: state.topic,
      partition: state.partition,
      currentLeaderEpoch: epoch,
      leaderEpoch: state.leaderEpoch
    }))
    const call: Subscription = this.context.calls.offsetForLeaderEpoch(node, queries).subscribe({
      next: (answer) => {
        const current = [...asked].filter(([, { state, cursor }]) => state.cursor === cursor)
        for (const [, { state }] of current) state.checking = false
        if (isLeft(answer)) {
          this.host.failed(node, answer.left)
          return
        }
        const ends = new Map(answer.right.map((end) => [partitionKey(end.topic, end.partition), end]))
        for (const [key, { state, epoch }] of current) this.checked(state, epoch, ends.get(key))
        this.host.answered()
      },
      complete: () => {
        this.requests.remove(call)
      }
    })
    if (!call.closed) this.requests.add(call)
  }

  close(): void {
    this.requests.unsubscribe()
  }

  private checked(state: FetchState, epoch: number, end: EpochEnd | undefined): void {
    const { handlers } = this.context
    if (end?.code === code.TOPIC_AUTHORIZATION_FAILED) {
      state.readable = false
      handlers.refused(state, state.cursor, { _tag: 'AuthorizationFault', resource: 'topic', name: state.topic })
    } else if (end?.code !== code.NONE) {
      const given = end?.code ?? code.UNKNOWN_TOPIC_OR_PARTITION
      this.host.notReady(state, brokerFault('OffsetForLeaderEpoch', given, state.topic, state.partition))
    } else if (end.leaderEpoch < 0 || end.endOffset < 0n) {
      if (state.leaderEpoch > epoch) this.recreated(state)
      else this.truncated(state, null)
    } else if (end.endOffset < state.offset) this.truncated(state, end.endOffset)
    else state.checkedUnder = epoch
  }

  private recreated(state: FetchState): void {
    state.readable = false
    this.context.handlers.recreated(state.topic, state.partition)
  }

  private truncated(state: FetchState, endOffset: bigint | null): void {
    state.readable = false
    this.context.handlers.truncated(state, state.cursor, endOffset)
  }
}
