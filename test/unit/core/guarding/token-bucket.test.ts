import { describe, expect, it } from 'vitest'
import { TokenBucket } from '../../../../src/core/guarding/token-bucket.js'

describe('TokenBucket', () => {
  it('allows the burst at once, then one each interval', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 })
    bucket.take(0)
    bucket.take(0)

    expect(bucket.availableAt(0)).toBeCloseTo(100)
    bucket.take(100)
    expect(bucket.availableAt(100)).toBeCloseTo(200)
  })

  it('saves no more than the burst, however long the pause', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 })
    bucket.take(0)
    for (let taken = 0; taken < 2; taken++) bucket.take(60_000)

    expect(bucket.availableAt(60_000)).toBeGreaterThan(60_000)
  })

  it('keeps its rate on average, whatever the rounding', () => {
    const bucket = new TokenBucket({ perSecond: 3, burst: 1 })
    let now = 0
    for (let taken = 0; taken < 300; taken++) {
      now = bucket.availableAt(now)
      bucket.take(now)
    }

    expect(now).toBeCloseTo((299 * 1_000) / 3, 0)
  })
})
