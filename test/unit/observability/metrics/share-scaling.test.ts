import { describe, expect, it } from 'vitest'
import { shareConsumer, subscribe, type ShareStatus } from '../../../../src/index.js'
import { ShareScalingMeter } from '../../../../src/observability/metrics/share-scaling.js'
import { memoryCluster } from '../../../../src/testing.js'

const idle = shareConsumer(memoryCluster(), { 'group.id': 'jobs', subscription: subscribe('jobs') }).status()
const running: ShareStatus = { ...idle, phase: 'running', partitions: [{ topic: 'jobs', partition: 0 }] }

/** What it says at each second, of a status at each. */
const signals = (...statuses: readonly Partial<ShareStatus>[]): readonly number[] => {
  const meter = new ShareScalingMeter()
  return statuses.map((status, second) => meter.update({ ...running, ...status }, second * 1_000).membersNeeded)
}

describe('the scaling signal of a member of a share group', () => {
  it('asks for a quarter more while the member can acquire no more', () => {
    const full = [0, 1, 2].map((second) => ({ accepted: second * 100, fullMs: second * 1_000, inFlight: 1_000 }))
    expect(signals(...full)).toEqual([1, 1.25, 1.25])
  })

  it('says how busy it is by its throughput while it was full', () => {
    const full = { accepted: 100, fullMs: 1_000, inFlight: 1_000 }
    expect(signals({}, full, { ...full, accepted: 140 }, { ...full, accepted: 140 })).toEqual([1, 1.25, 0.5, 0])
  })

  it('is one for a busy member that was never full, and zero for an idle one', () => {
    expect(signals({}, { accepted: 5, inFlight: 3 }, { accepted: 5 })).toEqual([1, 1, 0])
  })

  it('holds its value while it drains, and is 0 when it has left, or has no partition', () => {
    const full = { accepted: 100, fullMs: 1_000, inFlight: 1_000 }
    expect(signals({}, full, { ...full, phase: 'draining' }, { ...full, phase: 'left' })).toEqual([1, 1.25, 1.25, 0])
    expect(signals({ partitions: [] }, { ...full, partitions: [] })).toEqual([0, 0])
    const meter = new ShareScalingMeter()
    expect(meter.update({ ...running, phase: 'joining' }, 0).isHeld).toBe(true)
  })
})
