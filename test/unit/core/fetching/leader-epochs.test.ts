import { describe, expect, it } from 'vitest'
import { LeaderEpochs } from '../../../../src/core/fetching/leader-epochs.js'

describe('LeaderEpochs', () => {
  it('tells the epoch of the last delivery below a number, beginning with that of the position', () => {
    const epochs = new LeaderEpochs(3)
    for (const [seq, epoch] of [3, 3, 5, 5, 6].entries()) epochs.entered(seq, epoch)
    expect([0, 1, 2, 3, 4, 5].map((seq) => epochs.before(seq))).toEqual([3, 3, 3, 5, 5, 6])
    expect(epochs.last).toBe(6)
  })

  it('is -1 where nothing is known', () => {
    expect(new LeaderEpochs(-1).before(0)).toBe(-1)
  })
})
