import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import {
  codes,
  groupIn,
  rebalanceTimeoutMs,
  sessionTimeoutMs,
  share,
  speaking,
  Talk
} from '../../../support/group-talk.js'

describe('a coordinator that moves', () => {
  it('answers the JoinGroups that are held with NOT_COORDINATOR', () => {
    const talk = groupIn('Stable')
    const third = talk.enter()
    const [first] = talk.rejoin('m1')
    talk.group.move(0)
    expect([first, third]).toMatchObject([
      [{ code: code.NOT_COORDINATOR, memberId: 'm1' }],
      [{ code: code.NOT_COORDINATOR, memberId: 'm3' }]
    ])
  })

  it('answers the SyncGroups that are held with NOT_COORDINATOR', () => {
    const talk = groupIn('CompletingRebalance')
    const held = talk.sync('m2')
    talk.group.move(0)
    expect(codes(held)).toEqual([code.NOT_COORDINATOR])
  })

  it('refuses who still asks at the former place, once that place is out of date', () => {
    const { group } = groupIn('Stable')
    const { place } = group
    expect(group.refusal(place)).toBe(code.NONE)
    group.move(0)
    expect([group.refusal(place), group.refusal(group.place)]).toEqual([code.NOT_COORDINATOR, code.NONE])
  })

  it('keeps a stable group: members, generation, leader and assignments', () => {
    const talk = groupIn('Stable')
    const before = talk.described
    talk.group.move(0)
    expect(talk.described).toEqual(before)
    expect([talk.heartbeat('m1'), talk.mayCommit('m2')]).toEqual([code.NONE, code.NONE])
    expect(talk.sync('m2')).toEqual([{ code: code.NONE, assignment: share('m2') }])
  })

  it('keeps static members by their instance ids, also one that came back since the last rebalance', () => {
    const talk = new Talk()
    talk.join('', { groupInstanceId: 'a' })
    talk.settle()
    talk.sync('m1', { groupInstanceId: 'a', assignments: [{ memberId: 'm1', assignment: share('m1') }] })
    talk.join('', { groupInstanceId: 'a' })
    talk.group.move(0)
    expect(talk.heartbeat('m1', 1, 'a')).toBe(code.FENCED_INSTANCE_ID)
    expect(talk.heartbeat('m2', 1, 'a')).toBe(code.NONE)
    expect(talk.described).toMatchObject({ leader: 'm2', members: [{ memberId: 'm2', groupInstanceId: 'a' }] })
  })

  it('forgets a rebalance that was under way, and who was new in it', () => {
    const talk = groupIn('Stable')
    talk.enter()
    talk.group.move(0)
    expect([talk.state, talk.generation, talk.members]).toEqual(['Stable', 2, ['m1', 'm2']])
    expect(codes(talk.join('m3'))).toEqual([code.UNKNOWN_MEMBER_ID])
  })

  it('waits no longer for who had not joined', () => {
    const talk = groupIn('Stable')
    talk.enter()
    talk.group.move(0)
    talk.pass(2 * rebalanceTimeoutMs, 'm1', 'm2')
    expect([talk.state, talk.generation, talk.members]).toEqual(['Stable', 2, ['m1', 'm2']])
  })

  it('expects no heartbeats of a member whose JoinGroup is held: it is not new', () => {
    const talk = groupIn('Stable')
    talk.group.move(0)
    talk.join('m1')
    talk.pass(2 * sessionTimeoutMs, 'm2')
    expect(talk.members).toEqual(['m1', 'm2'])
  })

  it('knows who leads, whoever came first', () => {
    const talk = new Talk()
    for (const groupInstanceId of ['a', 'b']) talk.join('', { groupInstanceId })
    talk.join('m1', { groupInstanceId: 'a' })
    talk.settle()
    talk.join('', { groupInstanceId: 'a' })
    talk.group.move(0)
    expect([talk.members, talk.described.leader]).toEqual([['m2', 'm3'], 'm3'])
  })

  it('goes back to the generation whose assignment was there', () => {
    const talk = groupIn('Stable')
    talk.rejoin('m1', 'm2')
    expect([talk.state, talk.generation]).toEqual(['CompletingRebalance', 3])
    talk.group.move(0)
    expect([talk.state, talk.generation]).toEqual(['Stable', 2])
    expect(codes(talk.sync('m2', { generation: 3 }))).toEqual([code.ILLEGAL_GENERATION])
  })

  it('knows no member of a group that never had an assignment', () => {
    const talk = groupIn('CompletingRebalance')
    talk.group.move(0)
    expect(talk.described).toMatchObject({ state: 'Empty', generation: 0, protocol: null, leader: null, members: [] })
  })

  it('knows that the group has become empty, and of which generation', () => {
    const talk = groupIn('Stable')
    talk.leave('m1')
    talk.leave('m2')
    talk.group.move(0)
    expect([talk.state, talk.generation]).toEqual(['Empty', 3])
  })

  it('forgets ids that were given and not used yet', () => {
    const talk = groupIn('Stable')
    talk.join('')
    const { pending } = talk.clock
    talk.group.move(0)
    expect([talk.described.pending, talk.clock.pending]).toEqual([[], pending - 1])
    expect(codes(talk.join('m3'))).toEqual([code.UNKNOWN_MEMBER_ID])
  })

  it('knows only the protocol in use: a follower that asks again with all of its own has the group rebalance', () => {
    const talk = new Talk()
    const protocols = speaking('range', 'sticky')
    talk.enter({ protocols })
    talk.enter({ protocols })
    talk.join('m1', { protocols })
    talk.settle()
    talk.group.move(0)
    expect(talk.join('m2', { protocols })).toEqual([])
    expect(talk.state).toBe('PreparingRebalance')
  })

  it('begins every session anew', () => {
    const talk = groupIn('Stable')
    talk.clock.advance(sessionTimeoutMs - 1)
    talk.group.move(0)
    talk.clock.advance(sessionTimeoutMs - 1)
    expect(talk.members).toEqual(['m1', 'm2'])
    talk.clock.advance(1)
    expect([talk.members, talk.clock.pending]).toEqual([[], 0])
  })

  describe('and reads the log for a time', () => {
    it('answers COORDINATOR_LOAD_IN_PROGRESS meanwhile', () => {
      const { group, clock } = groupIn('Stable')
      group.move(700)
      clock.advance(699)
      expect(group.refusal(group.place)).toBe(code.COORDINATOR_LOAD_IN_PROGRESS)
      clock.advance(1)
      expect(group.refusal(group.place)).toBe(code.NONE)
    })

    it('begins the sessions when that is over', () => {
      const talk = groupIn('Stable')
      talk.group.move(3 * sessionTimeoutMs)
      talk.clock.advance(4 * sessionTimeoutMs - 1)
      expect(talk.members).toEqual(['m1', 'm2'])
      talk.clock.advance(1)
      expect(talk.members).toEqual([])
    })

    it('may move again meanwhile', () => {
      const { group, clock } = groupIn('Stable')
      group.move(700)
      group.move(100)
      clock.advance(100)
      expect(group.refusal(group.place)).toBe(code.NONE)
      group.move(100)
      group.move(700)
      clock.advance(699)
      expect(group.refusal(group.place)).toBe(code.COORDINATOR_LOAD_IN_PROGRESS)
      group.move(0)
      expect(group.refusal(group.place)).toBe(code.NONE)
    })
  })
})
