import { right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { MembershipEvent } from '../../../../src/core/group/membership-messages.js'
import {
  arm,
  disarm,
  assigning,
  draining,
  joining,
  lostBy,
  only,
  p0,
  p1,
  stable,
  syncing,
  tags,
  Trial,
  unreachable
} from '../../../support/membership-trial.js'

describe('Membership', () => {
  it('sends nothing before it is started', () => {
    const { member } = new Trial()
    expect([member.state, member.memberId, member.generation, member.held, member.mayCommit]).toEqual([
      'unjoined',
      '',
      -1,
      [],
      false
    ])
  })

  describe('heartbeats', () => {
    it('are sent at every interval, with the current id and generation', () => {
      const trial = stable()
      expect(trial.tell({ _tag: 'heartbeat due' })).toEqual([
        arm('heartbeat', 3_000),
        { _tag: 'heartbeat', memberId: 'me', generation: 1 }
      ])
    })

    it('are sent one at a time', () => {
      const trial = stable()
      trial.tell({ _tag: 'heartbeat due' })
      expect(trial.tell({ _tag: 'heartbeat due' })).toEqual([arm('heartbeat', 3_000)])
      trial.beat(code.NONE)
      expect(only(trial.tell({ _tag: 'heartbeat due' }), 'heartbeat').length).toBe(1)
    })

    it('are not delayed in a new generation by one that was never answered', () => {
      const trial = stable([])
      trial.tell({ _tag: 'heartbeat due' })
      trial.tell({ _tag: 'topics changed' })
      trial.join({ generation: 2 })
      expect(only(trial.tell({ _tag: 'heartbeat due' }), 'heartbeat')).toMatchObject([{ generation: 2 }])
    })

    it('are not sent while it joins', () => {
      expect(joining().tell({ _tag: 'heartbeat due' })).toEqual([])
    })

    it('prolong the session from when they were sent, not from when they were answered', () => {
      const trial = stable()
      expect(trial.at(4_000).beat(code.NONE, { sentAt: 3_000 })).toEqual([arm('session', 9_000)])
    })

    it('never shorten the session: answers may overtake each other', () => {
      const trial = stable()
      trial.at(6_000).beat(code.NONE, { sentAt: 5_000 })
      expect(trial.beat(code.NONE, { sentAt: 3_000 })).toEqual([arm('session', 9_000)])
    })

    it('that fail are repeated soon, but no later than the regular one', () => {
      const trial = stable([p0], { retryBackoffMaxMs: 60_000 })
      const waits = Array.from({ length: 7 }, () => only(trial.beatFails(unreachable), 'arm'))
      expect(waits.flat()).toEqual([100, 200, 400, 800, 1_600, 3_000, 3_000].map((inMs) => arm('heartbeat', inMs)))
    })

    it('that fail do not prolong the session, and lose nothing yet', () => {
      const trial = stable()
      expect(tags(trial.at(9_999).beatFails(unreachable))).toEqual(['event', 'arm'])
      expect(tags(trial.at(10_000).tell({ _tag: 'session due' }))).toContain('lost')
    })

    it('are repeated soon where the coordinator has moved', () => {
      const trial = stable()
      expect(trial.beat(code.NOT_COORDINATOR)).toEqual([arm('heartbeat', 100)])
      expect(trial.beat(code.NOT_COORDINATOR)).toEqual([arm('heartbeat', 200)])
      trial.beat(code.NONE)
      expect(trial.beat(code.COORDINATOR_LOAD_IN_PROGRESS)).toEqual([arm('heartbeat', 100)])
    })

    it('of another generation are ignored', () => {
      for (const given of [
        code.REBALANCE_IN_PROGRESS,
        code.ILLEGAL_GENERATION,
        code.UNKNOWN_MEMBER_ID,
        code.FENCED_INSTANCE_ID
      ])
        expect(stable().beat(given, { generation: 0 })).toEqual([])
    })
  })

  // A heartbeat and a commit are told the same things about the membership.
  describe.each([
    { by: 'a heartbeat', hear: (trial: Trial, given: number) => trial.beat(given) },
    {
      by: 'a refused commit',
      hear: (trial: Trial, given: number) =>
        trial.tell({ _tag: 'commit refused', generation: trial.member.generation, code: given })
    }
  ])('told by $by', ({ hear }) => {
    it('of a rebalance, revokes everything', () => {
      const trial = stable()
      expect(only(hear(trial, code.REBALANCE_IN_PROGRESS), 'revoking')).toMatchObject([{ partitions: [p0, p1] }])
    })

    it.each([
      { given: 'ILLEGAL_GENERATION', reason: 'generation over', memberId: 'me' },
      { given: 'UNKNOWN_MEMBER_ID', reason: 'unknown member', memberId: '' },
      { given: 'GROUP_ID_NOT_FOUND', reason: 'unknown member', memberId: '' }
    ] as const)('of $given, loses everything and joins as "$memberId"', ({ given, reason, memberId }) => {
      for (const trial of [stable(), draining()]) {
        expect(hear(trial, code[given])).toContainEqual(lostBy(reason, p0, p1))
        expect([trial.member.held, trial.member.state, trial.member.mayCommit]).toEqual([[], 'joining', false])
        trial.joinFails(unreachable)
        expect(only(trial.tell({ _tag: 'retry due' }), 'join')).toMatchObject([{ memberId, generation: -1 }])
      }
    })

    it.each(['FENCED_INSTANCE_ID', 'GROUP_AUTHORIZATION_FAILED', 'INCONSISTENT_GROUP_PROTOCOL'] as const)(
      'of %s, ends permanently and owns nothing',
      (given) => {
        const trial = stable()
        expect(hear(trial, code[given]).at(-1)).toMatchObject({ _tag: 'fatal' })
        expect([trial.member.state, trial.member.held, trial.member.mayCommit]).toEqual(['closed', [], false])
      }
    )
  })

  describe('a refused commit', () => {
    const refused = (generation: number): MembershipEvent => ({
      _tag: 'commit refused',
      generation,
      code: code.UNKNOWN_MEMBER_ID
    })

    it('of another generation is ignored', () => {
      expect(stable().tell(refused(0))).toEqual([])
    })

    it('is ignored while no commits are accepted', () => {
      for (const trial of [joining(), syncing(), assigning()])
        expect(trial.tell(refused(trial.member.generation))).toEqual([])
    })
  })

  describe('session', () => {
    it('ends that long after the last successful heartbeat: everything is lost, the id is kept', () => {
      const trial = stable()
      trial.at(5_000).beat(code.NONE)
      expect(trial.at(14_999).tell({ _tag: 'session due' })).toEqual([])
      const effects = trial.at(15_000).tell({ _tag: 'session due' })
      expect(effects[0]).toEqual(lostBy('session expired', p0, p1))
      expect(effects.at(-1)).toEqual({ _tag: 'join', attempt: 3, memberId: 'me', owned: [], generation: -1 })
    })

    it('ends while it drains or waits for the group too', () => {
      for (const trial of [draining(), syncing(), assigning()]) {
        expect(only(trial.at(10_000).tell({ _tag: 'session due' }), 'join').length).toBe(1)
        expect(trial.member.held).toEqual([])
      }
    })

    it('loses nothing if the member owns nothing', () => {
      for (const trial of [syncing(), stable([])])
        expect(tags(trial.at(10_000).tell({ _tag: 'session due' }))).toEqual([
          'disarm',
          'disarm',
          'disarm',
          'disarm',
          'disarm',
          'join'
        ])
    })

    it('does not end while it joins: the group holds the answer and expects no heartbeats', () => {
      expect(joining().at(99_999).tell({ _tag: 'session due' })).toEqual([])
    })

    it('begins anew with the answer of JoinGroup', () => {
      const trial = joining()
      trial.at(50_000).join()
      expect(trial.at(59_999).tell({ _tag: 'session due' })).toEqual([])
    })
  })

  describe('draining', () => {
    it('reports what is revoked and until when, and joins only when all of it is released', () => {
      const trial = stable()
      expect(trial.at(1_000).beat(code.REBALANCE_IN_PROGRESS)).toEqual([
        arm('session', 10_000),
        { _tag: 'revoking', partitions: [p0, p1], deadline: 31_000 },
        arm('drain', 30_250)
      ])
      expect(trial.tell({ _tag: 'released', partitions: [p0] })).toEqual([])
      expect([trial.member.held, trial.member.mayCommit]).toEqual([[p1], true])
      expect(trial.tell({ _tag: 'released', partitions: [p1] }).at(-1)).toEqual({
        _tag: 'join',
        attempt: 3,
        memberId: 'me',
        owned: [],
        generation: 1
      })
      expect(trial.member.held).toEqual([])
    })

    it.each([
      {
        what: 'by drain.timeout.ms',
        drainTimeoutMs: 20_000,
        rebalanceTimeoutMs: 60_000,
        quietAt: 2_000,
        deadline: 23_000
      },
      {
        what: 'by the group’s patience, less 5 s',
        drainTimeoutMs: 59_000,
        rebalanceTimeoutMs: 60_000,
        quietAt: 2_000,
        deadline: 57_000
      },
      {
        what: 'by the group’s patience, less a tenth',
        drainTimeoutMs: 9_999,
        rebalanceTimeoutMs: 10_000,
        quietAt: 2_000,
        deadline: 11_000
      },
      {
        what: 'now, where that is past',
        drainTimeoutMs: 900,
        rebalanceTimeoutMs: 1_000,
        quietAt: 2_000,
        deadline: 3_000
      },
      {
        what: 'now, where nothing may take time',
        drainTimeoutMs: 0,
        rebalanceTimeoutMs: 60_000,
        quietAt: 3_000,
        deadline: 3_000
      }
    ])('has to be done $what', ({ drainTimeoutMs, rebalanceTimeoutMs, quietAt, deadline }) => {
      const trial = stable([p0], { drainTimeoutMs, rebalanceTimeoutMs })
      // That it is rebalancing tells nothing of when it began.
      trial.at(3_000).beat(code.NONE, { sentAt: quietAt })
      const effects = trial.beat(code.REBALANCE_IN_PROGRESS, { sentAt: 3_000 })
      const grace = Math.min(250, rebalanceTimeoutMs / 20)
      expect(only(effects, 'revoking')).toEqual([{ _tag: 'revoking', partitions: [p0], deadline }])
      expect(effects).toContainEqual(arm('drain', deadline - 3_000 + grace))
    })

    it('revokes once, however often the group says so, and keeps its deadline', () => {
      const trial = draining()
      expect(trial.at(3_000).beat(code.REBALANCE_IN_PROGRESS)).toEqual([arm('session', 10_000)])
      expect(trial.tell({ _tag: 'topics changed' })).toEqual([])
    })

    it('goes on with heartbeats', () => {
      expect(only(draining().tell({ _tag: 'heartbeat due' }), 'heartbeat').length).toBe(1)
    })

    it('ends at the deadline: what is still held is lost, and the member joins under its id', () => {
      const trial = draining()
      trial.tell({ _tag: 'released', partitions: [p1] })
      const effects = trial.at(30_250).tell({ _tag: 'drain due' })
      expect(effects[0]).toEqual(lostBy('deadline passed', p0))
      expect(only(effects, 'join')).toMatchObject([{ memberId: 'me', owned: [] }])
    })

    it('has no deadline once it has ended', () => {
      for (const trial of [joining(), syncing(), stable()]) expect(trial.tell({ _tag: 'drain due' })).toEqual([])
    })

    it('takes no time if nothing is owned', () => {
      expect(tags(stable([]).beat(code.REBALANCE_IN_PROGRESS))).toEqual([
        'arm',
        'disarm',
        'disarm',
        'disarm',
        'disarm',
        'disarm',
        'join'
      ])
    })

    it('ignores a release that comes too late', () => {
      const trial = draining()
      trial.tell({ _tag: 'drain due' })
      expect(trial.tell({ _tag: 'released', partitions: [p0, p1] })).toEqual([])
    })
  })

  describe('when topics change', () => {
    it('has the group assign anew', () => {
      expect(tags(stable().tell({ _tag: 'topics changed' }))).toEqual(['revoking', 'arm'])
    })

    it('waits for the assignment that is being computed, then drains it at once', () => {
      for (const trial of [syncing(), assigning()]) {
        expect(trial.tell({ _tag: 'topics changed' })).toEqual([])
        trial.tell({ _tag: 'assignment made', attempt: trial.attempt, answer: right([]) })
        expect(tags(trial.sync(code.NONE, [p0]))).toEqual(['assigned', 'revoking', 'arm'])
      }
    })

    it('does so once', () => {
      const trial = syncing()
      trial.tell({ _tag: 'topics changed' })
      trial.sync(code.NONE, [p0])
      trial.tell({ _tag: 'released', partitions: [p0] })
      trial.join({ generation: 2 })
      expect(tags(trial.sync(code.NONE, [p0]))).toEqual(['assigned'])
    })

    it('does nothing before the group has answered: the assignment uses the topics of that time', () => {
      const trial = joining()
      trial.tell({ _tag: 'topics changed' })
      trial.join()
      expect(tags(trial.sync(code.NONE, [p0]))).toEqual(['assigned'])
    })
  })

  describe('close', () => {
    const silence = disarm('heartbeat', 'session', 'retry', 'drain', 'rejoin')

    it('leaves at once, in every state', () => {
      for (const trial of [joining(), assigning(), syncing(), stable(), draining()]) {
        expect(trial.tell({ _tag: 'close', leave: true })).toEqual([...silence, { _tag: 'leave', memberId: 'me' }])
        expect([trial.member.state, trial.member.held, trial.member.mayCommit]).toEqual(['closed', [], false])
      }
    })

    it('sends nothing if it never joined', () => {
      expect(new Trial().tell({ _tag: 'close', leave: true })).toEqual(silence)
    })

    it('is final', () => {
      const trial = stable()
      const { attempt } = trial
      trial.tell({ _tag: 'close', leave: true })
      const events: readonly MembershipEvent[] = [
        { _tag: 'start' },
        { _tag: 'assignment made', attempt, answer: right([]) },
        { _tag: 'sync answered', attempt, answer: right({ code: code.NONE, partitions: [p0] }) },
        { _tag: 'heartbeat due' },
        { _tag: 'heartbeat answered', generation: 1, sentAt: 0, answer: right(code.UNKNOWN_MEMBER_ID) },
        { _tag: 'commit refused', generation: 1, code: code.UNKNOWN_MEMBER_ID },
        { _tag: 'session due' },
        { _tag: 'retry due' },
        { _tag: 'drain due' },
        { _tag: 'released', partitions: [p0] },
        { _tag: 'topics changed' },
        { _tag: 'close', leave: true }
      ]
      for (const event of events) expect(trial.at(99_999).tell(event)).toEqual([])
      expect(trial.member.state).toBe('closed')
    })

    it.each([{ given: code.MEMBER_ID_REQUIRED }, { given: code.NONE }])(
      'during the first JoinGroup leaves with the id of its answer (code $given)',
      ({ given }) => {
        const trial = new Trial()
        trial.tell({ _tag: 'start' })
        expect(trial.tell({ _tag: 'close', leave: true })).toEqual(silence)
        expect(trial.join({ code: given, memberId: 'late' })).toEqual([{ _tag: 'leave', memberId: 'late' }])
      }
    )

    it('of a static member that keeps its place sends no LeaveGroup, also during JoinGroup', () => {
      const trial = new Trial()
      trial.tell({ _tag: 'start' })
      expect(trial.tell({ _tag: 'close', leave: false })).toEqual(silence)
      expect(trial.join({ code: code.NONE, memberId: 'late' })).toEqual([])
    })

    it('during a JoinGroup that fails or brings no id sends no LeaveGroup', () => {
      const trial = new Trial()
      trial.tell({ _tag: 'start' })
      trial.tell({ _tag: 'close', leave: true })
      expect(trial.join({ code: code.NOT_COORDINATOR, memberId: '' })).toEqual([])
      expect(trial.joinFails(unreachable)).toEqual([])
    })
  })
})
