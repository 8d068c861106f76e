import { describe, expect, it } from 'vitest'
import { enterLane, type Lane, leaveLane } from '../../../../src/core/scheduling/lanes.js'

describe('lanes', () => {
  it('have one head each, and return the next in the order of arrival', () => {
    const lanes = new Map<string, Lane<string>>()
    const a = enterLane(lanes, 'a', 'a1')
    enterLane(lanes, 'a', 'a2')
    const b = enterLane(lanes, 'b', 'b1')
    enterLane(lanes, 'a', 'a3')

    expect([a.head, b.head]).toEqual(['a1', 'b1'])
    expect([leaveLane(a), a.head]).toEqual(['a2', 'a2'])
    expect([leaveLane(a), a.head]).toEqual(['a3', 'a3'])
  })

  it('close with their last item, so that a later one is a head at once', () => {
    const lanes = new Map<string, Lane<string>>()
    const former = enterLane(lanes, 'a', 'a1')

    expect(leaveLane(former)).toBeUndefined()
    expect(lanes.size).toBe(0)
    expect(enterLane(lanes, 'a', 'a2')).not.toBe(former)
  })
})
