import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AssignableMember, Assignor } from '../../src/core/assignors/assignor.js'
import { range } from '../../src/core/assignors/range.js'
import { roundrobin } from '../../src/core/assignors/roundrobin.js'
import { member } from '../support/members.js'

const topics = ['a', 'b', 'c', 'd']

const counts = fc
  .record(Object.fromEntries(topics.map((topic) => [topic, fc.nat(9)])))
  .map((by) => new Map(Object.entries(by)))

const membersWith = (subscriptions: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly AssignableMember[]> =>
  fc.uniqueArray(
    fc
      .record({
        memberId: fc.string({ maxLength: 3 }),
        groupInstanceId: fc.option(fc.string({ maxLength: 3 }), { freq: 2 }),
        topics: subscriptions
      })
      .map(({ memberId, groupInstanceId, topics: wanted }) => member(memberId, wanted, { groupInstanceId })),
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
  by: ReadonlyMap<string, number>
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
          Array.from({ length: by.get(topic) ?? 0 }, (_, partition) => `${topic}-${String(partition)}`)
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
  it('gives each member of a topic one stretch of it, none longer than another by more than one', () => {
    fc.assert(
      fc.property(anyMembers, counts, (members, by) => {
        const given = range.assign(members, by)
        for (const topic of topics) {
          const shares = members
            .filter((other) => other.topics.includes(topic))
            .map(({ memberId }) => (given.get(memberId) ?? []).filter((place) => place.topic === topic))
          for (const share of shares)
            share.forEach(({ partition }, index) => {
              expect(partition).toBe((share[0]?.partition ?? 0) + index)
            })
          const sizes = shares.map((share) => share.length)
          if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
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
