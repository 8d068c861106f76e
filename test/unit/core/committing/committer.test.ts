import { describe, expect, it } from 'vitest'
import {
  Committer,
  type CommitEffect,
  type CommitResult,
  type DueOffset
} from '../../../../src/core/committing/committer.js'
import { brokerFault } from '../../../../src/core/protocol/error-code.js'

const due = (offset: bigint, partition = 0): DueOffset => ({
  topic: 't',
  partition,
  offset,
  leaderEpoch: -1,
  metadata: ''
})
const result = (offset: bigint, outcome: CommitResult['outcome'], partition = 0): CommitResult => ({
  topic: 't',
  partition,
  offset,
  outcome,
  fault: outcome === 'committed' ? null : brokerFault('OffsetCommit', 14)
})
const sent = (effects: readonly CommitEffect[]): readonly bigint[] =>
  effects.flatMap((effect) => (effect._tag === 'send' ? effect.offsets.map(({ offset }) => offset) : []))
const committer = (): Committer => {
  const made = new Committer({ retryBackoffMs: 100, retryBackoffMaxMs: 1_000, random: () => 1 })
  made.track({ topic: 't', partition: 0 }, 0n, null)
  return made
}
/** The partition is read from there on. */
const seek = (made: Committer, start: bigint): void => {
  made.forget({ topic: 't', partition: 0 })
  made.track({ topic: 't', partition: 0 }, start, null)
}

describe('Committer', () => {
  it('has one commit in flight, and folds what becomes due meanwhile into the next', () => {
    const made = committer()
    expect(sent(made.due([due(1n)]))).toEqual([1n])
    expect(sent(made.due([due(2n)]))).toEqual([])
    expect(sent(made.due([due(3n)]))).toEqual([])
    expect(sent(made.answered([result(1n, 'committed')]))).toEqual([3n])
  })

  it('never goes back, and sends only new offsets', () => {
    const made = committer()
    expect(sent(made.due([due(0n)]))).toEqual([])
    made.due([due(5n)])
    made.answered([result(5n, 'committed')])
    expect(sent(made.due([due(5n), due(4n)]))).toEqual([])
    seek(made, 2n)
    expect(sent(made.due([due(3n)]))).toEqual([3n])
  })

  it('tries again after a growing wait, with the newest offset by then', () => {
    const made = committer()
    made.due([due(1n)])
    expect(made.answered([result(1n, 'retry')])).toMatchObject([{ _tag: 'retry', inMs: 100 }])
    expect(sent(made.due([due(2n)]))).toEqual([])
    expect(sent(made.retryDue())).toEqual([2n])
    expect(made.answered([result(2n, 'retry')])).toMatchObject([{ _tag: 'retry', inMs: 200 }])
  })

  it('drops what is permanently refused, reports it, and continues with the rest', () => {
    const made = committer()
    made.track({ topic: 't', partition: 1 }, 0n, null)
    made.due([due(1n), due(1n, 1)])
    const effects = made.answered([result(1n, 'dropped'), result(1n, 'committed', 1)])
    expect(effects.map(({ _tag }) => _tag)).toEqual(['committed', 'dropped'])
    expect(made.isBusy({ topic: 't', partition: 0 })).toBe(false)
  })

  it('sends nothing of a released partition, though its commit was due for a retry', () => {
    const made = committer()
    made.due([due(1n)])
    made.answered([result(1n, 'retry')])
    made.forget({ topic: 't', partition: 0 })
    expect(made.retryDue()).toEqual([])
  })

  it('sends nothing of a former assignment again, though it was in flight when the partition was assigned again', () => {
    const made = committer()
    made.due([due(5n)])
    made.forget({ topic: 't', partition: 0 })
    made.track({ topic: 't', partition: 0 }, 2n, 2n)
    made.answered([result(5n, 'retry')])
    expect(made.retryDue()).toEqual([])
    expect(made.committed({ topic: 't', partition: 0 })).toBe(2n)
  })

  it('forgets at a seek what is in flight, whatever its result', () => {
    for (const outcome of ['retry', 'committed'] as const) {
      const made = committer()
      made.due([due(5n)])
      seek(made, 2n)
      made.answered([result(5n, outcome)])
      expect(made.retryDue()).toEqual([])
      expect(sent(made.due([due(3n)]))).toEqual([3n])
    }
  })

  it('has one commit in flight also when the partition in flight is released', () => {
    const made = committer()
    made.due([due(5n)])
    seek(made, 2n)
    expect(made.due([due(3n)])).toEqual([])
    expect(sent(made.answered([result(5n, 'committed')]))).toEqual([3n])
  })

  it('ignores for the next assignment the result of a commit that was in flight when the partition was released', () => {
    const made = committer()
    made.due([due(7n)])
    made.forget({ topic: 't', partition: 0 })
    made.track({ topic: 't', partition: 0 }, 3n, 3n)
    expect(sent(made.due([due(5n)]))).toEqual([])
    expect(sent(made.answered([result(7n, 'committed')]))).toEqual([5n])
  })

  it('goes back where that is asked for explicitly, and what is due by itself goes on from there', () => {
    const made = committer()
    made.due([due(5n)])
    made.answered([result(5n, 'committed')])
    expect(sent(made.due([{ ...due(2n), isExplicit: true }]))).toEqual([2n])
    made.answered([result(2n, 'committed')])
    expect([made.committed({ topic: 't', partition: 0 }), made.isCommitted({ topic: 't', partition: 0 }, 5n)]).toEqual([
      2n,
      false
    ])
    expect(sent(made.due([due(5n)]))).toEqual([5n])
  })

  it('does not retry an older offset if a lower one was requested since', () => {
    const made = committer()
    made.due([due(5n)])
    made.due([{ ...due(2n), isExplicit: true }])
    made.answered([result(5n, 'retry')])
    expect(sent(made.retryDue())).toEqual([2n])
  })

  it('has not stored what was dropped', () => {
    const made = committer()
    made.due([due(5n)])
    made.answered([result(5n, 'dropped')])
    expect(made.isCommitted({ topic: 't', partition: 0 }, 5n)).toBe(false)
    expect(sent(made.due([due(5n)]))).toEqual([5n])
  })

  it('says whether the last due offset waits or is in flight', () => {
    const made = committer()
    expect(made.newest({ topic: 't', partition: 0 })).toBeNull()
    made.due([due(5n)])
    made.due([due(6n)])
    expect(made.newest({ topic: 't', partition: 0 })).toMatchObject({ offset: 6n, number: 2 })
    expect(made.answered([result(5n, 'committed')])[0]).toMatchObject({
      offsets: [{ sent: { offset: 5n, number: 1 } }]
    })
  })
})
