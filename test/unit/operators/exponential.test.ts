import { afterEach, describe, expect, it, vi } from 'vitest'
import { exponential } from '../../../src/index.js'
import { realClock } from '../../../src/internal/real-clock.js'
import { delayOf } from '../../../src/model/backoff.js'
import { VirtualClock } from '../../support/virtual-clock.js'

const waits = (clock: typeof realClock, options = {}): readonly number[] => {
  const backoff = exponential({ initialMs: 100, maxMs: 1_000, ...options })
  return [1, 2, 3, 4, 5].map((failures) => delayOf(backoff, failures, clock))
}

describe('the jitter of exponential', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('differs between processes in real time', () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0)
    expect(waits(realClock)).toEqual([50, 100, 200, 400, 500])
    random.mockReturnValue(1)
    expect(waits(realClock)).toEqual([100, 200, 400, 800, 1_000])
  })

  it('is the same in each run in virtual time', () => {
    const random = vi.spyOn(Math, 'random')
    const first = waits(new VirtualClock())
    expect(waits(new VirtualClock())).toEqual(first)
    expect([new Set(first).size, random.mock.calls.length]).toEqual([5, 0])
  })

  it('is that of `random` if it is given', () => {
    expect(waits(realClock, { random: () => 1 })).toEqual([100, 200, 400, 800, 1_000])
  })
})
