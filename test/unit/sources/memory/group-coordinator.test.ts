import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { codes, groupIn, share, speaking, Talk } from '../../../support/group-talk.js'

describe('GroupCoordinator', () => {
  describe('in each state', () => {
    const { NONE, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS } = code
    const held = 'held'

    const inGroup = [
      { state: 'PreparingRebalance', heartbeat: REBALANCE_IN_PROGRESS, sync: REBALANCE_IN_PROGRESS, commit: NONE },
      { state: 'CompletingRebalance', heartbeat: NONE, sync: held, commit: REBALANCE_IN_PROGRESS },
      { state: 'Stable', heartbeat: NONE, sync: NONE, commit: NONE }
    ] as const

    it.each(inGroup)('answers a member while it is $state', ({ state, heartbeat, sync, commit }) => {
      expect(groupIn(state).heartbeat('m2')).toBe(heartbeat)
      expect(codes(groupIn(state).sync('m2'))).toEqual(sync === held ? [] : [sync])
      expect(groupIn(state).mayCommit('m2')).toBe(commit)
    })

    it.each(inGroup)('refuses who speaks of another generation while it is $state', ({ state }) => {
      const talk = groupIn(state)
      for (const generation of [1, 3, -1]) {
        expect(talk.heartbeat('m2', generation)).toBe(ILLEGAL_GENERATION)
        expect(codes(talk.sync('m2', { generation }))).toEqual([ILLEGAL_GENERATION])
        expect(talk.mayCommit('m2', generation)).toBe(ILLEGAL_GENERATION)
      }
    })

    it.each([{ state: 'Empty' }, ...inGroup] as const)('refuses strangers while it is $state', ({ state }) => {
      const talk = groupIn(state)
      expect(talk.heartbeat('stranger')).toBe(UNKNOWN_MEMBER_ID)
      expect(codes(talk.sync('stranger'))).toEqual([UNKNOWN_MEMBER_ID])
      expect(talk.mayCommit('stranger')).toBe(UNKNOWN_MEMBER_ID)
      expect(codes(talk.join('stranger'))).toEqual([UNKNOWN_MEMBER_ID])
      expect(talk.leave('stranger')).toBe(UNKNOWN_MEMBER_ID)
    })

    it.each([
      { state: 'Empty', answer: NONE },
      { state: 'PreparingRebalance', answer: UNKNOWN_MEMBER_ID },
      { state: 'CompletingRebalance', answer: UNKNOWN_MEMBER_ID },
      { state: 'Stable', answer: UNKNOWN_MEMBER_ID }
    ] as const)('takes commits from outside the group only without members: $state', ({ state, answer }) => {
      expect(groupIn(state).mayCommit('', -1)).toBe(answer)
    })
  })

  describe('join', () => {
    it('gives a new member an id first, and admits it when it comes back with it', () => {
      const talk = new Talk()
      const [asked] = talk.join('')
      expect(asked).toMatchObject({ code: code.MEMBER_ID_REQUIRED, memberId: 'm1', generation: -1, members: [] })
      expect(talk.described).toEqual({
        groupId: 'g',
        state: 'Empty',
        generation: 0,
        protocol: null,
        leader: null,
        members: [],
        pending: ['m1']
      })
      expect(talk.join('m1')).toEqual([
        {
          code: code.NONE,
          generation: 1,
          protocol: 'range',
          leader: 'm1',
          skipAssignment: false,
          memberId: 'm1',
          members: [{ memberId: 'm1', groupInstanceId: null, metadata: speaking('range')[0]?.metadata }]
        }
      ])
      expect(talk.described).toEqual({
        groupId: 'g',
        state: 'CompletingRebalance',
        generation: 1,
        protocol: 'range',
        leader: 'm1',
        members: [{ memberId: 'm1', groupInstanceId: null, assignment: [], held: null }],
        pending: []
      })
    })

    it('is held until every member has joined again', () => {
      const talk = groupIn('Stable')
      const third = talk.enter()
      const [first] = talk.rejoin('m1')
      expect([first, third]).toEqual([[], []])
      const [second] = talk.rejoin('m2')
      for (const answers of [first, second, third]) expect(answers).toMatchObject([{ code: code.NONE, generation: 3 }])
    })

    it('tells only the leader who is there', () => {
      const talk = groupIn('Stable')
      const third = talk.enter()
      const [first, second] = talk.rejoin('m1', 'm2')
      expect(first?.[0]?.members.map(({ memberId }) => memberId)).toEqual(['m1', 'm2', 'm3'])
      expect([second?.[0]?.members, third[0]?.members]).toEqual([[], []])
      for (const answers of [first, second, third]) expect(answers?.[0]?.leader).toBe('m1')
    })

    it('hands a leader that has gone over to another', () => {
      const talk = groupIn('Stable')
      talk.leave('m1')
      expect(talk.rejoin('m2')).toMatchObject([[{ leader: 'm2', generation: 3, members: [{ memberId: 'm2' }] }]])
    })

    it('begins a rebalance when the leader asks again, and tells a follower that asks again what is', () => {
      const talk = groupIn('Stable')
      expect(talk.join('m2')).toMatchObject([{ code: code.NONE, generation: 2, leader: 'm1', members: [] }])
      expect(talk.state).toBe('Stable')
      expect(talk.join('m1')).toEqual([])
      expect(talk.state).toBe('PreparingRebalance')
    })

    it('begins a rebalance when a follower asks again with other metadata', () => {
      const talk = groupIn('Stable')
      const metadata = new Uint8Array([9])
      expect(talk.join('m2', { protocols: [{ name: 'range', metadata }] })).toEqual([])
      const [first] = talk.rejoin('m1')
      expect(first?.[0]?.members[1]).toEqual({ memberId: 'm2', groupInstanceId: null, metadata })
    })

    it('repeats its answer to who did not get it, before the assignment is there', () => {
      const talk = groupIn('CompletingRebalance')
      const again = talk.rejoin('m1', 'm2')
      expect(again).toMatchObject([
        [{ generation: 2, members: [{ memberId: 'm1' }, { memberId: 'm2' }] }],
        [{ generation: 2, members: [] }]
      ])
      expect(talk.state).toBe('CompletingRebalance')
    })

    it('refuses an empty group id', () => {
      expect(codes(new Talk().join('', { groupId: '' }))).toEqual([code.INVALID_GROUP_ID])
    })

    it.each([
      { offers: 'nothing', protocols: speaking() },
      { offers: 'only what others lack', protocols: speaking('sticky') },
      { offers: 'what only one of the others has', protocols: speaking('roundrobin') }
    ])('refuses a member that offers $offers', ({ protocols }) => {
      const talk = new Talk()
      talk.enter({ protocols: speaking('range', 'roundrobin') })
      talk.enter()
      talk.join('m1', { protocols: speaking('range', 'roundrobin') })
      expect(codes(talk.join('', { protocols }))).toEqual([code.INCONSISTENT_GROUP_PROTOCOL])
      expect([talk.state, talk.members]).toEqual(['CompletingRebalance', ['m1', 'm2']])
    })

    it('refuses the first member too if it offers nothing', () => {
      expect(codes(new Talk().join('', { protocols: [] }))).toEqual([code.INCONSISTENT_GROUP_PROTOCOL])
    })

    it('refuses a member that is alone another protocol: it has to leave first', () => {
      const talk = new Talk()
      talk.enter()
      expect(codes(talk.join('m1', { protocols: speaking('sticky') }))).toEqual([code.INCONSISTENT_GROUP_PROTOCOL])
      talk.leave('m1')
      expect(talk.enter({ protocols: speaking('sticky') })).toMatchObject([{ protocol: 'sticky', generation: 3 }])
    })

    it.each([
      { votes: [['a'], ['b', 'a']], elected: 'a' },
      { votes: [['a', 'b'], ['b', 'a'], ['b', 'a']], elected: 'b' }, // prettier-ignore
      { votes: [['c', 'a', 'b'], ['b', 'a'], ['a', 'b']], elected: 'a' }, // prettier-ignore
      { votes: [['x', 'b', 'a'], ['a', 'b'], ['y', 'a', 'b']], elected: 'a' } // prettier-ignore
    ])('elects of $votes the protocol most prefer among those all have: $elected', ({ votes, elected }) => {
      const talk = new Talk()
      votes.forEach((names) => talk.enter({ protocols: speaking(...names) }))
      const answers = votes.map((names, index) =>
        index === votes.length - 1 ? [] : talk.join(`m${String(index + 1)}`, { protocols: speaking(...names) })
      )
      expect(answers[0]?.[0]?.protocol).toBe(elected)
      expect(answers[0]?.[0]?.members.map(({ metadata }) => new TextDecoder().decode(metadata))).toEqual(
        votes.map(() => `${elected}'s`)
      )
    })
  })

  describe('sync', () => {
    it('holds the followers until the leader has sent the shares, and gives each its own', () => {
      const talk = groupIn('CompletingRebalance')
      const second = talk.sync('m2')
      expect(second).toEqual([])
      const first = talk.sync('m1', {
        assignments: [
          { memberId: 'm2', assignment: share('m2') },
          { memberId: 'm1', assignment: share('m1') }
        ]
      })
      expect([first, second]).toEqual([
        [{ code: code.NONE, assignment: share('m1') }],
        [{ code: code.NONE, assignment: share('m2') }]
      ])
      expect(talk.state).toBe('Stable')
    })

    it('answers who comes after the leader at once', () => {
      expect(groupIn('Stable').sync('m2')).toEqual([{ code: code.NONE, assignment: share('m2') }])
    })

    it('gives nothing to whom the leader forgot', () => {
      const talk = groupIn('CompletingRebalance')
      const second = talk.sync('m2')
      talk.sync('m1')
      expect(second).toEqual([{ code: code.NONE, assignment: new Uint8Array(0) }])
    })

    it('ignores the shares that a follower sends', () => {
      const talk = groupIn('CompletingRebalance')
      expect(talk.sync('m2', { assignments: [{ memberId: 'm2', assignment: share('m2') }] })).toEqual([])
      expect(talk.state).toBe('CompletingRebalance')
    })

    it('is answered with a rebalance where a new member comes meanwhile', () => {
      const talk = groupIn('CompletingRebalance')
      const second = talk.sync('m2')
      talk.enter()
      expect(codes(second)).toEqual([code.REBALANCE_IN_PROGRESS])
    })

    it('forgets the shares of the former generation', () => {
      const talk = groupIn('Stable')
      talk.join('m1')
      talk.join('m2')
      const second = talk.sync('m2')
      talk.sync('m1')
      expect(second).toEqual([{ code: code.NONE, assignment: new Uint8Array(0) }])
    })
  })
})
