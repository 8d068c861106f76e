import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../../src/model/fault.js'
import type { ConsumerSession } from '../../../../src/ports/consumer-session.js'
import type { AssignedPartition } from '../../../../src/sources/consumer/assigned-partition.js'
import { ScheduledTasks } from '../../../../src/sources/consumer/scheduled-tasks.js'
import { StalledPartitions } from '../../../../src/sources/consumer/stalled-partitions.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const fault: Fault = { _tag: 'MembershipLostFault', groupId: 'g', reason: 'stalled' }

/** A partition whose work hangs, or is at rest. */
const partition = (number: number, isAtRest: boolean): AssignedPartition =>
  ({
    topic: 't',
    partition: number,
    isAtRest,
    positionReport: () => ({ topic: 't', partition: number, committed: null }),
    lose: () => null
  }) as unknown as AssignedPartition

describe('StalledPartitions', () => {
  it('keeps the member out of the group for a partition that stalls in the turn in which the last came to rest', () => {
    const clock = new VirtualClock()
    const calls: string[] = []
    const session = {
      suspend: () => calls.push('suspend'),
      resume: () => calls.push('resume')
    } as unknown as ConsumerSession
    const stalled = new StalledPartitions(session, new ScheduledTasks(clock))
    const hanging = partition(1, false)

    stalled.add(partition(0, true), fault)
    stalled.add(hanging, fault)
    clock.advance(0)
    expect(calls).toEqual(['suspend', 'suspend'])

    stalled.cameToRest(hanging)
    clock.advance(0)
    expect(calls).toEqual(['suspend', 'suspend', 'resume'])
  })
})
