import { describe, expect, it } from 'vitest'
import { ImplicitTriggers } from '../../../../src/core/committing/implicit-triggers.js'
import { UncommittedOffsets } from '../../../../src/core/committing/uncommitted-offsets.js'
import type { CommitPolicy } from '../../../../src/model/acknowledgement.js'

const place = { topic: 't', partition: 0 }
const policy: CommitPolicy = { every: 2, withinMs: 100 }

/** Offsets of a partition whose group has confirmed `stored`. */
const trial = (committable: bigint) => {
  const group = { stored: 0n }
  const at = { offset: committable, leaderEpoch: 7 }
  const triggers = new ImplicitTriggers(null)
  const offsets = new UncommittedOffsets(
    place,
    triggers,
    { isCommitted: (_, offset) => offset <= group.stored },
    () => at
  )
  offsets.seen(policy)
  return { offsets, group, at }
}

describe('UncommittedOffsets', () => {
  it('are dirty until settled offsets are confirmed, whatever was sent', () => {
    const { offsets, group } = trial(3n)

    expect(offsets.takeUncommitted()).toEqual({ ...place, offset: 3n, leaderEpoch: 7, metadata: '' })
    expect(offsets.isDirty).toBe(true)
    group.stored = 3n
    offsets.committed(3n)
    expect([offsets.isDirty, offsets.takeUncommitted(), offsets.lastCommitted]).toEqual([false, null, 3n])
  })

  it('announce the first record that is settled after they were taken', () => {
    const { offsets } = trial(3n)

    expect([offsets.settled(), offsets.settled()]).toEqual([true, false])
    offsets.takeDue()
    expect(offsets.settled()).toBe(true)
  })

  it('reach the count of their pipeline once', () => {
    const { offsets } = trial(3n)
    offsets.settled()

    expect(offsets.reachesCount()).toBe(false)
    offsets.settled()
    expect([offsets.reachesCount(), offsets.reachesCount()]).toEqual([true, false])
  })

  it('are urgent until a start that has to be committed at once is committed', () => {
    const { offsets, group } = trial(5n)
    offsets.begin('at once')

    expect([offsets.isUrgent, offsets.isWithoutRecords]).toEqual([true, true])
    group.stored = 5n
    offsets.committed(5n)
    expect([offsets.isUrgent, offsets.isWithoutRecords]).toEqual([false, false])
  })

  it('take an offset that is asked for as it was given, and its epoch only where it is the present one', () => {
    const { offsets } = trial(5n)

    expect(offsets.take({ ...place, offset: 2n, metadata: 'm' })).toEqual({
      ...place,
      offset: 2n,
      leaderEpoch: -1,
      metadata: 'm',
      isExplicit: true
    })
    expect(offsets.take({ ...place, offset: 5n }).leaderEpoch).toBe(7)
  })

  it('are set back by a commit below the highest that was confirmed since they were taken', () => {
    const { offsets } = trial(5n)
    offsets.committed(5n)
    offsets.committed(2n)

    expect([offsets.isSetBack, offsets.lastCommitted]).toEqual([true, 2n])
    offsets.takeDue()
    expect(offsets.isSetBack).toBe(false)
  })

  it('are set back still by a second commit that is above the first, and below the highest', () => {
    const { offsets } = trial(5n)
    for (const offset of [5n, 2n, 3n]) offsets.committed(offset)

    expect([offsets.isSetBack, offsets.lastCommitted]).toEqual([true, 3n])
  })
})
