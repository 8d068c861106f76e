import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AssignableMember, Assignor, PartitionRacks } from '../../src/core/group/assignors/assignor.js'
import { range } from '../../src/core/group/assignors/range.js'
import { roundrobin } from '../../src/core/group/assignors/roundrobin.js'
import { member } from '../support/members.js'
import { memberRack, partitionsOf, racks, shapesOf } from '../support/partitions.js'

const topics = ['a', 'b', 'c', 'd']

const unracked = shapesOf(topics, fc.nat(9))
const counts = fc.oneof(unracked, shapesOf(topics, racks))

const membersWith = (subscriptions: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly AssignableMember[]> =>
  fc.uniqueArray(
    fc
      .record({
        memberId: fc.string({ maxLength: 3 }),
        groupInstanceId: fc.option(fc.string({ maxLength: 3 }), { freq: 2 }),
        topics: subscriptions,
        rack: memberRack
      })
      .map(({ memberId, topics: wanted, ...more }) => member(memberId, wanted, more)),
    {
      maxLength: 7,
      comparator: (a, b) =>
        a.memberId === b.memberId || (a.groupInstanceId !== null && a.groupInstanceId === b.groupInstanceId)
    }
  )
const anyMembers = membersWith(fc.shuffledSubarray([...topics, 'unknown']))
const likeMinded = fc.shuffledSubarray(topics).chain((same) => membersWith(fc.constant(same)))

/** Whose each partition is, in an order that says nothing. */
const owners = (
  assignor: Assignor,
  members: readonly AssignableMember[],
  by: ReadonlyMap<string, PartitionRacks>
): readonly string[] =>
  [...assignor.assign(members, by)]
    .flatMap(([memberId, partitions]) =>
      partitions.map(({ topic, partition }) => JSON.stringify([topic, partition, memberId]))
    )
    .sort()

describe.each([
  { name: 'range', assignor: range },
  { name: 'roundrobin', assignor: roundrobin }
])('$name', ({ assignor }) => {
  it('gives each partition that somebody wants to exactly one who wants it, and no other', () => {
    fc.assert(
      fc.property(anyMembers, counts, (members, by) => {
        const given = assignor.assign(members, by)
        expect([...given.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort())
        for (const { memberId, topics: wanted } of members)
          for (const { topic } of given.get(memberId) ?? []) expect(wanted).toContain(topic)
        const all = [...given.values()].flat().map(({ topic, partition }) => `${topic}-${String(partition)}`)
        const wanted = topics.filter((topic) => members.some((other) => other.topics.includes(topic)))
        const expected = wanted.flatMap((topic) =>
          (by.get(topic) ?? []).map((_, partition) => `${topic}-${String(partition)}`)
        )
        expect(all.sort()).toEqual(expected.sort())
      })
    )
  })

  it('gives the same whatever the order of members and of their topics', () => {
    const shuffled = anyMembers.chain((members) =>
      fc.tuple(
        fc.constant(members),
        fc
          .shuffledSubarray([...members], { minLength: members.length })
          .map((others) => others.map((other) => ({ ...other, topics: [...other.topics].reverse() })))
      )
    )
    fc.assert(
      fc.property(shuffled, counts, ([members, others], by) => {
        expect(owners(assignor, others, by)).toEqual(owners(assignor, members, by))
      })
    )
  })
})

describe('range', () => {
  it('gives each member of a topic as much of it as another, but for one', () => {
    fc.assert(
      fc.property(anyMembers, counts, (members, by) => {
        const given = range.assign(members, by)
        for (const topic of topics) {
          const sizes = members
            .filter((other) => other.topics.includes(topic))
            .map(({ memberId }) => (given.get(memberId) ?? []).filter((place) => place.topic === topic).length)
          if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        }
      })
    )
  })

  it('gives the same partitions of topics with as many and the same members to the same member, near or not', () => {
    fc.assert(
      fc.property(likeMinded, fc.nat(9), fc.array(racks, { minLength: 4, maxLength: 4 }), (members, count, shapes) => {
        const by = partitionsOf(
          Object.fromEntries(
            topics.map((topic, at) => [topic, Array.from({ length: count }, (_, n) => shapes[at]?.[n] ?? '')])
          )
        )
        for (const share of range.assign(members, by).values()) {
          const ofFirst = share.filter(({ topic }) => topic === share[0]?.topic)
          for (const wanted of members[0]?.topics ?? [])
            expect(share.filter(({ topic }) => topic === wanted).map(({ partition }) => partition)).toEqual(
              ofFirst.map(({ partition }) => partition)
            )
        }
      })
    )
  })

  it('gives each member of a topic one stretch of it, if racks are not known', () => {
    fc.assert(
      fc.property(anyMembers, unracked, (members, by) => {
        const given = range.assign(members, by)
        for (const topic of topics) {
          const shares = members
            .filter((other) => other.topics.includes(topic))
            .map(({ memberId }) => (given.get(memberId) ?? []).filter((place) => place.topic === topic))
          for (const share of shares)
            share.forEach(({ partition }, index) => {
              expect(partition).toBe((share[0]?.partition ?? 0) + index)
            })
        }
      })
    )
  })
})

describe('roundrobin', () => {
  it('gives members that want the same as much as each other, but for one', () => {
    fc.assert(
      fc.property(likeMinded, counts, (members, by) => {
        const sizes = [...roundrobin.assign(members, by).values()].map((partitions) => partitions.length)
        if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      })
    )
  })
})
