import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { inBackground, realClock } from '../../../src/internal/real-clock.js'

const longestMs = 2 ** 31 - 1

describe.each([
  ['the real clock', realClock.schedule],
  ['a timer in the background', inBackground]
] as const)('%s', (_which, schedule) => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([0, 1, longestMs, longestMs + 1, longestMs + 5_000, 3 * longestMs])(
    'runs once, after %d ms and not before',
    (delayMs) => {
      let runs = 0
      schedule(delayMs, () => {
        runs++
      })
      if (delayMs > 0) vi.advanceTimersByTime(delayMs - 1)
      expect(runs).toBe(0)
      vi.advanceTimersByTime(1)
      expect(runs).toBe(1)
      vi.advanceTimersByTime(5 * longestMs)
      expect([runs, vi.getTimerCount()]).toEqual([1, 0])
    }
  )

  it.each([0, longestMs, longestMs + 1_000])('can be withdrawn at any time: after %d ms', (afterMs) => {
    let runs = 0
    const cancel = schedule(2 * longestMs, () => {
      runs++
    })
    vi.advanceTimersByTime(afterMs)
    cancel()
    vi.advanceTimersByTime(5 * longestMs)
    expect([runs, vi.getTimerCount()]).toEqual([0, 0])
  })
})
