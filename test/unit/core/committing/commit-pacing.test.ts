import { describe, expect, it } from 'vitest'
import { CommitPacing } from '../../../../src/core/committing/commit-pacing.js'

describe('CommitPacing', () => {
  it('commits at once if none is in flight', () => {
    expect(new CommitPacing().counted(5)).toBe(0)
  })

  it('lets a count that is reached meanwhile wait for the answer', () => {
    const pacing = new CommitPacing()
    pacing.sent(0)

    expect([pacing.isAwaited, pacing.counted(1), pacing.isAwaited]).toEqual([false, null, true])
    pacing.committed()
    expect(pacing.isAwaited).toBe(false)
  })

  it('pauses three times as long as the commit took', () => {
    const pacing = new CommitPacing()
    pacing.sent(100)
    pacing.answered(110)

    expect([pacing.counted(110), pacing.counted(125), pacing.counted(140), pacing.counted(200)]).toEqual([30, 15, 0, 0])
  })

  it('pauses for 100 ms at most', () => {
    const pacing = new CommitPacing()
    pacing.sent(0)
    pacing.answered(1_000)

    expect(pacing.counted(1_000)).toBe(100)
  })
})
