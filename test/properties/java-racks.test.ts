import { describe, expect, it } from 'vitest'
import type { AssignorName } from '../../src/core/group/assignors/assignors.js'
import { racksMatter } from '../../src/core/group/assignors/racks.js'
import { type JavaCase, javaCases, type Outcome } from '../support/java-assignments.js'
import { far, imbalance, isValid, javaIsValid, outcome, staying, wantTheSame } from '../support/outcomes.js'

const cases = javaCases('java-4.1.0-racks')
const comparable = cases.filter((group) => javaIsValid(group, group.java.sticky))

/** Whether racks matter to the assignors that look at all topics at once. */
const byRack = ({ members, topics }: JavaCase): boolean => {
  const wanted = [...topics].filter(([topic]) => members.some((one) => one.topics.includes(topic)))
  return racksMatter(
    members,
    wanted.flatMap(([, partitions]) => partitions)
  )
}

/** Ids that Java's maps keep in order: its outcome does not depend on their hashes. */
const inOrder = ({ members }: JavaCase): boolean => members.every(({ memberId }) => memberId.length === 1)

/** First balance, then how many are near, then how many stay; below zero where ours is better. */
const comparedWithJava = (group: JavaCase, ours: Outcome): number => {
  const java = group.java.sticky
  return (
    imbalance(group, ours) - imbalance(group, java) ||
    far(group, ours) - far(group, java) ||
    staying(group, java) - staying(group, ours)
  )
}

/** The same members after a round: they own what they were given. */
const after = (group: JavaCase, whose: Outcome, round: number): JavaCase => ({
  ...group,
  members: group.members.map((one, index) => ({
    ...one,
    generation: 100 + round,
    owned: group.places.filter((_, at) => whose[at] === String(index))
  }))
})

/** How many rounds change anything, where nothing else does. */
const roundsToRest = (name: AssignorName, group: JavaCase): number => {
  let whose = outcome(name, group)
  for (let round = 1; round <= 10; round++) {
    const next = outcome(name, after(group, whose, round))
    if (next === whose) return round
    whose = next
  }
  return Infinity
}

describe('Java and ours, with racks,', () => {
  it('have 5,000 groups to agree on, of all kinds', () => {
    const some = (is: (group: JavaCase) => boolean): number => cases.filter(is).length
    expect(cases).toHaveLength(5_000)
    expect(some(byRack)).toBeGreaterThan(2_500)
    expect(some((group) => byRack(group) && wantTheSame(group))).toBeGreaterThan(1_200)
    expect(some((group) => byRack(group) && group.members.some(({ owned }) => owned.length > 0))).toBeGreaterThan(2_000)
    expect(some((group) => byRack(group) && group.members.some(({ rack }) => rack === null))).toBeGreaterThan(300)
    expect(some((group) => byRack(group) && group.members.some(({ rack }) => rack === ''))).toBeGreaterThan(300)
    expect(some((group) => byRack(group) && inOrder(group))).toBeGreaterThan(1_200)
  })

  it.each(['range', 'roundrobin'] as const)('make the same of each by %s', (name) => {
    for (const group of cases) expect(outcome(name, group)).toBe(group.java[name])
  })

  it('make the same of each new group by sticky, where Java’s maps leave nothing to chance', () => {
    const fresh = comparable.filter((group) => inOrder(group) && group.members.every(({ owned }) => owned.length === 0))
    const different = fresh.filter((group) => outcome('sticky', group) !== group.java.sticky)
    expect(fresh.length).toBeGreaterThan(500)
    // Java takes one back of several partitions by their hashes.
    expect(different.length).toBe(2)
    for (const group of different) expect(comparedWithJava(group, outcome('sticky', group))).toBe(0)
  })
})

describe('sticky, with racks,', () => {
  it('gives every partition to one who wants it', () => {
    for (const group of cases) expect(isValid(group, outcome('sticky', group), true)).toBe(true)
  })

  it('is as balanced as Java, as near to its partitions, and as sticky', () => {
    let better = 0
    let worse = 0
    for (const group of comparable) {
      const ours = outcome('sticky', group)
      expect(imbalance(group, ours)).toBeLessThanOrEqual(imbalance(group, group.java.sticky))
      const compared = comparedWithJava(group, ours)
      if (compared < 0) better++
      if (compared > 0) worse++
    }
    expect(better).toBe(406)
    // Where Java's choice is by its maps' hashes: another member may as well get one more, or another partition go back.
    expect(worse).toBe(7)
  })
})

describe.each(['sticky', 'cooperative-sticky'] as const)('%s, with racks,', (name) => {
  // Seen with Kafka 4.1's client: one cooperative group of a hundred never does.
  it('comes to rest in a few rounds', () => {
    const rounds = cases.map((group) => roundsToRest(name, group))
    expect(Math.max(...rounds)).toBeLessThanOrEqual(5)
  })
})
