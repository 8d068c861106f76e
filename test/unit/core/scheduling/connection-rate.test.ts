import { describe, expect, it } from 'vitest'
import { ConnectionTurns } from '../../../../src/core/scheduling/connection-rate.js'

describe('ConnectionTurns', () => {
  it('lets a burst pass at once, and the others one after another', () => {
    const turns = new ConnectionTurns({ burst: 3, perSecond: 4 })
    expect(Array.from({ length: 6 }, () => turns.take(1_000))).toEqual([0, 0, 0, 250, 500, 750])
  })

  it('keeps what was not used, up to the burst', () => {
    const turns = new ConnectionTurns({ burst: 3, perSecond: 4 })
    for (let taken = 0; taken < 6; taken++) turns.take(0)
    expect([turns.take(750), turns.take(750)]).toEqual([250, 500])
    expect([1, 2, 3, 4].map(() => turns.take(60_000))).toEqual([0, 0, 0, 250])
  })

  it.each([1, 7, 40])('never lets more go in a second than the burst and the rate: %i at a time', (atATime) => {
    const turns = new ConnectionTurns({ burst: 8, perSecond: 4 })
    const at: number[] = []
    for (let now = 0; now < 5_000; now += 130) for (let one = 0; one < atATime; one++) at.push(now + turns.take(now))
    const most = Math.max(...at.map((from) => at.filter((one) => one >= from && one < from + 1_000).length))
    expect(most).toBeLessThanOrEqual(8 + 4)
    expect(at).toEqual([...at].sort((one, other) => one - other))
  })
})
