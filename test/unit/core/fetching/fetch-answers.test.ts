import { describe, expect, it } from 'vitest'
import { FetchAnswers } from '../../../../src/core/fetching/fetch-answers.js'
import type { FetchEffect, FetchingOptions } from '../../../../src/core/fetching/fetch-effects.js'
import type { FetchedPartition } from '../../../../src/core/fetching/fetch-messages.js'
import {
  newPartitionFetchState,
  type PartitionFetchState
} from '../../../../src/core/fetching/partition-fetch-state.js'
import { errorCode, type ErrorName } from '../../../../src/core/protocol/error-code.js'
import { fetchingOptions } from '../../../support/fetching-options.js'
import { batchAt } from '../../../support/record-runs.js'

const place = { topic: 't', partition: 0 }
/** A partition that is read from offset 0 on; its leader is node 1. */
class Trial {
  effects: FetchEffect[] = []
  knownLeaderIsNewer = false
  isNamed = true
  readonly state: PartitionFetchState = newPartitionFetchState(place)
  private readonly answers: FetchAnswers

  constructor(more: Partial<FetchingOptions> = {}) {
    const leaders = {
      leaderOf: () => 1,
      leaderEpochOf: () => 4,
      idOf: () => null,
      whyNoLeader: () => ({ _tag: 'UnknownTopicFault', topic: 't' }) as const,
      learnLeader: () => !this.knownLeaderIsNewer,
      isNamed: () => this.isNamed
    }
    this.answers = new FetchAnswers({ ...fetchingOptions, ...more }, leaders, (effect) => this.effects.push(effect))
    this.state.located({ topicId: null, node: 1, epoch: 4 })
    this.state.beginAt(7, 0n, -1)
  }
  /** The effects of an answer at 1,000 ms. */
  take(fetched: Partial<FetchedPartition>, node = 1): readonly FetchEffect[] {
    this.effects = []
    const whole = { ...place, code: errorCode.NONE, highWatermark: 5n, lastStableOffset: 5n, logStart: 0n, aborted: [], preferredReplica: -1, records: null, ...fetched } // prettier-ignore
    this.answers.take(this.state.requestOf(1_000), whole, node, 1_000)
    return this.effects
  }
  code(name: ErrorName, node = 1): readonly FetchEffect[] {
    return this.take({ code: errorCode[name] }, node)
  }
}
const tags = (effects: readonly FetchEffect[]): readonly string[] => effects.map(({ _tag }) => _tag)

describe('FetchAnswers', () => {
  it('hands on records under the cursor they were requested with, and moves the position behind them', () => {
    const trial = new Trial()

    expect(trial.take({ records: batchAt(0n, 'a', 'b') })).toMatchObject([
      { _tag: 'records', fetched: { cursor: 7, highWatermark: 5n, run: { nextOffset: 2n } } }
    ])
    expect(trial.state.position).toMatchObject({ offset: 2n, checkedUnder: 4 })
  })

  it('hands on a new end of the log without records, and nothing where nothing is new', () => {
    const trial = new Trial()

    expect([tags(trial.take({})), tags(trial.take({})), tags(trial.take({ lastStableOffset: 4n }))]).toEqual([
      ['records'],
      [],
      ['records']
    ])
  })

  it.each<[ErrorName, readonly string[], PartitionFetchState['phase']]>([
    ['OFFSET_OUT_OF_RANGE', ['out of range'], 'awaiting position'],
    ['TOPIC_AUTHORIZATION_FAILED', ['refused'], 'awaiting position'],
    ['CORRUPT_MESSAGE', [], 'fetching'],
    ['NOT_LEADER_OR_FOLLOWER', ['refresh metadata'], 'fetching'],
    ['UNKNOWN_TOPIC_OR_PARTITION', ['refresh metadata'], 'fetching'],
    ['KAFKA_STORAGE_ERROR', ['refresh metadata'], 'fetching'],
    ['UNKNOWN_SERVER_ERROR', ['refresh metadata'], 'fetching']
  ])('follows %s with %j, and is then %s', (name, effects, phase) => {
    const trial = new Trial()

    expect([tags(trial.code(name)), trial.state.phase]).toEqual([effects, phase])
  })

  it('waits for a topic that only matches a pattern while the user may not read it', () => {
    const trial = new Trial()
    trial.isNamed = false
    trial.code('TOPIC_AUTHORIZATION_FAILED')

    expect([trial.code('TOPIC_AUTHORIZATION_FAILED'), trial.state.phase]).toMatchObject([
      [
        { _tag: 'event', event: { _tag: 'waiting', fault: { _tag: 'AuthorizationFault', name: 't' } } },
        { _tag: 'refresh metadata' }
      ],
      'fetching'
    ])
  })

  it('asks the leader where a follower has no such offset: it may only be behind', () => {
    const trial = new Trial()
    trial.state.readFrom({ node: 2, until: 10_000 })

    expect([trial.code('OFFSET_OUT_OF_RANGE', 2), trial.state.phase, trial.state.replica]).toEqual([
      [],
      'fetching',
      null
    ])
  })

  it('stops reading a partition whose log the broker repeatedly calls corrupt', () => {
    const trial = new Trial()
    let answers = 0
    do answers++
    while (trial.code('CORRUPT_MESSAGE').length === 0)

    expect(trial.effects).toMatchObject([{ _tag: 'refused', fault: { _tag: 'CorruptBatchFault', offset: 0n } }])
    expect(answers).toBeGreaterThan(1)
    const served = new Trial()
    served.code('CORRUPT_MESSAGE')
    served.take({})
    expect(served.state.refusals.corrupt).toBe(0)
  })

  it('reads on from the leader that the broker names, without metadata, and pauses only if that is not the leader', () => {
    const trial = new Trial()
    const named = { code: errorCode.NOT_LEADER_OR_FOLLOWER, currentLeader: { nodeId: 3, leaderEpoch: 5 } }

    expect(trial.take(named)).toEqual([])
    expect([trial.state.leader, trial.state.refusals.notBefore]).toMatchObject([{ node: 3, epoch: 5 }, 0])
    trial.take(named)
    expect(trial.state.refusals.notBefore).toBe(1_100)
    trial.knownLeaderIsNewer = true
    expect(tags(trial.take(named))).toContain('refresh metadata')
  })

  it('reports a wait from the second refusal on, and its end', () => {
    const trial = new Trial()
    const events = (effects: readonly FetchEffect[]) =>
      effects.flatMap((effect) => (effect._tag === 'event' ? effect.event._tag : []))

    expect(events(trial.code('NOT_LEADER_OR_FOLLOWER'))).toEqual([])
    expect(events(trial.code('NOT_LEADER_OR_FOLLOWER'))).toEqual(['waiting'])
    expect(events(trial.take({}))).toEqual(['recovered'])
    expect(events(trial.take({}))).toEqual([])
  })

  it('reads from the follower that the leader prefers, until metadata.max.age.ms', () => {
    const trial = new Trial()
    trial.take({ preferredReplica: 2 })

    expect(trial.state.replica).toEqual({ node: 2, until: 301_000 })
  })

  it('asks for more where a batch is larger than what was asked for, up to fetch.max.bytes', () => {
    const cut = batchAt(0n, 'x'.repeat(200)).subarray(0, 100)
    const trial = new Trial()

    expect([trial.take({ records: cut }), trial.state.minimumBytes]).toEqual([[], 1_000])
    for (let count = 0; count < 4; count++) expect(trial.take({ records: cut })).toEqual([])
    expect(trial.state.minimumBytes).toBe(10_000)
    expect(trial.take({ records: cut })).toMatchObject([{ _tag: 'refused', fault: { _tag: 'CorruptBatchFault' } }])
  })

  describe('checked', () => {
    const answersOf = (trial: Trial) => trial['answers']

    it.each<[Parameters<FetchAnswers['checked']>[1], readonly string[], PartitionFetchState['phase']]>([
      [{ _tag: 'in the log' }, [], 'fetching'],
      [{ _tag: 'truncated', endOffset: 3n }, ['truncated'], 'awaiting position'],
      [{ _tag: 'recreated' }, ['recreated'], 'awaiting position'],
      [{ _tag: 'unauthorized' }, ['refused'], 'awaiting position'],
      [{ _tag: 'not ready', fault: { _tag: 'UnknownTopicFault', topic: 't' } }, ['refresh metadata'], 'fetching']
    ])('follows $_tag', (verdict, effects, phase) => {
      const trial = new Trial()
      answersOf(trial).checked(trial.state, verdict, 0)

      expect([tags(trial.effects), trial.state.phase]).toEqual([effects, phase])
    })
  })
})
