import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { EpochChecks, type EpochAnswer } from '../../../../src/core/fetching/epoch-checks.js'
import type { FetchEffect } from '../../../../src/core/fetching/fetch-effects.js'
import type { EpochEnd } from '../../../../src/core/fetching/fetch-messages.js'
import {
  newPartitionFetchState,
  type PartitionFetchState
} from '../../../../src/core/fetching/partition-fetch-state.js'
import { errorCode } from '../../../../src/core/protocol/error-code.js'

const place = { topic: 't', partition: 0 }

/** A partition at offset 10, the last record of which was read under epoch 3. */
class Trial {
  readonly effects: FetchEffect[] = []
  readonly checks = new EpochChecks((effect) => this.effects.push(effect))
  readonly state: PartitionFetchState = newPartitionFetchState(place)

  constructor(leaderEpoch: number, readEpoch = 3) {
    this.lead(leaderEpoch)
    this.state.beginAt(7, 10n, readEpoch)
  }
  lead(epoch: number): void {
    this.state.located({ topicId: null, node: 1, epoch })
  }
  get isDue(): boolean {
    return this.checks.isDue(this.state)
  }
  /** The id of the request that asks for it. */
  ask(): number {
    this.checks.ask(1, [this.state])
    const last = this.effects.at(-1)
    if (last?._tag !== 'check epochs') throw new Error('nothing is asked')
    return last.id
  }
  answer(id: number, end: Partial<EpochEnd>): EpochAnswer | null {
    const whole = { ...place, code: errorCode.NONE, leaderEpoch: 3, endOffset: 20n, ...end }
    return this.checks.answered(id, right([whole]))
  }
  verdict(end: Partial<EpochEnd>): unknown {
    const answer = this.answer(this.ask(), end)
    return answer?.result._tag === 'Right' ? answer.result.right[0]?.verdict : answer
  }
}

describe('EpochChecks', () => {
  it.each<[string, number, number, boolean]>([
    ['the leader is the one whose records were read', 3, 3, false],
    ['another leads since', 4, 3, true],
    ['nothing was read yet', 4, -1, false],
    ['the leader’s epoch is not known', -1, 3, false],
    // Of a topic that was deleted and made again, or the metadata lags behind.
    ['the record read is of an epoch that the leader has not reached', 2, 3, true]
  ])('where %s (epoch %i, read under %i): a check is due: %s', (_what, leaderEpoch, readEpoch, isDue) => {
    expect(new Trial(leaderEpoch, readEpoch).isDue).toBe(isDue)
  })

  it('asks the leader where the epoch of the last record ends, once', () => {
    const trial = new Trial(4)
    trial.ask()
    trial.checks.ask(1, [trial.state])

    expect(trial.effects).toEqual([
      { _tag: 'check epochs', id: 1, node: 1, queries: [{ ...place, currentLeaderEpoch: 4, leaderEpoch: 3 }] }
    ])
    expect(trial.state.phase).toBe('validating')
  })

  it.each<[string, Partial<EpochEnd>, object]>([
    ['ends behind the position', { endOffset: 11n }, { _tag: 'in the log' }],
    ['ends at it', { endOffset: 10n }, { _tag: 'in the log' }],
    ['ends before it', { endOffset: 8n }, { _tag: 'truncated', endOffset: 8n }],
    ['is not known', { leaderEpoch: -1, endOffset: -1n }, { _tag: 'truncated', endOffset: null }],
    ['may not be read', { code: errorCode.TOPIC_AUTHORIZATION_FAILED }, { _tag: 'unauthorized' }],
    [
      'is asked of another broker than the leader',
      { code: errorCode.NOT_LEADER_OR_FOLLOWER },
      { _tag: 'not ready', fault: { name: 'NOT_LEADER_OR_FOLLOWER' } }
    ]
  ])('where the epoch %s', (_what, end, verdict) => {
    expect(new Trial(4).verdict(end)).toMatchObject(verdict)
  })

  it('treats an epoch that its leader has never had as that of another topic', () => {
    expect(new Trial(2).verdict({ leaderEpoch: -1, endOffset: -1n })).toEqual({ _tag: 'recreated' })
  })

  it('checks again only under a newer leader', () => {
    const trial = new Trial(4)
    trial.answer(trial.ask(), {})
    expect([trial.state.phase, trial.isDue]).toEqual(['fetching', false])
    trial.lead(5)

    expect(trial.isDue).toBe(true)
  })

  it('ignores the answer for a position that was moved meanwhile', () => {
    const trial = new Trial(4)
    const id = trial.ask()
    trial.state.beginAt(8, 50n, 3)

    expect(trial.answer(id, { endOffset: 8n })).toEqual({ node: 1, result: right([]) })
    expect(trial.answer(id, { endOffset: 8n })).toBeNull()
  })

  it('is still due if the request has failed, and if the answer does not name the partition', () => {
    const trial = new Trial(4)
    const fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'cut' } as const
    expect(trial.checks.answered(trial.ask(), left(fault))).toEqual({ node: 1, result: left(fault) })
    expect([trial.state.phase, trial.isDue]).toEqual(['fetching', true])
    const answer = trial.checks.answered(trial.ask(), right([]))

    expect(answer?.result).toMatchObject({ right: [{ verdict: { _tag: 'not ready' } }] })
    expect(trial.isDue).toBe(true)
  })
})
