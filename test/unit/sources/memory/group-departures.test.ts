import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { codes, groupIn, rebalanceTimeoutMs, sessionTimeoutMs, share, Talk } from '../../../support/group-talk.js'

describe('GroupCoordinator: members that go', () => {
  describe('leave', () => {
    it('has the others rebalance', () => {
      const talk = groupIn('Stable')
      expect(talk.leave('m2')).toBe(code.NONE)
      expect(talk.heartbeat('m1')).toBe(code.REBALANCE_IN_PROGRESS)
      expect(talk.rejoin('m1')).toMatchObject([[{ generation: 3, members: [{ memberId: 'm1' }] }]])
    })

    it('ends the wait for the one that leaves', () => {
      const talk = groupIn('Stable')
      const third = talk.enter()
      talk.join('m1')
      talk.leave('m2')
      expect(third).toMatchObject([{ code: code.NONE, generation: 3 }])
    })

    it('answers what is held of the one that leaves', () => {
      const joining = groupIn('Stable')
      const held = joining.enter()
      joining.leave('m3')
      expect(codes(held)).toEqual([code.UNKNOWN_MEMBER_ID])

      const syncing = groupIn('CompletingRebalance')
      const sync = syncing.sync('m2')
      syncing.leave('m2')
      expect(codes(sync)).toEqual([code.UNKNOWN_MEMBER_ID])
    })

    it('takes back an id that was given and not used yet', () => {
      const talk = new Talk()
      talk.join('')
      expect(talk.leave('m1')).toBe(code.NONE)
      expect(codes(talk.join('m1'))).toEqual([code.UNKNOWN_MEMBER_ID])
    })

    it('leaves an empty group of a new generation when there was but one', () => {
      const talk = new Talk()
      talk.enter()
      talk.leave('m1')
      expect([talk.state, talk.generation, talk.clock.pending]).toEqual(['Empty', 2, 0])
    })

    it('leaves an empty group of a new generation, and nothing scheduled, when the last one goes', () => {
      for (const state of ['PreparingRebalance', 'CompletingRebalance', 'Stable'] as const) {
        const talk = groupIn(state)
        const before = talk.generation
        for (const memberId of talk.members) talk.leave(memberId)
        expect(talk.state).toBe('Empty')
        expect(talk.generation).toBeGreaterThan(before)
        expect(talk.clock.pending).toBe(0)
      }
    })
  })

  describe('session', () => {
    it('ends so long after the last sign of life, and the others rebalance', () => {
      const talk = groupIn('Stable')
      talk.clock.advance(sessionTimeoutMs - 1)
      talk.heartbeat('m1')
      expect(talk.members).toEqual(['m1', 'm2'])
      talk.clock.advance(1)
      expect(talk.members).toEqual(['m1'])
      expect([talk.heartbeat('m2'), talk.heartbeat('m1')]).toEqual([code.UNKNOWN_MEMBER_ID, code.REBALANCE_IN_PROGRESS])
    })

    it.each<{ sign: string; give: (talk: Talk) => unknown }>([
      { sign: 'a heartbeat', give: (talk) => talk.heartbeat('m2') },
      { sign: 'a commit', give: (talk) => talk.mayCommit('m2') }
    ])('is prolonged by $sign', ({ give }) => {
      const talk = groupIn('Stable')
      talk.clock.advance(600)
      talk.heartbeat('m1')
      give(talk)
      talk.clock.advance(sessionTimeoutMs - 1)
      expect(talk.members).toContain('m2')
      talk.clock.advance(1)
      expect(talk.members).not.toContain('m2')
    })

    it('is prolonged by a SyncGroup that is held', () => {
      const talk = groupIn('CompletingRebalance')
      talk.clock.advance(600)
      talk.heartbeat('m1')
      const held = talk.sync('m2')
      talk.clock.advance(600)
      talk.settle()
      expect(held).toEqual([{ code: code.NONE, assignment: share('m2') }])
    })

    it.each<{ what: string; give: (talk: Talk) => unknown }>([
      { what: 'a heartbeat of another generation', give: (talk) => talk.heartbeat('m2', 1) },
      { what: 'a commit of another generation', give: (talk) => talk.mayCommit('m2', 1) },
      { what: 'a SyncGroup that is answered at once', give: (talk) => talk.sync('m2') },
      { what: 'a JoinGroup that is answered at once', give: (talk) => talk.join('m2') }
    ])('is not prolonged by $what', ({ give }) => {
      const talk = groupIn('Stable')
      talk.clock.advance(600)
      talk.heartbeat('m1')
      give(talk)
      talk.clock.advance(400)
      expect(talk.members).toEqual(['m1'])
    })

    it('is as long as the latest JoinGroup of the member says', () => {
      const talk = groupIn('Stable')
      talk.enter()
      talk.join('m2', { sessionTimeoutMs: 3 * sessionTimeoutMs })
      talk.leave('m3')
      talk.rejoin('m1')
      talk.clock.advance(3 * sessionTimeoutMs - 1)
      expect(talk.members).toEqual(['m2'])
      talk.clock.advance(1)
      expect(talk.members).toEqual([])
    })

    it('does not end while a JoinGroup is held, and begins anew with its answer', () => {
      const talk = groupIn('Stable')
      const third = talk.enter()
      talk.pass(4 * sessionTimeoutMs, 'm1', 'm2')
      expect(talk.members).toEqual(['m1', 'm2', 'm3'])
      talk.rejoin('m1', 'm2')
      expect(codes(third)).toEqual([code.NONE])
      talk.clock.advance(sessionTimeoutMs - 1)
      expect(talk.members).toEqual(['m1', 'm2', 'm3'])
      talk.clock.advance(1)
      expect(talk.members).toEqual([])
    })

    it('of a member that is waited for ends the wait', () => {
      const talk = groupIn('Stable')
      const third = talk.enter()
      talk.join('m1')
      talk.clock.advance(sessionTimeoutMs)
      expect(third).toMatchObject([{ code: code.NONE, generation: 3 }])
      expect(talk.members).toEqual(['m1', 'm3'])
    })
  })

  describe('rebalance timeout', () => {
    it('puts out who has not joined by then, however alive, and goes on with the others', () => {
      const talk = groupIn('Stable')
      const third = talk.enter()
      talk.join('m1')
      talk.pass(rebalanceTimeoutMs - 500, 'm2')
      talk.clock.advance(499)
      expect(third).toEqual([])
      talk.clock.advance(1)
      expect(third).toMatchObject([{ code: code.NONE, generation: 3 }])
      expect(talk.members).toEqual(['m1', 'm3'])
      expect(talk.heartbeat('m2')).toBe(code.UNKNOWN_MEMBER_ID)
    })

    it('is the longest of all members, also of one that has just come', () => {
      const talk = groupIn('Stable')
      const third = talk.enter({ rebalanceTimeoutMs: 3 * rebalanceTimeoutMs })
      talk.pass(3 * rebalanceTimeoutMs - 500, 'm1', 'm2')
      expect(third).toEqual([])
      talk.clock.advance(500)
      expect(codes(third)).toEqual([code.NONE])
      expect(talk.members).toEqual(['m3'])
    })

    it('is that of each member’s latest JoinGroup', () => {
      const talk = groupIn('CompletingRebalance')
      talk.leave('m2')
      talk.join('m1', { rebalanceTimeoutMs: 1_500 })
      talk.settle()
      const third = talk.enter({ rebalanceTimeoutMs: 1_000 })
      talk.pass(1_500, 'm1', 'm2')
      expect(codes(third)).toEqual([code.NONE])
      expect(talk.members).toEqual(['m3'])
    })

    it('runs from the first JoinGroup; another does not prolong it', () => {
      const talk = groupIn('Stable')
      const third = talk.enter()
      talk.pass(rebalanceTimeoutMs - 500, 'm1', 'm2')
      talk.enter()
      talk.clock.advance(500)
      expect(codes(third)).toEqual([code.NONE])
      expect(talk.members).toEqual(['m3', 'm4'])
    })

    it('leaves an empty group where nobody joins', () => {
      const talk = groupIn('Stable')
      talk.leave('m2')
      talk.pass(rebalanceTimeoutMs, 'm1')
      expect([talk.state, talk.members]).toEqual(['Empty', []])
      expect(talk.clock.pending).toBe(0)
    })

    it('is over with the rebalance', () => {
      const talk = groupIn('Stable')
      talk.enter()
      talk.rejoin('m1', 'm2')
      talk.settle()
      talk.pass(2 * rebalanceTimeoutMs, 'm1', 'm2', 'm3')
      expect([talk.state, talk.generation, talk.members]).toEqual(['Stable', 3, ['m1', 'm2', 'm3']])
    })
  })
})
