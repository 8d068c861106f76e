import { describe, expect, it } from 'vitest'
import { PartitionEnding } from '../../../../src/core/partition/partition-ending.js'

describe('PartitionEnding', () => {
  it('keeps the first trigger, and answers the group whichever came first', () => {
    const ending = new PartitionEnding()
    ending.ask('drain')
    ending.ask('revocation')

    expect([ending.trigger, ending.isRevoked]).toEqual(['drain', true])
  })

  it.each([
    [30_000, { abortInMs: 29_000, endInMs: 30_000 }],
    [1_000, { abortInMs: 900, endInMs: 1_000 }],
    [-5, { abortInMs: 0, endInMs: 0 }]
  ])('reserves a tenth of the time for the last commit, a second at most: %i ms', (deadline, expected) => {
    expect(new PartitionEnding().tighten(deadline, 0)).toEqual(expected)
  })

  it('moves its deadline only forward', () => {
    const ending = new PartitionEnding()
    ending.tighten(1_000, 0)

    expect(ending.tighten(1_000, 0)).toBeNull()
    expect(ending.tighten(2_000, 0)).toBeNull()
    expect(ending.tighten(500, 0)).toEqual({ abortInMs: 450, endInMs: 500 })
  })

  it('is forced once, and keeps the first outcome', () => {
    const ending = new PartitionEnding()
    ending.ask('drain')

    expect([ending.force('timed out'), ending.force('aborted', 'close')]).toEqual([true, false])
    expect([ending.forced, ending.trigger]).toEqual(['timed out', 'drain'])
  })

  it('begins and aborts once', () => {
    const ending = new PartitionEnding()

    expect([ending.begin(), ending.begin()]).toEqual([true, false])
    expect([ending.abort(), ending.abort()]).toEqual([true, false])
  })
})
