import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { JoinGroupResponse } from '../../../../src/ports/kafka-calls.js'
import { codes, rebalanceTimeoutMs, sessionTimeoutMs, share, speaking, Talk } from '../../../support/group-talk.js'

/** The static members `a`, who leads as `m1`, and `b`, as `m2`: stable in their second generation, all synced. */
const staticPair = (): Talk => {
  const talk = new Talk()
  talk.join('', { groupInstanceId: 'a' })
  talk.join('', { groupInstanceId: 'b' })
  talk.join('m1', { groupInstanceId: 'a' })
  talk.settle()
  expect([talk.state, talk.generation, talk.members]).toEqual(['Stable', 2, ['m1', 'm2']])
  return talk
}

const back = (talk: Talk, groupInstanceId: string, ...protocols: readonly string[]): readonly JoinGroupResponse[] =>
  talk.join('', { groupInstanceId, protocols: speaking(...(protocols.length === 0 ? ['range'] : protocols)) })

describe('a static member', () => {
  it('is admitted without the MEMBER_ID_REQUIRED round', () => {
    const talk = new Talk()
    expect(talk.join('', { groupInstanceId: 'a' })).toMatchObject([
      { code: code.NONE, generation: 1, memberId: 'm1', leader: 'm1', members: [{ groupInstanceId: 'a' }] }
    ])
    expect(talk.described).toMatchObject({ members: [{ memberId: 'm1', groupInstanceId: 'a' }], pending: [] })
  })

  describe('that comes back to a stable group', () => {
    it('gets a new member id, the same generation and its old assignment, and the others notice nothing', () => {
      const talk = staticPair()
      expect(back(talk, 'b')).toEqual([
        {
          code: code.NONE,
          generation: 2,
          protocol: 'range',
          leader: 'm1',
          skipAssignment: false,
          memberId: 'm3',
          members: []
        }
      ])
      expect(talk.sync('m3', { groupInstanceId: 'b' })).toEqual([{ code: code.NONE, assignment: share('m2') }])
      expect([talk.state, talk.members]).toEqual(['Stable', ['m1', 'm3']])
      expect(talk.heartbeat('m1', 2, 'a')).toBe(code.NONE)
    })

    it('as the leader leads on, sees who is there, and is told to skip the assignment', () => {
      const talk = staticPair()
      const [answer] = back(talk, 'a')
      expect(answer).toMatchObject({ generation: 2, memberId: 'm3', leader: 'm3', skipAssignment: true })
      expect(answer?.members.map(({ memberId }) => memberId)).toEqual(['m2', 'm3'])
      expect(talk.sync('m3', { groupInstanceId: 'a' })).toEqual([{ code: code.NONE, assignment: share('m1') }])
      expect(talk.described).toMatchObject({ state: 'Stable', generation: 2, leader: 'm3' })
    })

    it('rebalances nothing by another subscription alone: only the elected protocol is compared', () => {
      const talk = staticPair()
      const protocols = [{ name: 'range', metadata: new Uint8Array([7]) }]
      expect(talk.join('', { groupInstanceId: 'b', protocols })).toMatchObject([{ code: code.NONE, generation: 2 }])
      expect(talk.state).toBe('Stable')
    })

    it('rebalances the group where another protocol would be elected', () => {
      const talk = new Talk()
      const protocols = speaking('range', 'sticky')
      talk.join('', { groupInstanceId: 'a', protocols })
      talk.sync('m1', { groupInstanceId: 'a' })
      expect(back(talk, 'a', 'sticky', 'range')).toMatchObject([
        { code: code.NONE, generation: 2, protocol: 'sticky', memberId: 'm2', skipAssignment: false }
      ])
      expect(talk.state).toBe('CompletingRebalance')
    })

    it('is refused without a protocol that its former incarnation had, which stays', () => {
      const talk = staticPair()
      expect(codes(back(talk, 'b', 'sticky'))).toEqual([code.INCONSISTENT_GROUP_PROTOCOL])
      expect(talk.members).toEqual(['m1', 'm2'])
    })

    it('has the session timeout of the former incarnation until its first heartbeat, then its own', () => {
      const change = { groupInstanceId: 'b', sessionTimeoutMs: 3 * sessionTimeoutMs }
      const silent = staticPair()
      silent.join('', change)
      silent.clock.advance(sessionTimeoutMs - 1)
      expect(silent.members).toContain('m3')
      silent.clock.advance(1)
      expect(silent.members).not.toContain('m3')

      const alive = staticPair()
      alive.join('', change)
      expect(alive.heartbeat('m3', 2, 'b')).toBe(code.NONE)
      alive.clock.advance(3 * sessionTimeoutMs - 1)
      expect(alive.members).toEqual(['m3'])
      alive.clock.advance(1)
      expect(alive.members).toEqual([])
    })
  })

  it('that comes back while the others sync begins a rebalance: the leader may know its former id already', () => {
    const talk = new Talk()
    talk.join('', { groupInstanceId: 'a' })
    talk.join('', { groupInstanceId: 'b' })
    talk.join('m1', { groupInstanceId: 'a' })
    const held = talk.sync('m1', { groupInstanceId: 'a', generation: 2, assignments: [] })
    expect([talk.state, codes(held)]).toEqual(['Stable', [code.NONE]])
    talk.join('m1', { groupInstanceId: 'a' })
    talk.join('m2', { groupInstanceId: 'b' })
    const waiting = talk.sync('m2', { groupInstanceId: 'b' })
    expect(back(talk, 'a')).toEqual([])
    expect([talk.state, codes(waiting)]).toEqual(['PreparingRebalance', [code.REBALANCE_IN_PROGRESS]])
  })

  it('that comes back while the group prepares takes the place of the former JoinGroup', () => {
    const talk = staticPair()
    const former = talk.join('m1', { groupInstanceId: 'a' })
    const again = back(talk, 'a')
    expect([codes(former), again]).toEqual([[code.FENCED_INSTANCE_ID], []])
    talk.join('m2', { groupInstanceId: 'b' })
    expect(again).toMatchObject([{ code: code.NONE, generation: 3, memberId: 'm3', leader: 'm3' }])
  })

  describe('of a former incarnation', () => {
    it('is fenced with FENCED_INSTANCE_ID, whatever it asks', () => {
      const talk = staticPair()
      back(talk, 'b')
      expect(codes(talk.join('m2', { groupInstanceId: 'b' }))).toEqual([code.FENCED_INSTANCE_ID])
      expect(codes(talk.sync('m2', { groupInstanceId: 'b' }))).toEqual([code.FENCED_INSTANCE_ID])
      expect(talk.heartbeat('m2', 2, 'b')).toBe(code.FENCED_INSTANCE_ID)
      expect(talk.mayCommit('m2', 2, 'b')).toBe(code.FENCED_INSTANCE_ID)
      expect(talk.leave('m2', 'b')).toBe(code.FENCED_INSTANCE_ID)
      expect(talk.members).toEqual(['m1', 'm3'])
    })

    it('has its held SyncGroup answered as fenced', () => {
      const talk = staticPair()
      talk.join('m1', { groupInstanceId: 'a' })
      talk.join('m2', { groupInstanceId: 'b' })
      const held = talk.sync('m2', { groupInstanceId: 'b' })
      back(talk, 'b')
      expect(codes(held)).toEqual([code.FENCED_INSTANCE_ID])
    })

    it('leaves no session behind', () => {
      const talk = staticPair()
      back(talk, 'b')
      for (const groupInstanceId of ['a', 'b']) talk.leave('', groupInstanceId)
      expect([talk.state, talk.clock.pending]).toEqual(['Empty', 0])
    })

    it('ends without effect when its session would', () => {
      const talk = staticPair()
      talk.clock.advance(sessionTimeoutMs - 1)
      talk.heartbeat('m1', 2, 'a')
      back(talk, 'b')
      talk.clock.advance(sessionTimeoutMs - 1)
      expect([talk.state, talk.members]).toEqual(['Stable', ['m1', 'm3']])
    })
  })

  it('of an unknown instance id is unknown, by member id as well', () => {
    const talk = staticPair()
    expect(codes(talk.join('m9', { groupInstanceId: 'z' }))).toEqual([code.UNKNOWN_MEMBER_ID])
    expect(codes(talk.sync('m1', { groupInstanceId: 'z' }))).toEqual([code.UNKNOWN_MEMBER_ID])
    expect(talk.heartbeat('m1', 2, 'z')).toBe(code.UNKNOWN_MEMBER_ID)
    expect(talk.mayCommit('m1', 2, 'z')).toBe(code.UNKNOWN_MEMBER_ID)
    expect(talk.leave('m1', 'z')).toBe(code.UNKNOWN_MEMBER_ID)
    expect(talk.leave('', 'z')).toBe(code.UNKNOWN_MEMBER_ID)
    expect(talk.leave('', null)).toBe(code.UNKNOWN_MEMBER_ID)
  })

  it('leaves by its instance id alone, whichever incarnation there is, and is new when it comes back', () => {
    const talk = staticPair()
    back(talk, 'b')
    expect(talk.leave('', 'b')).toBe(code.NONE)
    expect([talk.state, talk.members]).toEqual(['PreparingRebalance', ['m1']])
    for (const former of ['m2', 'm3']) expect(talk.heartbeat(former, 2, 'b')).toBe(code.UNKNOWN_MEMBER_ID)
    const again = back(talk, 'b')
    expect(again).toEqual([])
    talk.join('m1', { groupInstanceId: 'a' })
    expect(again).toMatchObject([{ code: code.NONE, generation: 3, memberId: 'm4' }])
  })

  it('that is away is kept through a rebalance, and another is made leader for it', () => {
    const talk = new Talk()
    talk.join('', { groupInstanceId: 'a', sessionTimeoutMs: 10 * rebalanceTimeoutMs })
    const third = talk.enter()
    talk.clock.advance(rebalanceTimeoutMs)
    expect(third).toMatchObject([{ code: code.NONE, generation: 2, leader: 'm2' }])
    expect(third[0]?.members.map(({ memberId }) => memberId)).toEqual(['m1', 'm2'])
  })

  it('that is away, where nobody else joins either, is waited for until its session ends', () => {
    const talk = new Talk()
    talk.join('', { groupInstanceId: 'a', sessionTimeoutMs: 3 * rebalanceTimeoutMs + 1 })
    talk.enter()
    talk.leave('m2')
    expect(talk.state).toBe('PreparingRebalance')
    talk.clock.advance(3 * rebalanceTimeoutMs)
    expect([talk.state, talk.generation, talk.members]).toEqual(['PreparingRebalance', 1, ['m1']])
    talk.clock.advance(1)
    expect([talk.state, talk.generation, talk.members, talk.clock.pending]).toEqual(['Empty', 2, [], 0])
  })
})
