import { describe, expect, it } from 'vitest'
import type { AssignableMember } from '../../../../../src/core/group/assignors/assignor.js'
import { range } from '../../../../../src/core/group/assignors/range.js'
import { member } from '../../../../support/members.js'
import { partitionsOf, type TopicShape } from '../../../../support/partitions.js'

/** Each member's partitions as `topic-partition`, in the order given. */
const given = (
  members: readonly AssignableMember[],
  topics: Readonly<Record<string, TopicShape>>
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    [...range.assign(members, partitionsOf(topics))].map(([memberId, partitions]) => [
      memberId,
      partitions.map(({ topic, partition }) => `${topic}-${String(partition)}`)
    ])
  )

describe('range', () => {
  it('gives each member a contiguous range, the first ones one more if the number does not divide evenly', () => {
    expect(given([member('a', ['t']), member('b', ['t']), member('c', ['t'])], { t: 8 })).toEqual({
      a: ['t-0', 't-1', 't-2'],
      b: ['t-3', 't-4', 't-5'],
      c: ['t-6', 't-7']
    })
  })

  it('divides each topic separately, so that the first members get more of every one', () => {
    const both = ['t', 'u']
    expect(given([member('a', both), member('b', both)], { t: 3, u: 3 })).toEqual({
      a: ['t-0', 't-1', 'u-0', 'u-1'],
      b: ['t-2', 'u-2']
    })
  })

  it('gives a topic only to those who want it', () => {
    expect(given([member('a', ['t']), member('b', ['t', 'u']), member('c', ['u'])], { t: 2, u: 3 })).toEqual({
      a: ['t-0'],
      b: ['t-1', 'u-0', 'u-1'],
      c: ['u-2']
    })
  })

  it('gives some members nothing if there are more members than partitions', () => {
    expect(given([member('a', ['t']), member('b', ['t']), member('c', ['t'])], { t: 2 })).toEqual({
      a: ['t-0'],
      b: ['t-1'],
      c: []
    })
  })

  it('orders members by group.instance.id first, then by member id, as UTF-16 does', () => {
    const members = [
      member('b', ['t']),
      member('a', ['t']),
      member('B', ['t']),
      member('z', ['t'], { groupInstanceId: 'i2' }),
      member('y', ['t'], { groupInstanceId: 'i10' })
    ]
    expect(given(members, { t: 5 })).toEqual({ y: ['t-0'], z: ['t-1'], B: ['t-2'], a: ['t-3'], b: ['t-4'] })
  })

  it('has nothing to give of a topic that is unknown or without partitions', () => {
    expect(given([member('a', ['t', 'u'])], { u: 0 })).toEqual({ a: [] })
  })

  it('assigns nothing in an empty group', () => {
    expect(given([], { t: 1 })).toEqual({})
  })

  it('leaves the list of members as it was', () => {
    const members = [member('b', ['t']), member('a', ['t'])]
    given(members, { t: 2 })
    expect(members.map(({ memberId }) => memberId)).toEqual(['b', 'a'])
  })

  describe('with racks', () => {
    const inRack = (memberId: string, rack: string | null, topics = ['t']): AssignableMember =>
      member(memberId, topics, { rack })

    it('gives members partitions with a replica in their rack', () => {
      expect(given([inRack('a', 'x'), inRack('b', 'y')], { t: ['y', 'x', 'y', 'x'] })).toEqual({
        a: ['t-1', 't-3'],
        b: ['t-0', 't-2']
      })
    })

    it('gives no member more than its share for that, and the rest in ranges', () => {
      expect(given([inRack('a', 'x'), inRack('b', 'y')], { t: ['x', 'x', 'x', 'x', 'y', 'x'] })).toEqual({
        a: ['t-0', 't-1', 't-2'],
        b: ['t-3', 't-4', 't-5']
      })
    })

    it.each([
      { why: 'every partition is in all racks', racks: ['xy', 'yx', 'xy', 'xy'] },
      { why: 'no member is where replicas are', racks: ['v', 'w', 'v', 'w'] },
      { why: 'no rack of a broker is known', racks: 4 }
    ])('gives ranges where $why', ({ racks }) => {
      expect(given([inRack('a', 'y'), inRack('b', 'x')], { t: racks })).toEqual({
        a: ['t-0', 't-1'],
        b: ['t-2', 't-3']
      })
    })

    it.each([null, ''])('treats a member without a rack (%j) as near to everything', (rack) => {
      expect(given([inRack('a', rack), inRack('b', 'x')], { t: ['x', 'x', 'y', 'y'] })).toEqual({
        a: ['t-0', 't-1'],
        b: ['t-2', 't-3']
      })
    })

    it('compares whole rack names', () => {
      const members = [member('a', ['t'], { rack: 'rack-10' }), member('b', ['t'], { rack: 'rack-1' })]
      const [one, ten] = [new Set(['rack-1']), new Set(['rack-10'])]
      const share = range.assign(members, new Map([['t', [one, ten]]]))
      expect(share.get('b')).toEqual([{ topic: 't', partition: 0 }])
    })

    it('keeps topics with the same members and as many partitions together, though that takes some of them far', () => {
      const both = [inRack('a', 'x', ['t', 'u']), inRack('b', 'y', ['t', 'u'])]
      expect(given(both, { t: ['y', 'x'], u: ['y', 'x'] })).toEqual({ a: ['t-1', 'u-1'], b: ['t-0', 'u-0'] })
      expect(given(both, { t: ['y', 'x'], u: ['x', 'y'] })).toEqual({ a: ['t-0', 'u-0'], b: ['t-1', 'u-1'] })
    })
  })
})
