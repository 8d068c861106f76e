import { describe, expect, it } from 'vitest'
import type { AssignableMember } from '../../../../../src/core/group/assignors/assignor.js'
import { roundrobin } from '../../../../../src/core/group/assignors/roundrobin.js'
import { member } from '../../../../support/members.js'
import { partitionsOf, type TopicShape } from '../../../../support/partitions.js'

/** Each member's partitions as `topic-partition`, in the order given. */
const given = (
  members: readonly AssignableMember[],
  topics: Readonly<Record<string, TopicShape>>
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    [...roundrobin.assign(members, partitionsOf(topics))].map(([memberId, partitions]) => [
      memberId,
      partitions.map(({ topic, partition }) => `${topic}-${String(partition)}`)
    ])
  )

describe('roundrobin', () => {
  // The example in the documentation of Java's RoundRobinAssignor.
  it('deals the partitions of all topics in order', () => {
    const both = ['t0', 't1']
    expect(given([member('c0', both), member('c1', both)], { t0: 3, t1: 3 })).toEqual({
      c0: ['t0-0', 't0-2', 't1-1'],
      c1: ['t0-1', 't1-0', 't1-2']
    })
  })

  // The second example there: subscriptions that differ.
  it('passes over members that are not subscribed', () => {
    const members = [member('c0', ['t0']), member('c1', ['t0', 't1']), member('c2', ['t0', 't1', 't2'])]
    expect(given(members, { t0: 1, t1: 2, t2: 3 })).toEqual({
      c0: ['t0-0'],
      c1: ['t1-0'],
      c2: ['t1-1', 't2-0', 't2-1', 't2-2']
    })
  })

  it('continues with the next topic where it stopped', () => {
    const both = ['t', 'u']
    expect(given([member('a', both), member('b', both)], { t: 1, u: 1 })).toEqual({ a: ['t-0'], b: ['u-0'] })
  })

  it('takes topics in the order of their names, in whatever order members list them', () => {
    expect(given([member('a', ['u', 't']), member('b', ['t', 'u'])], { u: 1, t: 1 })).toEqual({
      a: ['t-0'],
      b: ['u-0']
    })
  })

  it('deals to members by group.instance.id first, then by member id', () => {
    const members = [
      member('b', ['t']),
      member('a', ['t']),
      member('z', ['t'], { groupInstanceId: 'i2' }),
      member('y', ['t'], { groupInstanceId: 'i10' })
    ]
    expect(given(members, { t: 4 })).toEqual({ y: ['t-0'], z: ['t-1'], a: ['t-2'], b: ['t-3'] })
  })

  it('has nothing to give of a topic that is unknown or without partitions', () => {
    expect(given([member('a', ['t', 'u'])], { u: 0 })).toEqual({ a: [] })
  })

  it('assigns nothing in an empty group', () => {
    expect(given([], { t: 1 })).toEqual({})
  })
})
