import { describe, expect, it } from 'vitest'
import { lead, median, memoryOf, rateOf, slopeOf, table } from '../../../bench/statistics.mjs'

describe('the arithmetic of the benchmarks', () => {
  it('takes the middle one, the higher of two', () => {
    expect(median([9, 1, 10])).toBe(9)
    expect(median([1, 2])).toBe(2)
  })

  it('has rates by the second', () => {
    expect(rateOf({ records: 1_000, ms: 500 })).toBe(2_000)
  })

  it('finds the slope of a line', () => {
    expect(slopeOf([0, 1, 2, 3].map((x) => ({ x, y: 5 - 2 * x })))).toBeCloseTo(-2)
  })

  it('finds no slope where the noise has none, and the one that is in it', () => {
    const noise = [1, -1, -1, 1]
    const noisy = (slope: number) => noise.map((y, x) => ({ x, y: slope * x + y }))
    expect(slopeOf(noisy(0))).toBeCloseTo(0)
    expect(slopeOf(noisy(3))).toBeCloseTo(3)
  })

  it('has no slope of a single point', () => {
    expect(slopeOf([{ x: 1, y: 7 }])).toBe(0)
  })

  it('tells by how many times ackstream is as fast, and nothing where it was left out', () => {
    const peer = [{ records: 100, ms: 200 }]
    expect(lead({ ackstream: [{ records: 100, ms: 50 }], peer }, peer)).toBe('4.00')
    expect(lead({ peer }, peer)).toBe('')
  })

  it('tells the growth of memory in KiB a minute, without the start', () => {
    const starting = { ms: 0, rss: 900_000_000, live: 500_000_000 }
    const grows = (minute: number) => ({ ms: minute * 60_000, rss: 1_024 * 5 * minute, live: 7_000 })
    const samples = [starting, ...Array.from({ length: 10 }, (_, index) => grows(index + 1))]
    const memory = memoryOf({ samples, rss: 900_000_000 })
    expect(memory).toMatchObject({ rss: 900_000_000, live: 7_000, liveSlope: 0 })
    expect(memory.rssSlope).toBeCloseTo(5)
  })

  it('writes a table in Markdown', () => {
    expect(table(['a', 'b'], [['x', 1]])).toBe('| a | b |\n| --- | --- |\n| x | 1 |')
  })
})
