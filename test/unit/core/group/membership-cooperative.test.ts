import { right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { MembershipOptions } from '../../../../src/core/group/membership-messages.js'
import {
  arm,
  at,
  joined,
  lostBy,
  only,
  p0,
  p1,
  stable,
  tags,
  type Trial,
  unreachable
} from '../../../support/membership-trial.js'

const p2 = { topic: 't', partition: 2 }
const protocol = { protocol: 'cooperative', protocols: ['cooperative-sticky'] } as const
const member = (change: Partial<MembershipOptions> = {}): Trial => stable([p0, p1], { ...protocol, ...change })

/** The group has given the member this, in its next generation. */
const reassigned = (
  trial: Trial,
  partitions: Parameters<Trial['sync']>[1],
  generation = 2
): ReturnType<Trial['sync']> => {
  trial.join({ generation })
  return trial.sync(code.NONE, partitions)
}

/** p1 is being taken away. */
const losingOne = (change: Partial<MembershipOptions> = {}): Trial => {
  const trial = member(change)
  trial.beat(code.REBALANCE_IN_PROGRESS)
  reassigned(trial, [p0])
  return trial
}

describe('Membership, cooperative', () => {
  describe('when the group assigns anew', () => {
    it('rejoins at once with all its partitions, and releases none', () => {
      const trial = member()
      const effects = trial.at(500).beat(code.REBALANCE_IN_PROGRESS)
      expect(only(effects, 'join')).toMatchObject([{ memberId: 'me', owned: [p0, p1], generation: 1 }])
      expect(only(effects, 'revoking')).toEqual([])
      expect(trial.member.held).toEqual([p0, p1])
      // The group is still gathering its members: it takes commits of the generation before, from then on none.
      expect(trial.member.mayCommit).toBe(true)
      trial.join()
      expect(trial.member.mayCommit).toBe(false)
    })

    it('keeps what stays, begins what is new, and revokes only what is gone', () => {
      const trial = member()
      trial.at(500).beat(code.REBALANCE_IN_PROGRESS)
      const effects = reassigned(trial.at(700), [p0, p2])
      expect(effects.filter(({ _tag }) => _tag === 'assigned' || _tag === 'revoking')).toEqual([
        { _tag: 'assigned', generation: 2, gained: [p2], kept: [p0], rebalance: at({ joinMs: 200 }) },
        { _tag: 'revoking', partitions: [p1], deadline: 30_700 }
      ])
      expect([trial.member.state, trial.member.held]).toEqual(['stable', [p0, p1, p2]])
      expect(trial.member.mayCommit).toBe(true)
    })

    it('has until its drain timeout, or the group’s timeout minus a margin', () => {
      const trial = member({ drainTimeoutMs: 90_000, rebalanceTimeoutMs: 60_000 })
      trial.beat(code.REBALANCE_IN_PROGRESS)
      expect(only(reassigned(trial.at(1_000), [p0]), 'revoking')).toMatchObject([{ deadline: 56_000 }])
    })

    it('learns soon of the next phase: for two intervals it sends heartbeats four times a second', () => {
      const trial = member()
      trial.beat(code.REBALANCE_IN_PROGRESS)
      expect(only(reassigned(trial, [p0, p1]), 'arm')).toEqual([arm('heartbeat', 250)])
      expect(only(trial.at(5_999).tell({ _tag: 'heartbeat due' }), 'arm')).toEqual([arm('heartbeat', 250)])
      trial.beat(code.NONE)
      expect(only(trial.at(6_000).tell({ _tag: 'heartbeat due' }), 'arm')).toEqual([arm('heartbeat', 3_000)])
    })
  })

  describe('once something is released', () => {
    it('rejoins at once without it, so that others may have it', () => {
      const trial = losingOne()
      expect(trial.tell({ _tag: 'released', partitions: [p1] })).toContainEqual(arm('rejoin', 0))
      expect(only(trial.tell({ _tag: 'rejoin due' }), 'join')).toMatchObject([{ owned: [p0], generation: 2 }])
    })

    it('lets the rest drain: no more than one rejoin a heartbeat interval meanwhile', () => {
      const trial = member()
      trial.at(1_000).beat(code.REBALANCE_IN_PROGRESS)
      reassigned(trial.at(1_100), [])
      expect(only(trial.at(2_000).tell({ _tag: 'released', partitions: [p0] }), 'arm')).toEqual([arm('rejoin', 2_000)])
      const [join] = only(trial.at(4_000).tell({ _tag: 'rejoin due' }), 'join')
      expect(join).toMatchObject({ owned: [p1] })
    })

    it('says so in the next generation, where it was released while the member was joining', () => {
      const trial = losingOne()
      trial.beat(code.REBALANCE_IN_PROGRESS)
      expect(trial.tell({ _tag: 'released', partitions: [p1] })).toEqual([{ _tag: 'disarm', timer: 'drain' }])
      trial.join({ generation: 3 })
      // The group counted it as this member's when it assigned, so it gave it to nobody.
      expect(trial.sync(code.NONE, [p0])).toContainEqual(arm('rejoin', 0))
    })

    it('begins it anew if the group has assigned it again meanwhile', () => {
      const trial = losingOne()
      trial.beat(code.REBALANCE_IN_PROGRESS)
      const effects = reassigned(trial, [p0, p1], 3)
      expect(only(effects, 'assigned')).toMatchObject([{ gained: [], kept: [p0] }])
      expect(only(effects, 'revoking')).toEqual([])
      trial.tell({ _tag: 'released', partitions: [p1] })
      const again = trial.tell({ _tag: 'rejoin due' })
      expect(only(again, 'assigned')).toMatchObject([{ generation: 3, gained: [p1], kept: [p0] }])
      expect(only(again, 'join')).toEqual([])
      expect(trial.member.held).toEqual([p0, p1])
    })
  })

  describe('while it drains', () => {
    it('rejoins at once at another rebalance, still owning what it drains', () => {
      const trial = losingOne()
      expect(only(trial.beat(code.REBALANCE_IN_PROGRESS), 'join')).toMatchObject([{ owned: [p0, p1] }])
    })

    it('is not asked twice for the same', () => {
      const trial = losingOne()
      trial.beat(code.REBALANCE_IN_PROGRESS)
      expect(only(reassigned(trial, [p0], 3), 'revoking')).toEqual([])
    })

    it('loses at the deadline what is still draining, and keeps the rest', () => {
      const trial = losingOne()
      const effects = trial.at(99_999).tell({ _tag: 'drain due' })
      expect(only(effects, 'lost')).toEqual([lostBy('deadline passed', p1)])
      expect(trial.member.held).toEqual([p0])
      expect(effects).toContainEqual(arm('rejoin', 0))
    })
  })

  describe('while it rejoins', () => {
    const rejoining = (): Trial => {
      const trial = member()
      trial.beat(code.REBALANCE_IN_PROGRESS)
      expect(trial.member.state).toBe('joining')
      return trial
    }

    it('goes on with heartbeats, and is lost when none is taken for as long as the session lasts', () => {
      const trial = rejoining()
      expect(only(trial.at(3_000).tell({ _tag: 'heartbeat due' }), 'heartbeat')).toHaveLength(1)
      trial.beat(code.REBALANCE_IN_PROGRESS)
      expect(trial.at(12_999).tell({ _tag: 'session due' })).toEqual([])
      const effects = trial.at(13_000).tell({ _tag: 'session due' })
      expect(only(effects, 'lost')).toEqual([lostBy('session expired', p0, p1)])
      expect(only(effects, 'join')).toMatchObject([{ memberId: 'me', owned: [], generation: -1 }])
    })

    it.each([code.ILLEGAL_GENERATION, code.UNKNOWN_MEMBER_ID, code.REBALANCE_IN_PROGRESS])(
      'treats code %i of a heartbeat as part of the JoinGroup in flight',
      (given) => {
        expect(only(rejoining().beat(given), 'lost')).toEqual([])
      }
    )

    it('keeps what it holds where the group cannot be reached, and tries again', () => {
      const trial = rejoining()
      const effects = trial.joinFails(unreachable)
      expect(tags(effects)).toEqual(['event', 'arm'])
      expect(trial.member.held).toEqual([p0, p1])
      expect(only(trial.tell({ _tag: 'retry due' }), 'join')).toMatchObject([{ owned: [p0, p1], generation: 1 }])
    })

    it.each([
      [
        'JoinGroup says that it is unknown',
        (trial: Trial) => trial.join({ code: code.UNKNOWN_MEMBER_ID }),
        'unknown member'
      ],
      ['SyncGroup says so', (trial: Trial) => (trial.join(), trial.sync(code.UNKNOWN_MEMBER_ID)), 'unknown member'],
      [
        'SyncGroup says that the generation is over',
        (trial: Trial) => (trial.join(), trial.sync(code.ILLEGAL_GENERATION)),
        'generation over'
      ]
    ] as const)('loses everything when %s', (_what, tell, reason) => {
      const trial = rejoining()
      expect(only(tell(trial), 'lost')).toEqual([lostBy(reason, p0, p1)])
      expect(only(trial.tell({ _tag: 'retry due' }), 'join')).toMatchObject([{ owned: [], generation: -1 }])
    })

    it('joins again at once if SyncGroup reports another rebalance, still with all its partitions', () => {
      const trial = rejoining()
      trial.join({ generation: 2 })
      expect(only(trial.sync(code.REBALANCE_IN_PROGRESS), 'join')).toMatchObject([{ owned: [p0, p1], generation: 2 }])
    })
  })

  it('makes the group assign anew when topics change, and releases nothing', () => {
    const trial = member()
    expect(only(trial.tell({ _tag: 'topics changed' }), 'join')).toMatchObject([{ owned: [p0, p1] }])
  })

  describe.each(['eager', 'cooperative'] as const)('staying out of the group (%s)', (kind) => {
    const suspended = (): Trial => {
      const trial = stable([p0, p1], { protocol: kind })
      const effects = trial.tell({ _tag: 'suspend', stalled: [p1] })
      expect(only(effects, 'revoking')).toMatchObject([{ partitions: [p0] }])
      return trial
    }

    it('drains the others, then leaves, and sends no more heartbeats', () => {
      const trial = suspended()
      expect(trial.beat(code.REBALANCE_IN_PROGRESS)).toEqual([arm('session', 10_000)])
      const effects = trial.tell({ _tag: 'released', partitions: [p0] })
      expect(only(effects, 'leave')).toEqual([{ _tag: 'leave', memberId: 'me' }])
      expect([trial.member.state, trial.tell({ _tag: 'heartbeat due' })]).toEqual(['suspended', []])
    })

    it('joins again as a new member', () => {
      const trial = suspended()
      trial.tell({ _tag: 'released', partitions: [p0] })
      expect(only(trial.tell({ _tag: 'resume' }), 'join')).toMatchObject([{ memberId: '', owned: [], generation: -1 }])
    })

    it('joins as soon as it is drained, if that happens last', () => {
      const trial = suspended()
      expect(trial.tell({ _tag: 'resume' })).toEqual([])
      expect(only(trial.tell({ _tag: 'released', partitions: [p0] }), 'join')).toHaveLength(1)
    })

    it('waits for the assignment that is being computed, and releases it', () => {
      const trial = stable([p0, p1], { protocol: kind })
      trial.tell({ _tag: 'topics changed' })
      if (kind === 'eager') trial.tell({ _tag: 'released', partitions: [p0, p1] })
      trial.tell({ _tag: 'suspend', stalled: [] })
      expect(only(reassigned(trial, [p0]), 'revoking')).not.toEqual([])
    })

    it('sends nothing more when it is closed', () => {
      const trial = suspended()
      trial.tell({ _tag: 'released', partitions: [p0] })
      expect(only(trial.tell({ _tag: 'close', leave: true }), 'leave')).toEqual([])
    })

    it('leaves a static member to its session', () => {
      const trial = stable([p0], { protocol: kind, groupInstanceId: 'i' })
      trial.tell({ _tag: 'suspend', stalled: [p0] })
      expect([trial.member.state, trial.tell({ _tag: 'resume' }).some(({ _tag }) => _tag === 'join')]).toEqual([
        'suspended',
        true
      ])
    })
  })

  it('sends nothing to the group at a close that keeps its place', () => {
    expect(only(member().tell({ _tag: 'close', leave: false }), 'leave')).toEqual([])
  })

  it('ignores an answer of JoinGroup that comes after the session has ended', () => {
    const trial = member()
    trial.beat(code.REBALANCE_IN_PROGRESS)
    const { attempt } = trial
    trial.at(10_000).tell({ _tag: 'session due' })
    expect(trial.tell({ _tag: 'join answered', attempt, answer: right(joined({ generation: 9 })) })).toEqual([])
  })
})
