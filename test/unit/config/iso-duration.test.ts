import { describe, expect, it } from 'vitest'
import { isoDurationMs } from '../../../src/config/iso-duration.js'

describe('isoDurationMs', () => {
  // As java.time.Duration.parse of Java 17 reads each of them.
  it.each([
    ['PT1H', 3_600_000],
    ['P1D', 86_400_000],
    ['P1DT12H', 129_600_000],
    ['pt1.5s', 1_500],
    ['PT1,5S', 1_500],
    ['PT1.S', 1_000],
    ['PT1.123456789S', 1_123.456789],
    ['PT-0.5S', -500],
    ['PT1H-30M', 1_800_000],
    ['P-1DT36H', 43_200_000],
    ['+PT1H', 3_600_000],
    ['-PT1H', -3_600_000],
    ['-PT-1H', 3_600_000],
    ['-PT0S', 0]
  ])('%s is %d ms', (text, ms) => {
    const read = isoDurationMs(text)
    expect(read).toBeCloseTo(ms, 5)
    expect(Object.is(read, -0)).toBe(false)
  })

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    '1D',
    'PT1H30',
    'P1Y',
    'P1M',
    'P1W',
    'P1D2H',
    'PT.5S',
    'PT1.1234567891S',
    'PT1H ',
    'PT30M1H',
    'PT1S1S'
  ])('%j is not a duration', (text) => {
    expect(isoDurationMs(text)).toBeNull()
  })
})
