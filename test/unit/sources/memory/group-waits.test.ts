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

/** So long may the first JoinGroup of a member be held. */
const newMemberJoinTimeoutMs = 300_000

describe('a member id that was given and not used yet', () => {
  it('is waited for by a rebalance', () => {
    const talk = groupIn('Stable')
    talk.join('')
    talk.join('m1')
    const [second] = talk.rejoin('m2')
    expect([talk.state, second, talk.described.pending]).toEqual(['PreparingRebalance', [], ['m3']])
    const third = talk.join('m3')
    expect([second, third]).toMatchObject([[{ generation: 3 }], [{ generation: 3 }]])
    expect(talk.described.pending).toEqual([])
  })

  it('expires after the session timeout of its JoinGroup, which ends the wait', () => {
    const talk = groupIn('Stable')
    talk.join('', { sessionTimeoutMs: 700 })
    const [first, second] = talk.rejoin('m1', 'm2')
    talk.clock.advance(699)
    expect([first, second]).toEqual([[], []])
    talk.clock.advance(1)
    expect([first, second]).toMatchObject([[{ generation: 3 }], [{ generation: 3 }]])
    expect(codes(talk.join('m3'))).toEqual([code.UNKNOWN_MEMBER_ID])
  })

  it('begins no rebalance by itself, and none when it expires', () => {
    const talk = groupIn('Stable')
    talk.join('')
    expect(talk.state).toBe('Stable')
    talk.pass(2 * sessionTimeoutMs, 'm1', 'm2')
    expect([talk.state, talk.generation]).toEqual(['Stable', 2])
  })

  it('ends the wait when it leaves', () => {
    const talk = groupIn('Stable')
    talk.join('')
    const [first] = talk.rejoin('m1', 'm2')
    talk.leave('m3')
    expect(first).toMatchObject([{ generation: 3 }])
  })

  it('has a stable group rebalance when it leaves', () => {
    const talk = groupIn('Stable')
    talk.join('')
    expect([talk.leave('m3'), talk.state]).toEqual([code.NONE, 'PreparingRebalance'])
  })

  it('is not waited for by a group that begins', () => {
    const talk = new Talk()
    talk.join('')
    expect(talk.enter()).toMatchObject([{ code: code.NONE, generation: 1, memberId: 'm2' }])
    expect(talk.described.pending).toEqual(['m1'])
  })

  it('stays when its JoinGroup is refused for the protocols', () => {
    const talk = groupIn('Stable')
    talk.join('')
    expect(codes(talk.join('m3', { protocols: speaking('sticky') }))).toEqual([code.INCONSISTENT_GROUP_PROTOCOL])
    expect(talk.described.pending).toEqual(['m3'])
  })

  it('is nobody who may send a heartbeat', () => {
    const talk = groupIn('Stable')
    talk.join('')
    expect(talk.heartbeat('m3')).toBe(code.UNKNOWN_MEMBER_ID)
  })
})

describe('a session', () => {
  it('does not end while a SyncGroup is held, and begins anew with its answer', () => {
    const talk = groupIn('CompletingRebalance')
    const held = talk.sync('m2')
    talk.pass(3 * sessionTimeoutMs, 'm1')
    expect(talk.members).toEqual(['m1', 'm2'])
    talk.settle()
    expect(held).toEqual([{ code: code.NONE, assignment: share('m2') }])
    talk.clock.advance(sessionTimeoutMs - 1)
    expect(talk.members).toEqual(['m1', 'm2'])
    talk.clock.advance(1)
    expect(talk.members).toEqual([])
  })

  it('begins anew where a held SyncGroup is answered with a rebalance', () => {
    const talk = groupIn('CompletingRebalance')
    talk.sync('m2')
    talk.pass(2 * sessionTimeoutMs, 'm1')
    talk.enter()
    talk.clock.advance(sessionTimeoutMs - 1)
    expect(talk.members).toContain('m2')
    talk.clock.advance(1)
    expect(talk.members).not.toContain('m2')
  })

  it('of a new member ends though its JoinGroup is held, after five minutes', () => {
    const talk = groupIn('Stable')
    const third = talk.enter({ rebalanceTimeoutMs: 2 * newMemberJoinTimeoutMs })
    talk.pass(newMemberJoinTimeoutMs - 500, 'm1', 'm2')
    expect(third).toEqual([])
    talk.pass(500, 'm1', 'm2')
    expect(third).toMatchObject([{ code: code.UNKNOWN_MEMBER_ID, memberId: '' }])
    expect(talk.members).toEqual(['m1', 'm2'])
  })

  it('ends on demand, unless a request of the member is held', () => {
    const talk = groupIn('Stable')
    talk.join('m1')
    talk.group.expireSession('m1')
    expect(talk.members).toEqual(['m1', 'm2'])
    talk.group.expireSession('m2')
    expect([talk.members, talk.generation]).toEqual([['m1'], 3])
    talk.join('')
    talk.group.expireSession('m3')
    talk.group.expireSession('nobody')
    expect(talk.described.pending).toEqual([])
  })
})

describe('a member that joined and does not sync', () => {
  it('is put out after the rebalance timeout, however alive, and the group rebalances', () => {
    const talk = groupIn('CompletingRebalance')
    talk.sync('m1')
    talk.pass(rebalanceTimeoutMs - 500, 'm1', 'm2')
    expect([talk.state, talk.members]).toEqual(['Stable', ['m1', 'm2']])
    talk.pass(500)
    expect([talk.state, talk.members]).toEqual(['PreparingRebalance', ['m1']])
    expect(talk.heartbeat('m2')).toBe(code.UNKNOWN_MEMBER_ID)
    expect(talk.rejoin('m1')).toMatchObject([[{ generation: 3 }]])
  })

  it('as the leader is put out too, and who waits for its assignment joins again', () => {
    const talk = groupIn('CompletingRebalance')
    const held = talk.sync('m2')
    talk.pass(rebalanceTimeoutMs, 'm1')
    expect([codes(held), talk.members]).toEqual([[code.REBALANCE_IN_PROGRESS], ['m2']])
    expect(talk.rejoin('m2')).toMatchObject([[{ generation: 3, leader: 'm2' }]])
  })

  it('is no longer waited for when the next rebalance begins', () => {
    const talk = groupIn('CompletingRebalance')
    talk.pass(rebalanceTimeoutMs - 500, 'm1', 'm2')
    talk.enter()
    talk.rejoin('m1', 'm2')
    talk.pass(rebalanceTimeoutMs - 500, 'm1', 'm2', 'm3')
    expect(talk.members).toEqual(['m1', 'm2', 'm3'])
    talk.pass(500)
    expect(talk.members).toEqual([])
  })
})

describe('what describe tells', () => {
  it('is each member’s assignment, decoded', () => {
    const given = (...names: readonly string[]): unknown =>
      names.map((name) => ({ memberId: name, assignment: [{ topic: `of ${name}`, partition: 0 }] }))
    const talk = groupIn('Stable')
    expect(talk.described.members).toMatchObject(given('m1', 'm2') as object[])
    // Until the next one is there it is that of the former generation; of a rebalance that was cut short, none.
    talk.rejoin('m1', 'm2')
    expect(talk.described).toMatchObject({ state: 'CompletingRebalance', members: given('m1', 'm2') })
    talk.enter()
    expect(talk.described.members).toMatchObject([{ assignment: [] }, { assignment: [] }, { assignment: [] }])
  })

  it('is that bytes are no assignment', () => {
    const talk = groupIn('CompletingRebalance')
    talk.sync('m1', { assignments: [{ memberId: 'm1', assignment: new Uint8Array([0, 1, 0xff]) }] })
    expect(talk.described.members[0]?.assignment).toBeNull()
  })

  it('is which request of a member is held', () => {
    const syncing = groupIn('CompletingRebalance')
    syncing.sync('m2')
    const held = (talk: Talk): unknown => talk.described.members.map((member) => member.held)
    expect([held(syncing), held(groupIn('PreparingRebalance')), held(groupIn('Stable'))]).toEqual([
      [null, 'SyncGroup'],
      [null, null, 'JoinGroup'],
      [null, null]
    ])
  })

  it('is no protocol and no leader when the group has become empty, and a generation more', () => {
    const talk = groupIn('Stable')
    expect(talk.described).toMatchObject({ protocol: 'range', leader: 'm1', generation: 2 })
    talk.leave('m1')
    talk.leave('m2')
    expect(talk.described).toMatchObject({ state: 'Empty', protocol: null, leader: null, generation: 3 })
  })
})
