import { describe, expect, it } from 'vitest'
import type { AssignableMember } from '../../../../src/core/assignors/assignor.js'
import { range } from '../../../../src/core/assignors/range.js'
import { member } from '../../../support/members.js'

/** Each member's partitions as `topic-partition`, in the order given. */
const given = (
  members: readonly AssignableMember[],
  counts: Readonly<Record<string, number>>
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    [...range.assign(members, new Map(Object.entries(counts)))].map(([memberId, partitions]) => [
      memberId,
      partitions.map(({ topic, partition }) => `${topic}-${String(partition)}`)
    ])
  )

describe('range', () => {
  it('gives each member a contiguous range, the first ones one more where it does not come out even', () => {
    expect(given([member('a', ['t']), member('b', ['t']), member('c', ['t'])], { t: 8 })).toEqual({
      a: ['t-0', 't-1', 't-2'],
      b: ['t-3', 't-4', 't-5'],
      c: ['t-6', 't-7']
    })
  })

  it('shares each topic out for itself, so that the first members get more of every one', () => {
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

  it('leaves members empty-handed where there are more of them than partitions', () => {
    expect(given([member('a', ['t']), member('b', ['t']), member('c', ['t'])], { t: 2 })).toEqual({
      a: ['t-0'],
      b: ['t-1'],
      c: []
    })
  })

  it('orders members by group.instance.id first, then by member id, as UTF-16 does', () => {
    const members = [member('b', ['t']), member('a', ['t']), member('B', ['t']), member('z', ['t'], { groupInstanceId: 'i2' }), member('y', ['t'], { groupInstanceId: 'i10' })] // prettier-ignore
    expect(given(members, { t: 5 })).toEqual({ y: ['t-0'], z: ['t-1'], B: ['t-2'], a: ['t-3'], b: ['t-4'] })
  })

  it('has nothing to give of a topic that is unknown or without partitions', () => {
    expect(given([member('a', ['t', 'u'])], { u: 0 })).toEqual({ a: [] })
  })

  it('has nobody to give to in an empty group', () => {
    expect(given([], { t: 1 })).toEqual({})
  })

  it('leaves the list of members as it was', () => {
    const members = [member('b', ['t']), member('a', ['t'])]
    given(members, { t: 2 })
    expect(members.map(({ memberId }) => memberId)).toEqual(['b', 'a'])
  })
})
