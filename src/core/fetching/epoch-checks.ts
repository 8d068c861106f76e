import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { Fault } from '../../model/fault.js'
import { keyOf } from '../../model/topic-partition.js'
import { brokerFault, errorCode } from '../protocol/error-code.js'
import type { Emit } from './fetch-effects.js'
import type { EpochEnd } from './fetch-messages.js'
import { fetchVerdict } from './fetch-verdict.js'
import type { PartitionFetchState } from './partition-fetch-state.js'

/** A partition in a request to its leader, with the values sent. */
interface CheckedPosition {
  readonly state: PartitionFetchState
  readonly cursor: number
  /** the leader's epoch as the client knows it */
  readonly epoch: number
}

/** What the leader's answer means for a position. */
export type EpochVerdict =
  | { readonly _tag: 'in the log' }
  /** The log was truncated; null: the leader does not know where. */
  | { readonly _tag: 'truncated'; readonly endOffset: bigint | null }
  /** The log belongs to another topic of the same name. */
  | { readonly _tag: 'recreated' }
  | { readonly _tag: 'unauthorized' }
  /** The leader is elsewhere, or not ready. */
  | { readonly _tag: 'not ready'; readonly fault: Fault }

export interface EpochAnswer {
  readonly node: number
  readonly result: Either<Fault, readonly { readonly state: PartitionFetchState; readonly verdict: EpochVerdict }[]>
}

/**
 * Detects a log that was truncated below the position. After an unclean election the new leader's log may be shorter than
 * the former leader's, and by now have other records at the same offsets. So whenever a partition's leader epoch has risen, the client asks the
 * leader, before it fetches anything more, where the epoch of the last record read ends. The rule is that of Java's
 * `OffsetsForLeaderEpochClient` (KIP-320).
 *
 * A committed offset may also belong to a deleted topic: then its epoch is one that the leader has not reached.
 */
export class EpochChecks {
  private readonly emit: Emit
  private readonly underWay = new Map<
    number,
    { readonly node: number; readonly asked: ReadonlyMap<string, CheckedPosition> }
  >()
  private lastId = 0

  constructor(emit: Emit) {
    this.emit = emit
  }

  /** Whether the partition's offset has to be checked before it is fetched. */
  isDue({ phase, position, leader }: PartitionFetchState): boolean {
    if (phase === 'validating') return true
    const { leaderEpoch: read, checkedUnder } = position
    const { epoch: current } = leader
    if (read < 0 || current < 0) return false
    // An epoch of the future belongs to another log, unless the metadata lags behind: the leader knows.
    return read > current ? checkedUnder !== current : current > Math.max(checkedUnder, read)
  }

  ask(node: number, states: readonly PartitionFetchState[]): void {
    const positions = new Map<string, CheckedPosition>()
    for (const state of states) {
      if (state.phase === 'validating') continue
      state.validate()
      positions.set(state.key, { state, cursor: state.position.cursor, epoch: state.leader.epoch })
    }
    if (positions.size === 0) return
    const queries = [...positions.values()].map(({ state: { place, position }, epoch }) => ({
      topic: place.topic,
      partition: place.partition,
      currentLeaderEpoch: epoch,
      leaderEpoch: position.leaderEpoch
    }))
    const id = ++this.lastId
    this.underWay.set(id, { node, asked: positions })
    this.emit({ _tag: 'check epochs', id, node, queries })
  }

  /** The answer for the positions that are still to be checked; null if no request is in flight. */
  answered(id: number, answer: Either<Fault, readonly EpochEnd[]>): EpochAnswer | null {
    const check = this.underWay.get(id)
    if (check === undefined) return null
    this.underWay.delete(id)
    const { node, asked } = check
    // A partition that has a new position by now, or is stopped, is not checked any more.
    const current = [...asked].filter(
      ([, { state, cursor }]) => state.position.cursor === cursor && state.phase === 'validating'
    )
    for (const [, { state }] of current) state.validated()
    if (isLeft(answer)) return { node, result: answer }
    const ends = new Map(answer.right.map((end) => [keyOf(end), end]))
    const verdicts = current.map(([key, one]) => ({ one, verdict: verdictOn(one, ends.get(key)) }))
    for (const { one, verdict } of verdicts) if (verdict._tag === 'in the log') one.state.validated(one.epoch)
    return { node, result: right(verdicts.map(({ one, verdict }) => ({ state: one.state, verdict }))) }
  }
}

const verdictOn = ({ state, epoch }: CheckedPosition, end: EpochEnd | undefined): EpochVerdict => {
  const { place, position } = state
  const code = end?.code ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION
  const verdict = fetchVerdict(code)
  if (verdict === 'unauthorized') return { _tag: 'unauthorized' }
  if (end === undefined || verdict !== 'served')
    return { _tag: 'not ready', fault: brokerFault('OffsetForLeaderEpoch', code, place.topic, place.partition) }
  if (end.leaderEpoch < 0 || end.endOffset < 0n)
    return position.leaderEpoch > epoch ? { _tag: 'recreated' } : { _tag: 'truncated', endOffset: null }
  return end.endOffset < position.offset ? { _tag: 'truncated', endOffset: end.endOffset } : { _tag: 'in the log' }
}
