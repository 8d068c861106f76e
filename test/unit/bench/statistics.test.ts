import { describe, expect, it } from 'vitest'
import { median, rateOf, slopeOf, table } from '../../../bench/statistics.mjs'

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

  it('writes a table in Markdown', () => {
    expect(table(['a', 'b'], [['x', 1]])).toBe('| a | b |\n| --- | --- |\n| x | 1 |')
  })
})
