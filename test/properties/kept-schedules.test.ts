import { describe, expect, it } from 'vitest'
import { UncommittedOffsets } from '../../src/core/committing/uncommitted-offsets.js'
import { GroupShell } from '../../src/engine/group/group-shell.js'
import { keptSchedules } from '../simulation/kept-schedules.js'
import { patchMethod } from '../simulation/patch.js'
import { simulateSchedule } from '../simulation/simulate.js'

// A commit was refused while the member rejoined and kept the partition: nobody stored it again.
describe('a commit that is refused while the member rejoins', () => {
  it.each(keptSchedules('refused-commits').map((schedule) => [schedule.seed, schedule] as const))(
    'is stored under the next generation, in the schedule of seed %i',
    (_seed, schedule) => {
      expect(simulateSchedule(schedule).violations).toEqual([])
    }
  )

  it('shows in these schedules where what was sent counts as stored', () => {
    const undo = [
      patchMethod(GroupShell, 'losesBy', () => true),
      patchMethod<{ isClean: boolean }, [], unknown>(UncommittedOffsets, 'takeUncommitted', (commits, original) => {
        const due = original()
        commits.isClean = true
        return due
      })
    ]
    try {
      const broken = keptSchedules('refused-commits').filter(
        (schedule) => simulateSchedule(schedule).violations.length > 0
      )
      expect(broken.length).toBeGreaterThan(0)
    } finally {
      for (const unplant of undo) unplant()
    }
  })
})

// The group takes no commits while it rebalances. One that waited for that was stored after a seek that went below it.
describe('a commit that is held back while the group rebalances', () => {
  it('is not sent where the partition was sought elsewhere meanwhile', () => {
    expect(keptSchedules('held-back-commits').map((schedule) => simulateSchedule(schedule).violations)).toEqual([[]])
  })
})

// The next owner did not know yet that the topic was another, or was given an offset of the former one.
describe('a topic that is made again', () => {
  it.each(keptSchedules('recreated-topics').map((schedule) => [schedule.seed, schedule] as const))(
    'is read from its beginning and committed anew, in the schedule of seed %i',
    (_seed, schedule) => {
      expect(simulateSchedule(schedule).violations).toEqual([])
    }
  )
})

describe('a static member that comes back', () => {
  const schedules = keptSchedules('returning-members')

  it('has the group assign what was nobody’s', () => {
    expect(schedules.map((schedule) => simulateSchedule(schedule).violations)).toEqual(schedules.map(() => []))
  })

  it('leaves it to nobody in these schedules where it takes its share as it is', () => {
    const unplant = patchMethod(GroupShell, 'checkStanding', () => undefined)
    try {
      expect(schedules.filter((schedule) => simulateSchedule(schedule).violations.length > 0)).not.toEqual([])
    } finally {
      unplant()
    }
  })
})

// What a follower said in the JoinGroup under way was out of date when that was answered.
describe('topics that are changed while the member joins', () => {
  it.each(keptSchedules('resubscribed-while-joining').map((schedule) => [schedule.seed, schedule] as const))(
    'are told to the group, in the schedule of seed %i',
    (_seed, schedule) => {
      expect(simulateSchedule(schedule).violations).toEqual([])
    }
  )
})
