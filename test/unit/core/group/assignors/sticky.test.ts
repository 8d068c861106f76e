import { describe, expect, it } from 'vitest'
import type { AssignableMember } from '../../../../../src/core/group/assignors/assignor.js'
import { sticky } from '../../../../../src/core/group/assignors/sticky.js'
import { encodeStickyUserData } from '../../../../../src/core/group/assignors/sticky-user-data.js'
import { outcomeOf, readCase } from '../../../../support/java-assignments.js'
import { member } from '../../../../support/members.js'
import { places, sharesOf } from '../../../../support/shares.js'

/** A member that had these partitions, and says so. */
const had = (memberId: string, topics: readonly string[], owned: string, generation = 1): AssignableMember =>
  member(memberId, topics, { userData: encodeStickyUserData({ owned: places(owned), generation }) })

const given = sharesOf(sticky)

describe('sticky', () => {
  // The first example in the documentation of Java's StickyAssignor.
  const four = ['t0', 't1', 't2', 't3']
  const two = { t0: 2, t1: 2, t2: 2, t3: 2 }

  it('divides the partitions of topics with the same subscribers evenly', () => {
    expect(given([member('c0', four), member('c1', four), member('c2', four)], two)).toEqual({
      c0: 't0-0 t1-1 t3-0',
      c1: 't0-1 t2-0 t3-1',
      c2: 't1-0 t2-1'
    })
  })

  it('divides the partitions of a member that has left among the others', () => {
    expect(given([had('c0', four, 't0-0 t1-1 t3-0'), had('c2', four, 't1-0 t2-1')], two)).toEqual({
      c0: 't0-0 t0-1 t1-1 t3-0',
      c2: 't1-0 t2-0 t2-1 t3-1'
    })
  })

  // The second example there.
  const uneven = { t0: 1, t1: 2, t2: 3 }

  it('gives members with different topics as many partitions as possible', () => {
    const members = [member('c0', ['t0']), member('c1', ['t0', 't1']), member('c2', ['t0', 't1', 't2'])]
    expect(given(members, uneven)).toEqual({ c0: 't0-0', c1: 't1-0 t1-1', c2: 't2-0 t2-1 t2-2' })
  })

  it('leaves five of six partitions where they were when one of those has left', () => {
    const members = [had('c1', ['t0', 't1'], 't1-0 t1-1'), had('c2', ['t0', 't1', 't2'], 't2-0 t2-1 t2-2')]
    expect(given(members, uneven)).toEqual({ c1: 't0-0 t1-0 t1-1', c2: 't2-0 t2-1 t2-2' })
  })

  it('takes from the member with most only what a new member needs', () => {
    expect(
      given([had('a', ['t'], 't-0 t-1 t-2 t-3'), had('b', ['t'], 't-4 t-5'), member('c', ['t'])], { t: 6 })
    ).toEqual({
      a: 't-0 t-1',
      b: 't-4 t-5',
      c: 't-2 t-3'
    })
  })

  it('takes the highest partitions from a member with too many, from all of its topics alike', () => {
    const both = ['t', 'u']
    expect(given([had('a', both, 't-0 t-1 u-0 u-1'), member('b', both)], { t: 2, u: 2 })).toEqual({
      a: 't-0 u-0',
      b: 't-1 u-1'
    })
  })

  it('reads the user data alone, not what the subscription owns, as Java', () => {
    const members = [member('a', ['t'], { owned: places('t-1'), generation: 9 }), member('b', ['t'])]
    expect(given(members, { t: 2 })).toEqual({ a: 't-0', b: 't-1' })
  })

  describe.each([
    { subscriptions: 'equal', topics: ['t'] },
    { subscriptions: 'different', topics: ['t', 'else'] }
  ])('where claims collide, with $subscriptions subscriptions,', ({ topics }) => {
    it('believes the newest generation', () => {
      const members = [had('a', topics, 't-0', 4), had('b', ['t'], 't-0', 5)]
      expect(given(members, { t: 1 })).toEqual({ a: '', b: 't-0' })
      expect(given([...members].reverse(), { t: 1 })).toEqual({ a: '', b: 't-0' })
    })

    it('believes nobody where two claim the same in one generation', () => {
      const members = [had('a', topics, 't-1'), had('b', ['t'], 't-1'), had('c', ['t'], 't-0')]
      expect(given(members, { t: 3 })).toEqual({ a: 't-1', b: 't-2', c: 't-0' })
      const third = [had('a', topics, 't-1 t-2', 3), had('b', ['t'], 't-1', 3), had('c', ['t'], 't-1', 4)]
      expect(given(third, { t: 3 })).toEqual({ a: 't-2', b: 't-0', c: 't-1' })
    })

    it('trusts an older generation for what no other member claims', () => {
      expect(given([had('a', topics, 't-2', 2), had('b', ['t'], 't-0', 3)], { t: 3 })).toEqual({
        a: 't-1 t-2',
        b: 't-0'
      })
    })
  })

  it('counts a repeated claim once', () => {
    const bytes = encodeStickyUserData({ owned: places('t-1'), generation: 1 })
    // One topic with one partition: the two twice.
    const twice = Uint8Array.of(...bytes.slice(0, 7), 0, 0, 0, 2, ...bytes.slice(11, 15), ...bytes.slice(11))
    expect(given([member('a', ['t'], { userData: twice }), member('b', ['t'])], { t: 2 })).toEqual({
      a: 't-1',
      b: 't-0'
    })
  })

  // Java counts such a partition as a share of who claims it.
  it('assigns no partition that does not exist any more, and no member gets less for its claim', () => {
    expect(given([had('a', ['t'], 't-0 t-5 gone-1'), member('b', ['t'])], { t: 4 })).toEqual({
      a: 't-0 t-1',
      b: 't-2 t-3'
    })
  })

  // Java takes the group for one that wants the same, if it meets this member first.
  it('gives nothing to a member without topics', () => {
    expect(given([member('a', []), member('b', ['t'])], { t: 2 })).toEqual({ a: '', b: 't-0 t-1' })
    expect(given([member('a', ['t']), member('b', [])], { t: 2 })).toEqual({ a: 't-0 t-1', b: '' })
  })

  it('takes a topic from a member that no longer subscribes to it', () => {
    expect(given([had('a', ['u'], 't-0 u-0'), had('b', ['t', 'u'], 't-1')], { t: 2, u: 2 })).toEqual({
      a: 'u-0 u-1',
      b: 't-0 t-1'
    })
  })

  it('gives a partition back to its owner of an older generation if one has to move anyway', () => {
    const members = [had('a', ['t'], 't-0 t-1 t-2 t-3', 5), had('b', ['t', 'else'], '', 5), had('c', ['t'], 't-0', 4)]
    expect(given(members, { t: 4 })).toEqual({ a: 't-2 t-3', b: 't-1', c: 't-0' })
  })

  // Seen with Kafka 4.1's client: it gives such partitions to a member that has given the topic up.
  it('gives nothing back to a member that no longer subscribes to it', () => {
    const members = [
      had('a', ['t'], 't-0 t-1 t-2 t-3', 5),
      had('b', ['t', 'else'], '', 5),
      had('c', ['else'], 't-1', 4)
    ]
    expect(given(members, { t: 4 })).toEqual({ a: 't-2 t-3', b: 't-0 t-1', c: '' })
  })

  // On this group Kafka 4.1's own assignor never comes to an end: it takes partitions from a third member, in a circle.
  it('terminates when movements of one topic go through three members', () => {
    const group = readCase(
      '{"topics":[["Z",7],["a.b",12],["orders",12],["t-10",10]],"members":[["1a3-57641",null,"13",3,[[1,4,6,7,10],[3,0,3,7]]],["a2c0-57642",null,"310",-1,[]],["c993-57638",null,"1230",3,[[1,9],[2,2,5,8,11],[3,2,6]]],["d343-57636",null,"0",3,[[0,1,2,5]]],["bf16-57640",null,"01",3,[[1,0,1,2,3,5,8]]],["b675-57639",null,"0",3,[[0,0,3,4,6]]],["b7f2-57637",null,"32",3,[[2,1,4,7,10],[3,1,5,9]]],["8240-57635",null,"123",3,[[1,11],[2,0,3,6,9],[3,4,8]]]]}'
    )
    const members = group.members.map((one) => ({ ...one, userData: encodeStickyUserData(one) }))
    const shares = sticky.assign(members, group.topics)
    expect(outcomeOf(group, shares)).not.toContain('.')
    for (const share of shares.values())
      for (const { topic } of share)
        for (const other of members)
          if (other.topics.includes(topic))
            expect((shares.get(other.memberId)?.length ?? 0) + 1).toBeGreaterThanOrEqual(share.length)
  })

  it('has nothing to give of a topic that is unknown or without partitions', () => {
    expect(given([member('a', ['t', 'u']), member('b', ['u'])], { u: 0 })).toEqual({ a: '', b: '' })
  })

  it('assigns nothing in an empty group', () => {
    expect(given([], { t: 1 })).toEqual({})
  })

  it('has no user data before its first assignment', () => {
    expect(sticky.userData?.([], -1)).toBeNull()
    expect(sticky.userData?.([], 3)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3))
  })

  describe.each([
    { subscriptions: 'equal', topics: ['t'] },
    { subscriptions: 'different', topics: ['t', 'else'] }
  ])('with racks and $subscriptions subscriptions', ({ topics }) => {
    const at = (rack: string | null, one: AssignableMember): AssignableMember => ({ ...one, rack })

    it('gives a member partitions with a replica in its rack, as long as all get as many', () => {
      const members = [at('x', member('a', topics)), at('y', member('b', ['t']))]
      expect(given(members, { t: ['y', 'x', 'y', 'x'] })).toEqual({ a: 't-1 t-3', b: 't-0 t-2' })
      const { a = '', b = '' } = given(members, { t: ['x', 'x', 'x', 'y'] })
      expect([a, b].map((share) => share.split(' ').length)).toEqual([2, 2])
      expect(b).toContain('t-3')
    })

    it('takes a partition from a member in another rack if one in its own rack can have it', () => {
      const members = [at('x', had('a', topics, 't-0 t-1')), at('y', had('b', ['t'], 't-2 t-3'))]
      expect(given(members, { t: ['y', 'x', 'x', 'y'] })).toEqual({ a: 't-1 t-2', b: 't-0 t-3' })
    })

    // Java deals anew what is far, to anybody.
    it('leaves partitions where they are if nobody is nearer', () => {
      const members = [at('x', had('a', topics, 't-1 t-3')), at('y', had('b', ['t'], 't-0 t-2'))]
      expect(given(members, { t: ['z', 'z', 'z', 'x'] })).toEqual({ a: 't-1 t-3', b: 't-0 t-2' })
    })

    it.each([null, ''])('leaves a member without a rack (%j) what it has', (rack) => {
      const members = [at(rack, had('a', topics, 't-0 t-1')), at('y', had('b', ['t'], 't-2 t-3'))]
      expect(given(members, { t: ['y', 'x', 'y', 'y'] })).toEqual({ a: 't-0 t-1', b: 't-2 t-3' })
    })

    it('ignores racks if every partition is in all of them', () => {
      const members = [at('x', had('a', topics, 't-0 t-1')), at('z', had('b', ['t'], 't-2 t-3'))]
      expect(given(members, { t: ['xy', 'xy', 'xy', 'yx'] })).toEqual({ a: 't-0 t-1', b: 't-2 t-3' })
    })
  })
})
