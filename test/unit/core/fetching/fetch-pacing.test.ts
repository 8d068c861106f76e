import { describe, expect, it } from 'vitest'
import { FetchPacing, longestWaitMs } from '../../../../src/core/fetching/fetch-pacing.js'

const busy = (bytes: number): { readonly bytes: number; readonly isMoving: boolean } => ({ bytes, isMoving: true })
const standing = (bytes: number): { readonly bytes: number; readonly isMoving: boolean } => ({ bytes, isMoving: false })

describe('FetchPacing', () => {
  it('asks for all that there is room for while that is a quarter of the whole or more', () => {
    const pacing = new FetchPacing(1_000)
    expect(pacing.next(busy(0), 0)).toEqual({ _tag: 'ask', room: 1_000 })
    expect(pacing.next(busy(750), 0)).toEqual({ _tag: 'ask', room: 250 })
    expect(pacing.isWaiting).toBe(false)
  })

  it('waits for that quarter while something is delivered', () => {
    const pacing = new FetchPacing(1_000)
    expect(pacing.next(busy(751), 7)).toEqual({ _tag: 'wait', until: 7 + longestWaitMs })
    expect(pacing.isWaiting).toBe(true)
    expect(pacing.next(busy(750), 8)).toEqual({ _tag: 'ask', room: 250 })
    expect(pacing.isWaiting).toBe(false)
  })

  it('waits no longer than its limit since the first time, and then gives each partition its share', () => {
    const pacing = new FetchPacing(1_000)
    pacing.next(busy(2_000), 0)
    expect(pacing.next(busy(900), longestWaitMs - 1)).toEqual({ _tag: 'wait', until: longestWaitMs })
    expect(pacing.next(busy(900), longestWaitMs)).toEqual({ _tag: 'ask', room: null })
    expect(pacing.next(busy(900), longestWaitMs)).toEqual({ _tag: 'wait', until: 2 * longestWaitMs })
  })

  it('waits for nothing once nothing can be delivered', () => {
    const pacing = new FetchPacing(1_000)
    pacing.next(busy(900), 0)
    expect(pacing.next(standing(900), 1)).toEqual({ _tag: 'ask', room: null })
    expect(pacing.isWaiting).toBe(false)
    expect(pacing.next(standing(100), 2)).toEqual({ _tag: 'ask', room: 900 })
  })
})
