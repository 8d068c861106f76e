import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import {
  arm,
  at,
  disarm,
  assigning,
  draining,
  joined,
  joining,
  only,
  p0,
  p1,
  stable,
  syncing,
  tags,
  Trial,
  unauthorized,
  unreachable
} from '../../../support/membership-trial.js'

describe('Membership: joining', () => {
  describe('joining', () => {
    it('joins without an id, and at once again with the id of the answer', () => {
      const trial = new Trial()
      const quiet = disarm('heartbeat', 'session', 'drain', 'rejoin', 'retry')
      expect(trial.tell({ _tag: 'start' })).toEqual([
        ...quiet,
        { _tag: 'join', attempt: 1, memberId: '', owned: [], generation: -1 }
      ])
      expect(trial.join({ code: code.MEMBER_ID_REQUIRED, memberId: 'me' })).toEqual([
        ...quiet,
        { _tag: 'join', attempt: 2, memberId: 'me', owned: [], generation: -1 }
      ])
    })

    it('is started once', () => {
      const trial = joining()
      expect(trial.tell({ _tag: 'start' })).toEqual([])
    })

    it('as a follower asks for its share, and keeps its session alive meanwhile', () => {
      expect(joining().join({ generation: 5 })).toEqual([
        arm('heartbeat', 3_000),
        arm('session', 10_000),
        { _tag: 'sync', attempt: 2, memberId: 'me', generation: 5, protocol: 'range', shares: [] }
      ])
    })

    it('as the leader computes the assignment and sends it', () => {
      const trial = joining()
      const members = [{ memberId: 'me', groupInstanceId: null, metadata: new Uint8Array(0) }]
      expect(trial.join({ leader: 'me', members })).toEqual([
        arm('heartbeat', 3_000),
        arm('session', 10_000),
        { _tag: 'make assignment', attempt: 2, protocol: 'range', members }
      ])
      const shares = [{ memberId: 'me', assignment: new Uint8Array([1]) }]
      expect(trial.tell({ _tag: 'assignment made', attempt: 2, answer: right(shares) })).toEqual([
        { _tag: 'sync', attempt: 2, memberId: 'me', generation: 1, protocol: 'range', shares }
      ])
    })

    it('as a leader with skipAssignment asks for its share and sends no assignment', () => {
      expect(joining().join({ leader: 'me', skipAssignment: true }).at(-1)).toEqual({
        _tag: 'sync',
        attempt: 2,
        memberId: 'me',
        generation: 1,
        protocol: 'range',
        shares: []
      })
    })

    it('takes the member id of the answer', () => {
      const trial = joining()
      trial.join({ memberId: 'renamed' })
      expect(trial.member.memberId).toBe('renamed')
    })

    it('ignores the answers of former attempts', () => {
      const trial = syncing()
      const { attempt } = trial
      trial.sync(code.REBALANCE_IN_PROGRESS)
      for (const event of [
        { _tag: 'join answered', attempt, answer: right(joined()) },
        { _tag: 'assignment made', attempt, answer: right([]) },
        { _tag: 'sync answered', attempt, answer: right({ code: code.NONE, partitions: [p0] }) }
      ] as const)
        expect(trial.tell(event)).toEqual([])
      expect(trial.member.state).toBe('joining')
    })

    it('ignores them in the same state of a later attempt too', () => {
      for (const { trial, leader, answer } of [
        { trial: joining(), leader: 'other', answer: { _tag: 'join answered', answer: right(joined()) } as const },
        { trial: assigning(), leader: 'me', answer: { _tag: 'assignment made', answer: right([]) } as const },
        {
          trial: syncing(),
          leader: 'other',
          answer: { _tag: 'sync answered', answer: right({ code: code.NONE, partitions: [p0] }) } as const
        }
      ]) {
        const { attempt } = trial
        const { state } = trial.member
        if (state === 'joining') {
          trial.joinFails(unreachable)
          trial.tell({ _tag: 'retry due' })
        } else {
          trial.at(10_000).tell({ _tag: 'session due' })
          trial.join({ leader, generation: 2 })
        }
        expect([trial.member.state, trial.attempt > attempt]).toEqual([state, true])
        expect(trial.tell({ ...answer, attempt })).toEqual([])
        expect(trial.member.state).toBe(state)
      }
    })

    it.each([
      { given: 'INCONSISTENT_GROUP_PROTOCOL', fault: { _tag: 'GroupProtocolFault', groupId: 'g', offered: ['range'] } },
      { given: 'GROUP_AUTHORIZATION_FAILED', fault: { _tag: 'AuthorizationFault', resource: 'group', name: 'g' } },
      { given: 'FENCED_INSTANCE_ID', fault: { _tag: 'FencedFault', what: 'group.instance.id', id: 'i' } },
      {
        given: 'INVALID_SESSION_TIMEOUT',
        fault: { _tag: 'ConfigFault', problems: [{ property: 'session.timeout.ms', given: '10000' }] }
      },
      { given: 'INVALID_GROUP_ID', fault: { _tag: 'ConfigFault', problems: [{ property: 'group.id', given: '"g"' }] } },
      { given: 'GROUP_MAX_SIZE_REACHED', fault: { _tag: 'BrokerFault', api: 'JoinGroup', code: 81 } },
      { given: 'UNSUPPORTED_VERSION', fault: { _tag: 'BrokerFault', api: 'JoinGroup', code: 35 } }
    ] as const)('ends permanently at $given', ({ given, fault }) => {
      const trial = joining({ groupInstanceId: 'i' })
      const effects = trial.join({ code: code[given] })
      expect(effects).toMatchObject([
        ...disarm('heartbeat', 'session', 'retry', 'drain', 'rejoin'),
        { _tag: 'fatal', fault }
      ])
      expect(trial.member.state).toBe('closed')
    })

    it.each([
      'COORDINATOR_LOAD_IN_PROGRESS',
      'COORDINATOR_NOT_AVAILABLE',
      'NOT_COORDINATOR',
      'REBALANCE_IN_PROGRESS'
    ] as const)('waits and tries again at %s', (given) => {
      const trial = joining()
      expect(trial.join({ code: code[given] })).toEqual([
        ...disarm('heartbeat', 'session'),
        {
          _tag: 'event',
          event: {
            _tag: 'waiting',
            reason: 'the group g cannot be joined yet',
            fault: { _tag: 'BrokerFault', api: 'JoinGroup', code: code[given], name: given },
            inMs: 100
          }
        },
        arm('retry', 100)
      ])
      expect(only(trial.tell({ _tag: 'retry due' }), 'join')).toMatchObject([{ memberId: 'me' }])
    })

    it('forgets an id that the group does not know, and waits before it asks for another', () => {
      const trial = joining()
      expect(tags(trial.join({ code: code.UNKNOWN_MEMBER_ID }))).toEqual(['disarm', 'disarm', 'event', 'arm'])
      expect(only(trial.tell({ _tag: 'retry due' }), 'join')).toMatchObject([{ memberId: '', generation: -1 }])
    })

    it('tries again where the group cannot be reached, longer and longer apart', () => {
      const trial = joining()
      const waits = Array.from({ length: 6 }, (_, index) => {
        const effects = trial.joinFails(unreachable)
        const [waiting] = only(effects, 'arm')
        expect(only(effects, 'event')).toMatchObject([
          { event: { _tag: 'reconnecting', broker: 'b:1', fault: unreachable, attempt: index + 1 } }
        ])
        trial.tell({ _tag: 'retry due' })
        return waiting
      })
      expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000].map((inMs) => arm('retry', inMs)))
    })

    it('begins with the shortest wait again after it has been stable', () => {
      const trial = joining()
      for (let n = 0; n < 3; n++) {
        trial.joinFails(unreachable)
        trial.tell({ _tag: 'retry due' })
      }
      trial.join()
      trial.sync(code.NONE, [p0])
      expect(only(trial.beatFails(unreachable), 'arm')).toEqual([arm('heartbeat', 100)])
    })

    it('ends permanently if it may not use the group', () => {
      for (const effects of [joining().joinFails(unauthorized), syncing().syncFails(unauthorized)])
        expect(effects.at(-1)).toEqual({ _tag: 'fatal', fault: unauthorized })
    })

    it('tries again if the leader cannot compute the assignment', () => {
      const trial = assigning()
      const effects = trial.tell({ _tag: 'assignment made', attempt: trial.attempt, answer: left(unreachable) })
      expect(effects.at(-1)).toEqual(arm('retry', 100))
      expect(trial.member.state).toBe('joining')
    })

    it('sends no JoinGroup at a retry that is due when it is joined already', () => {
      for (const trial of [syncing(), assigning(), stable(), draining()])
        expect(trial.tell({ _tag: 'retry due' })).toEqual([])
    })
  })

  describe('syncing', () => {
    it('owns what it is assigned, and may commit from then on', () => {
      const trial = syncing()
      expect(trial.member.mayCommit).toBe(false)
      expect(trial.sync(code.NONE, [p0, p1])).toEqual([
        { _tag: 'assigned', generation: 1, gained: [p0, p1], kept: [], rebalance: at() }
      ])
      expect([trial.member.state, trial.member.held, trial.member.mayCommit]).toEqual(['stable', [p0, p1], true])
      expect([trial.member.ownershipOf(p1), trial.member.ownershipOf({ topic: 't', partition: 2 })]).toEqual([p1, null])
    })

    it('reports that the group has too many members when it is assigned nothing', () => {
      expect(syncing().sync(code.NONE, [])).toEqual([
        { _tag: 'assigned', generation: 1, gained: [], kept: [], rebalance: at() },
        { _tag: 'event', event: { _tag: 'no partitions', groupId: 'g' } }
      ])
    })

    it('ends if its assignment cannot be read: that is not an empty one', () => {
      const effects = syncing().sync(code.NONE, null)
      expect(effects.filter(({ _tag }) => _tag === 'fatal')).toEqual([
        {
          _tag: 'fatal',
          fault: { _tag: 'AssignmentFault', groupId: 'g', reason: expect.stringContaining('SyncGroup') }
        }
      ])
      expect(effects.some(({ _tag }) => _tag === 'assigned')).toBe(false)
    })

    it('joins again at once where another rebalance has begun', () => {
      const trial = syncing()
      expect(trial.sync(code.REBALANCE_IN_PROGRESS).at(-1)).toEqual({
        _tag: 'join',
        attempt: 3,
        memberId: 'me',
        owned: [],
        generation: 1
      })
    })

    it.each([
      { given: 'ILLEGAL_GENERATION', memberId: 'me' },
      { given: 'UNKNOWN_MEMBER_ID', memberId: '' }
    ] as const)('after $given waits, then joins as "$memberId"', ({ given, memberId }) => {
      const trial = syncing()
      expect(trial.sync(code[given]).at(-1)).toEqual(arm('retry', 100))
      expect(only(trial.tell({ _tag: 'retry due' }), 'join')).toMatchObject([{ memberId, generation: -1 }])
    })

    it('ends permanently if it was fenced, and tries again if the coordinator has moved', () => {
      expect(syncing().sync(code.FENCED_INSTANCE_ID).at(-1)).toMatchObject({
        _tag: 'fatal',
        fault: { _tag: 'FencedFault' }
      })
      expect(syncing().sync(code.NOT_COORDINATOR).at(-1)).toEqual(arm('retry', 100))
      expect(syncing().syncFails(unreachable).at(-1)).toEqual(arm('retry', 100))
    })

    it('sends heartbeats, and ignores a rebalance that they report: SyncGroup reports it too', () => {
      const trial = syncing()
      expect(only(trial.tell({ _tag: 'heartbeat due' }), 'heartbeat').length).toBe(1)
      expect(tags(trial.beat(code.REBALANCE_IN_PROGRESS))).toEqual(['arm'])
      expect(trial.member.state).toBe('syncing')
    })
  })
})
