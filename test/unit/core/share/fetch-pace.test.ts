import { describe, expect, it } from 'vitest'
import { FetchPace } from '../../../../src/core/share/fetch-pace.js'

/** After a large answer at 100 to a fetch of 10 ms. */
const paceAfter = (isLarge = true): FetchPace => {
  const pace = new FetchPace()
  pace.fetched(90, isLarge, 100)
  return pace
}
const acknowledge = (pace: FetchPace, records: number, now: number): void => {
  for (let one = 0; one < records; one++) pace.recordAcknowledged(now)
}

describe('FetchPace', () => {
  it('fetches ahead once the rest takes no longer than a fetch, at the rate since the last answer', () => {
    const pace = paceAfter()
    acknowledge(pace, 20, 104)
    // 20 in 4 ms are 50 in the 10 ms of a fetch.
    expect([51, 50].map((locked) => pace.fetchesAhead(locked))).toEqual([false, true])
    acknowledge(pace, 10, 160)
    // 30 in 60 ms are 5.
    expect([6, 5].map((locked) => pace.fetchesAhead(locked))).toEqual([false, true])
  })

  it('goes by the rate of the former records until it has one of the new', () => {
    const pace = paceAfter()
    acknowledge(pace, 20, 104)
    // It waited for the fetch after that, which is no part of the rate: 5 records a millisecond.
    pace.fetched(104, true, 124)
    expect([101, 100].map((locked) => pace.fetchesAhead(locked))).toEqual([false, true])
    acknowledge(pace, 1, 144)
    expect([2, 1].map((locked) => pace.fetchesAhead(locked))).toEqual([false, true])
  })

  it('takes a time of less than a millisecond for one', () => {
    const pace = paceAfter()
    acknowledge(pace, 2, 100)
    expect([21, 20].map((locked) => pace.fetchesAhead(locked))).toEqual([false, true])
  })

  it('fetches nothing ahead while nothing is acknowledged, or after a small answer', () => {
    const [idle, small] = [paceAfter(), paceAfter(false)]
    acknowledge(small, 20, 104)
    expect([idle, small, new FetchPace()].map((pace) => pace.fetchesAhead(1))).toEqual([false, false, false])
    // Nor when a whole fetch brought no acknowledgement.
    idle.fetched(100, true, 110)
    expect(idle.fetchesAhead(1)).toBe(false)
  })
})
