import { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { ConsumerSettings } from '../../../../src/config/consumer-config.js'
import type { ConsumerSession } from '../../../../src/ports/consumer-session.js'
import type { AssignedPartition } from '../../../../src/sources/consumer/assigned-partition.js'
import { ReadTrouble } from '../../../../src/sources/consumer/read-trouble.js'
import { ScheduledTasks } from '../../../../src/sources/consumer/scheduled-tasks.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

/** Looks nothing up: leaders that do not answer. */
const trial = () => {
  let open = 0
  const listOffsets = (): Observable<never> =>
    new Observable(() => {
      open++
      return () => {
        open--
      }
    })
  const clock = new VirtualClock()
  const settings = { autoOffsetReset: 'earliest', offsetOutOfRange: 'reset', resetMaxRecords: null, resetMaxMs: null }
  const trouble = new ReadTrouble({
    clock,
    session: { listOffsets } as unknown as ConsumerSession,
    settings: settings as unknown as ConsumerSettings,
    tasks: new ScheduledTasks(clock),
    report: () => undefined,
    readAnew: () => undefined,
    fatal: (fault) => expect.unreachable(fault._tag)
  })
  const assigned = { topic: 't', partition: 0, cursor: 1, position: 5n } as unknown as AssignedPartition
  return { trouble, assigned, open: () => open }
}

describe('ReadTrouble', () => {
  it('looks nothing up for a partition that is over', () => {
    const { trouble, assigned, open } = trial()
    trouble.outOfRange(assigned)
    expect(open()).toBe(2)
    trouble.forget(assigned)
    expect(open()).toBe(0)
  })

  it('looks up the last position alone', () => {
    const { trouble, assigned, open } = trial()
    trouble.outOfRange(assigned)
    trouble.outOfRange(assigned)
    expect(open()).toBe(2)
  })
})
