import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AssignableMember, Assignment, PartitionRacks } from '../../src/core/group/assignors/assignor.js'
import { cooperativeSticky } from '../../src/core/group/assignors/cooperative-sticky.js'
import { sticky } from '../../src/core/group/assignors/sticky.js'
import { encodeStickyUserData } from '../../src/core/group/assignors/sticky-user-data.js'
import { partitionKey, type TopicPartition } from '../../src/model/topic-partition.js'
import { member } from '../support/members.js'
import { memberRack, racks, shapesOf } from '../support/partitions.js'

const topics = ['a', 'b', 'c', 'd']

type Partitions = ReadonlyMap<string, PartitionRacks>

const unracked = shapesOf(topics, fc.nat(9))
const counts = fc.oneof(unracked, shapesOf(topics, racks))

/** Claims of anything: what others claim too, what there is not, what the member does not want, twice the same. */
const claims: fc.Arbitrary<readonly TopicPartition[]> = fc.array(
  fc.record({ topic: fc.constantFrom(...topics, 'gone'), partition: fc.integer({ min: -2, max: 11 }) }),
  { maxLength: 8 }
)

const generation = fc.oneof(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))

const membersWith = (subscription: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly AssignableMember[]> =>
  fc
    .uniqueArray(
      fc.record({
        memberId: fc.string({ maxLength: 3 }),
        topics: subscription,
        owned: claims,
        generation,
        rack: memberRack
      }),
      {
        maxLength: 7,
        selector: ({ memberId }) => memberId
      }
    )
    .map((members) =>
      members.map((one) =>
        member(one.memberId, one.topics, {
          owned: one.owned,
          generation: one.generation,
          rack: one.rack,
          userData: encodeStickyUserData(one)
        })
      )
    )

const differing = membersWith(fc.shuffledSubarray([...topics, 'unknown']))
const alike = fc.shuffledSubarray(topics).chain((same) => membersWith(fc.constant(same)))
const groups = fc.oneof(differing, alike)

const keyOf = ({ topic, partition }: TopicPartition): string => partitionKey(topic, partition)

/** Whose each partition is, in an order that says nothing. */
const owners = (given: Assignment): readonly string[] =>
  [...given].flatMap(([memberId, places]) => places.map((place) => JSON.stringify([keyOf(place), memberId]))).sort()

/** The members as they are after a round: they own what they were given. */
const after = (members: readonly AssignableMember[], given: Assignment, round: number): readonly AssignableMember[] =>
  members.map((one) => {
    const owned = given.get(one.memberId) ?? []
    return { ...one, owned, generation: round, userData: encodeStickyUserData({ owned, generation: round }) }
  })

const expectValid = (members: readonly AssignableMember[], by: Partitions, given: Assignment): void => {
  expect([...given.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort())
  for (const { memberId, topics: wanted } of members)
    for (const { topic } of given.get(memberId) ?? []) expect(wanted).toContain(topic)
  const all = [...given.values()].flat().map(keyOf)
  const wanted = topics.filter((topic) => members.some((one) => one.topics.includes(topic)))
  const expected = wanted.flatMap((topic) =>
    (by.get(topic) ?? []).map((_, partition) => partitionKey(topic, partition))
  )
  expect(all.sort()).toEqual(expected.sort())
}

/** Kafka's promise: nobody has two more than another that could have one of them. */
const expectBalanced = (members: readonly AssignableMember[], given: Assignment): void => {
  for (const places of given.values())
    for (const { topic } of places)
      for (const other of members)
        if (other.topics.includes(topic))
          expect((given.get(other.memberId)?.length ?? 0) + 1).toBeGreaterThanOrEqual(places.length)
}

describe('sticky', () => {
  it('gives each partition that somebody wants to one who wants it, in balance, whatever members claim', () => {
    fc.assert(
      fc.property(groups, counts, (members, by) => {
        const given = sticky.assign(members, by)
        expectValid(members, by, given)
        expectBalanced(members, given)
      }),
      { numRuns: 500 }
    )
  })

  it('gives the same whatever the order of members, of their topics and of their claims', () => {
    const shuffled = groups.chain((members) =>
      fc.tuple(fc.constant(members), fc.shuffledSubarray([...members], { minLength: members.length }))
    )
    fc.assert(
      fc.property(shuffled, counts, ([members, others], by) => {
        const turned = others.map((one) => ({
          ...one,
          topics: [...one.topics].reverse(),
          userData: encodeStickyUserData({ ...one, owned: [...one.owned].reverse() })
        }))
        expect(owners(sticky.assign(turned, by))).toEqual(owners(sticky.assign(members, by)))
      })
    )
  })

  it('takes user data of any kind', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      // Nearly right: cut off somewhere, or with bytes that mean something else.
      fc.tuple(claims, generation, fc.nat(80), fc.nat(255)).map(([owned, since, at, byte]) => {
        const data = encodeStickyUserData({ owned, generation: since })
        const changed = data.slice(0, Math.max(1, at % (data.length + 1)))
        changed[at % changed.length] = byte
        return changed
      })
    )
    fc.assert(
      fc.property(groups, counts, fc.array(bytes, { minLength: 7, maxLength: 7 }), (members, by, data) => {
        const hostile = members.map((one, index) => ({ ...one, userData: data[index] ?? null, generation: -1 }))
        expectValid(hostile, by, sticky.assign(hostile, by))
        expect(() => cooperativeSticky.assign(hostile, by)).not.toThrow()
      })
    )
  })
})

describe.each([
  { name: 'sticky', assign: sticky.assign },
  { name: 'cooperative-sticky', assign: cooperativeSticky.assign }
])('$name', ({ assign }) => {
  const newcomers = groups.map((members) => members.map(({ memberId, topics: wanted }) => member(memberId, wanted)))

  it('moves nothing where nothing has changed', () => {
    fc.assert(
      fc.property(newcomers, counts, (members, by) => {
        const first = assign(members, by)
        expect(owners(assign(after(members, first, 1), by))).toEqual(owners(first))
      })
    )
  })

  it('takes nothing from those who stay when one leaves who wanted the same', () => {
    const group = alike.map((members) => members.map(({ memberId, topics: wanted }) => member(memberId, wanted)))
    fc.assert(
      fc.property(group, counts, fc.nat(), (members, by, who) => {
        const first = after(members, assign(members, by), 1)
        const others = first.filter((_, index) => index !== who % Math.max(1, first.length))
        const given = assign(others, by)
        for (const { memberId, owned } of others)
          expect(given.get(memberId)?.map(keyOf)).toEqual(expect.arrayContaining(owned.map(keyOf)))
      })
    )
  })

  it('moves partitions to nobody but the one who joins and wants the same', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(topics), fc.integer({ min: 1, max: 6 }), counts, (wanted, size, by) => {
        const members = Array.from({ length: size }, (_, index) => member(String(index), wanted))
        const first = after(members, assign(members, by), 1)
        const given = assign([...first, member('new', wanted)], by)
        for (const { memberId, owned } of first)
          expect(owned.map(keyOf)).toEqual(expect.arrayContaining((given.get(memberId) ?? []).map(keyOf)))
      })
    )
  })
})

describe('cooperative-sticky', () => {
  it('never gives a partition that another member claims, but to whose it is by the newest claim', () => {
    fc.assert(
      fc.property(groups, counts, (members, by) => {
        const owning = members.map((one) => ({ ...one, userData: null, generation: Math.max(-1, one.generation) }))
        for (const [memberId, places] of cooperativeSticky.assign(owning, by))
          for (const place of places) {
            const claiming = owning.filter(({ owned }) => owned.some((one) => keyOf(one) === keyOf(place)))
            const newest = Math.max(...claiming.map((one) => one.generation))
            const best = claiming.filter((one) => one.generation === newest)
            if (claiming.some((one) => one.memberId !== memberId))
              expect(best.map((one) => one.memberId)).toEqual([memberId])
          }
      }),
      { numRuns: 500 }
    )
  })

  it('has one owner a partition at any time while members come, go and change their minds, and ends in balance', () => {
    const step = fc.record({
      who: fc.nat(7),
      wanted: fc.option(fc.shuffledSubarray(topics), { freq: 3 }),
      rack: memberRack
    })
    fc.assert(
      fc.property(counts, fc.array(step, { maxLength: 12 }), (by, steps) => {
        let members: readonly AssignableMember[] = []
        let round = 0
        const rebalance = (): void => {
          const given = cooperativeSticky.assign(members, by)
          for (const [memberId, places] of given)
            for (const place of places)
              for (const other of members)
                if (other.memberId !== memberId) expect(other.owned.map(keyOf)).not.toContain(keyOf(place))
          members = after(members, given, ++round)
        }
        for (const { who, wanted, rack } of steps) {
          const memberId = String(who)
          const owned = members.find((one) => one.memberId === memberId)?.owned ?? []
          members = members.filter((one) => one.memberId !== memberId)
          if (wanted !== null) members = [...members, member(memberId, wanted, { owned, generation: round, rack })]
          rebalance()
        }
        for (let rest = 0; rest < 8; rest++) rebalance()
        const given = new Map(members.map(({ memberId, owned }) => [memberId, owned]))
        expect(owners(cooperativeSticky.assign(members, by))).toEqual(owners(given))
        expectValid(members, by, given)
        expectBalanced(members, given)
      })
    )
  })
})
