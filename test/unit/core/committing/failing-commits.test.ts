import { describe, expect, it } from 'vitest'
import { brokerFault } from '../../../../src/core/protocol/error-code.js'
import { FailingCommits } from '../../../../src/core/committing/failing-commits.js'

const place = { topic: 't', partition: 0 }
const other = { topic: 't', partition: 1 }
const fault = brokerFault('OffsetCommit', 16)

describe('FailingCommits', () => {
  it('counts from the first failure of a partition, until one of it is stored', () => {
    const failing = new FailingCommits(1_000)
    expect([failing.failed(place, fault, 0), failing.failed(place, fault, 700)]).toEqual([0, 700])
    failing.committed(place)
    expect(failing.failed(place, fault, 800)).toBe(0)
  })

  it('counts each partition by itself: those that succeed do not hide the one that never does', () => {
    const failing = new FailingCommits(1_000)
    failing.failed(place, fault, 0)
    failing.failed(other, fault, 500)
    failing.committed(other)
    expect([failing.failed(place, fault, 900), failing.failed(other, fault, 900)]).toEqual([900, 0])
  })

  it('waits for however long the next attempt takes', () => {
    const failing = new FailingCommits(1_000)
    failing.failed(place, fault, 0)
    expect(failing.failed(place, fault, 5_000)).toBe(5_000)
  })

  it('continues to count after a release only if the next failure follows soon', () => {
    const failing = new FailingCommits(1_000)
    failing.failed(place, fault, 0)
    failing.givenUp(place)
    expect(failing.failed(place, fault, 500)).toBe(500)
    failing.givenUp(place)
    expect(failing.failed(place, fault, 1_001)).toBe(0)
  })

  it('says why, for as long as it is tried', () => {
    const failing = new FailingCommits(1_000)
    expect(failing.faultOf(place)).toBeNull()
    failing.failed(place, fault, 0)
    expect(failing.faultOf(place)).toBe(fault)
    failing.givenUp(place)
    expect(failing.faultOf(place)).toBeNull()
  })

  it('begins anew after the fault was reported', () => {
    const failing = new FailingCommits(1_000)
    failing.failed(place, fault, 0)
    failing.failed(place, fault, 1_000)
    failing.restart(place, 1_000)
    expect(failing.failed(place, fault, 1_400)).toBe(400)
  })
})
