import { describe, expect, it } from 'vitest'
import { UncommittedOffsets } from '../../src/core/committing/uncommitted-offsets.js'
import { GroupCoordinatorClient } from '../../src/engine/group/group-coordinator-client.js'
import { ReturnedMember } from '../../src/engine/group/returned-member.js'
import { keptSchedules } from '../simulation/kept-schedules.js'
import { patchMethod } from '../simulation/patch.js'
import { simulateSchedule } from '../simulation/simulate.js'

const kept = [
  // A commit was refused while the member rejoined and kept the partition: nobody stored it again.
  ['refused-commits', 'a commit that is refused while the member rejoins is stored under the next generation'],
  // The group takes no commits while it rebalances. One that waited for that was stored after a seek that went below it.
  ['held-back-commits', 'a commit that waits for a rebalance is not sent where the partition was sought elsewhere'],
  // The lower offset was under way, or had been stored twice, when the drain looked for what was not stored.
  ['set-back-commits', 'a drain stores what is acknowledged behind an offset that the application has set back'],
  // Offsets that were committed while a partition drained were refused, or counted as acknowledged after a close.
  ['drained-commits', 'offsets that are committed while a partition drains are stored'],
  // The broker took no commit of that size: its halves were sent to their end, whatever had become of the member.
  ['commits-in-parts', 'a commit in several requests ends with the membership, and with a seek'],
  // The coordinator had forgotten the member: its former id was answered with FENCED_INSTANCE_ID once it had joined again.
  ['fenced-by-itself', 'a static member that has joined again is not fenced by its own former id'],
  // The next owner did not know yet that the topic was another, or was given an offset of the former one.
  ['recreated-topics', 'a topic that is made again is read from its beginning and committed anew'],
  ['returning-members', 'a static member that comes back has the group assign what was nobody’s'],
  // What a follower said in the JoinGroup under way was out of date when that was answered.
  ['resubscribed-while-joining', 'topics that are changed while the member joins are told to the group'],
  // The checker compared the report with what the next owner had committed when it came: that had gone back to the beginning.
  [
    'released-before-the-report',
    'a drain is held against what its member had committed when it gave the partition back'
  ],
  // A cooperative rebalance was under way then: Kafka takes the commits of both who have the partition.
  ['converted-while-revoking', 'a member may commit what it still drains when its group is converted'],
  // Its start was looked up together with partitions that were kept: the question was repeated after the partition was given up.
  ['abandoned-lookups', 'the start of a partition is not looked up any more once it is given up'],
  // The checker counted it as the owner of what it had, since it is in the group again under its id before it knows.
  ['fenced-and-back', 'a member that was fenced and has joined again under its id owns nothing any more']
] as const

describe('kept schedules', () => {
  describe.each(kept)('of %s: %s', (name) => {
    it.each(keptSchedules(name).map((schedule) => [schedule.seed, schedule] as const))('seed %i', (_seed, schedule) => {
      expect(simulateSchedule(schedule).violations).toEqual([])
    })
  })

  it('show a member that counts as stored what it has sent', () => {
    const undo = [
      patchMethod(GroupCoordinatorClient, 'losesBy', () => true),
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

  it('show a static member that takes its share as it is when it comes back', () => {
    const unplant = patchMethod(ReturnedMember, 'checkWhole', () => undefined)
    try {
      const broken = keptSchedules('returning-members').filter(
        (schedule) => simulateSchedule(schedule).violations.length > 0
      )
      expect(broken).not.toEqual([])
    } finally {
      unplant()
    }
  })
})
