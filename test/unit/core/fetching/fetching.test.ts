import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { FetchEffect, Leaders } from '../../../../src/core/fetching/fetch-effects.js'
import type { FetchedPartition, FetchResponse } from '../../../../src/core/fetching/fetch-messages.js'
import { Fetching } from '../../../../src/core/fetching/fetching.js'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { Fault } from '../../../../src/model/fault.js'
import { fetchingOptions } from '../../../support/fetching-options.js'
import { batchAt } from '../../../support/record-runs.js'

const place = (partition: number) => ({ topic: 't', partition })
const broken: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'cut' }
const nothingHeld = { bytes: 0, isMoving: false }

const fetched = (partition: number, records: Uint8Array | null, end: bigint): FetchedPartition => ({
  ...place(partition),
  code: code.NONE,
  highWatermark: end,
  lastStableOffset: end,
  logStart: 0n,
  aborted: [],
  preferredReplica: -1,
  records
})
const answer = (...partitions: readonly FetchedPartition[]): FetchResponse => ({
  code: code.NONE,
  sessionId: 7,
  partitions
})

/** Two partitions of one broker, read from offset 0 on. */
class Trial {
  now = 0
  epoch = 0
  readonly fetching: Fetching

  constructor(random: () => number = fetchingOptions.random) {
    const leaders: Leaders = {
      leaderOf: () => 1,
      leaderEpochOf: () => this.epoch,
      idOf: () => null,
      whyNoLeader: ({ topic }) => ({ _tag: 'UnknownTopicFault', topic }),
      learnLeader: () => false,
      isNamed: () => true
    }
    this.fetching = new Fetching({ ...fetchingOptions, random }, leaders)
  }

  reads(partition: number, offset = 0n, leaderEpoch = -1): readonly FetchEffect[] {
    return [
      ...this.fetching.demand(place(partition), 1_000, this.now),
      ...this.fetching.fetchFrom(place(partition), 1, offset, leaderEpoch, this.now)
    ]
  }
  next(): readonly FetchEffect[] {
    return this.fetching.next(nothingHeld, this.now)
  }
  /** The id of the only request that is sent now. */
  sent(): number {
    const fetches = this.next().filter(({ _tag }) => _tag === 'fetch')
    expect(fetches.length).toBe(1)
    return (fetches[0] as FetchEffect & { readonly _tag: 'fetch' }).id
  }
  answered(id: number, ...partitions: readonly FetchedPartition[]): readonly FetchEffect[] {
    return this.fetching.answered(id, right(answer(...partitions)), this.now)
  }
  fails(id: number): readonly FetchEffect[] {
    return this.fetching.answered(id, left(broken), this.now)
  }
}

const tags = (effects: readonly FetchEffect[]): readonly string[] => effects.map(({ _tag }) => _tag)

describe('Fetching', () => {
  it('emits the effects of an answer in order: first the records, then that more may be requested', () => {
    const trial = new Trial()
    expect(tags([...trial.reads(0), ...trial.reads(1)])).toEqual(['arm', 'next turn'])
    const id = trial.sent()
    const effects = trial.answered(id, fetched(0, batchAt(0n, 'a'), 1n), fetched(1, batchAt(0n, 'b', 'c'), 2n))
    expect(tags(effects)).toEqual(['records', 'records', 'next'])
    const [request] = trial.next()
    // They take turns.
    expect(request).toMatchObject({ _tag: 'fetch', node: 1, request: { partitions: [{ offset: 2n }, { offset: 1n }] } })
  })

  it('delivers nothing twice if a request is answered twice, or was abandoned', () => {
    const trial = new Trial()
    trial.reads(0)
    const id = trial.sent()
    expect(tags(trial.answered(id, fetched(0, batchAt(0n, 'a'), 1n)))).toEqual(['records', 'next'])
    expect(trial.answered(id, fetched(0, batchAt(0n, 'a'), 1n))).toEqual([])
  })

  it('takes nothing of a partition between a reset and the next position', () => {
    const trial = new Trial()
    trial.reads(0)
    const id = trial.sent()
    trial.fetching.recreated('t')
    expect(tags(trial.answered(id, fetched(0, batchAt(0n, 'a'), 1n)))).toEqual(['next'])
    expect(trial.next()).toEqual([])
  })

  it('takes no late records of a former leader behind a position that was found in the log of the next one', () => {
    const trial = new Trial()
    trial.reads(0, 0n, 0)
    const late = trial.sent()
    trial.epoch = 1
    trial.fetching.metadataChanged()
    // A long poll is under way: the check goes beside it.
    const id = trial.next().flatMap((effect) => (effect._tag === 'check epochs' ? effect.id : []))[0] ?? -1
    const end = { ...place(0), code: code.NONE, leaderEpoch: 0, endOffset: 0n }
    expect(tags(trial.fetching.checked(id, right([end]), trial.now))).toEqual(['next'])
    // By now there are other records at these offsets.
    expect(tags(trial.answered(late, fetched(0, batchAt(0n, 'cut'), 1n)))).toEqual(['next'])
    const [request] = trial.next()
    expect(request).toMatchObject({ request: { partitions: [{ offset: 0n, leaderEpoch: 1 }] } })
  })

  it('does not shorten the backoff of a broker when another request to it fails as well', () => {
    const trial = new Trial()
    trial.reads(0)
    const poll = trial.sent()
    trial.reads(1)
    const refill = trial.sent()
    const arms = (effects: readonly FetchEffect[]): readonly unknown[] => effects.filter(({ _tag }) => _tag === 'arm')
    expect(arms(trial.fails(poll))).toEqual([{ _tag: 'arm', timer: 'broker 1', inMs: 100 }])
    expect(arms(trial.fails(refill))).toEqual([])
    expect(trial.next()).toEqual([])
    expect(trial.fetching.due('broker 1', 100)).toEqual([{ _tag: 'next' }])
    const third = trial.sent()
    expect(arms(trial.fails(third))).toEqual([{ _tag: 'arm', timer: 'broker 1', inMs: 400 }])
    expect(trial.next()).toEqual([])
  })

  it.each([
    { chance: 'the longest', random: () => 1, waits: [100, 200, 400, 800, 1_000, 1_000] },
    { chance: 'the shortest', random: () => 0, waits: [50, 100, 200, 400, 500, 500] }
  ])('requests a refused partition again after a wait that doubles up to a limit: $chance', ({ random, waits }) => {
    const trial = new Trial(random)
    trial.reads(0)
    for (const ms of waits) {
      const refusal = { ...fetched(0, null, -1n), code: code.NOT_LEADER_OR_FOLLOWER }
      trial.answered(trial.sent(), refusal)
      trial.now += ms - 1
      expect(tags(trial.next())).not.toContain('fetch')
      trial.now += 1
    }
    trial.answered(trial.sent(), fetched(0, batchAt(0n, 'a'), 1n))
    trial.answered(trial.sent(), { ...fetched(0, null, -1n), code: code.NOT_LEADER_OR_FOLLOWER })
    trial.now += waits[0] ?? 0
    expect(trial.sent()).toBeGreaterThan(0)
  })

  it('requests a partition whose log is corrupt again after the same waits', () => {
    const trial = new Trial()
    trial.reads(0)
    for (const ms of [100, 200]) {
      trial.answered(trial.sent(), { ...fetched(0, null, -1n), code: code.CORRUPT_MESSAGE })
      trial.now += ms - 1
      expect(tags(trial.next())).not.toContain('fetch')
      trial.now += 1
    }
    expect(trial.sent()).toBeGreaterThan(0)
  })

  it('waits for room while the fetched records are delivered', () => {
    const trial = new Trial()
    trial.reads(0)
    const full = { bytes: 10_000, isMoving: true }
    expect(trial.fetching.next(full, 0)).toEqual([{ _tag: 'arm', timer: 'wake', inMs: 100 }])
    expect(trial.fetching.delivered()).toEqual([{ _tag: 'next' }])
    expect(tags(trial.next())).toEqual(['fetch'])
    expect(trial.fetching.delivered()).toEqual([])
  })

  it('waits again, where a wait was over and there is no more room', () => {
    const trial = new Trial()
    trial.reads(0)
    const full = { bytes: 10_000, isMoving: true }
    const wait = { _tag: 'arm', timer: 'wake', inMs: 100 }
    expect(trial.fetching.next(full, 0)).toEqual([wait])
    expect(trial.fetching.due('wake', 100)).toEqual([{ _tag: 'next' }])
    // Its share, whatever the others hold.
    expect(tags(trial.fetching.next(full, 100))).toEqual(['fetch'])
    expect(trial.fetching.next(full, 100)).toEqual([wait])
  })
})
