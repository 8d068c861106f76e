import { describe, expect, it } from 'vitest'
import { retryAfterMs } from '../../../../src/sinks/http/retry-after.js'

const date = 'Mon, 30 Nov 2026 10:00:00 GMT'

describe('the delay that a response asks for', () => {
  it.each<readonly [retryAfter: string | null, date: string | null, ms: number]>([
    [null, date, 0],
    ['3', null, 3_000],
    [' 120 ', date, 120_000],
    ['Mon, 30 Nov 2026 10:00:05 GMT', date, 5_000],
    ['Mon, 30 Nov 2026 09:59:00 GMT', date, 0],
    ['Mon, 30 Nov 2026 10:00:05 GMT', null, 0],
    ['soon', date, 0],
    ['-1', date, 0],
    ['1e99', date, 0],
    ['99999999999999999999999', date, 3_600_000]
  ])('%j at %j is %d ms', (retryAfter, at, ms) => {
    expect(retryAfterMs(retryAfter, at)).toBe(ms)
  })
})
