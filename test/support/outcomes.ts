import type { AssignableMember } from '../../src/core/group/assignors/assignor.js'
import { type AssignorName, assignors } from '../../src/core/group/assignors/assignors.js'
import { partitionKey } from '../../src/model/topic-partition.js'
import { type JavaCase, type Outcome, outcomeOf } from './java-assignments.js'

/** What ours makes of a group. */
export const outcome = (name: AssignorName, group: JavaCase): Outcome => {
  const { assign, userData } = assignors[name]
  const members = group.members.map((one) => ({ ...one, userData: userData?.(one.owned, one.generation) ?? null }))
  return outcomeOf(group, assign(members, group.topics))
}

/** Java's balance score: the sum of the differences of all pairs. */
export const imbalance = ({ members }: JavaCase, whose: Outcome): number => {
  const sizes = members.map((_, index) => whose.split(String(index)).length - 1)
  return sizes.reduce(
    (sum, size, index) => sum + sizes.slice(0, index).reduce((more, other) => more + Math.abs(size - other), 0),
    0
  )
}

/** Whose each place was: the newest claim's, or nobody's where there are two such. */
export const former = ({ members, places }: JavaCase): readonly (number | null)[] => {
  const owned = members.map((one) => new Set(one.owned.map(({ topic, partition }) => partitionKey(topic, partition))))
  return places.map(({ topic, partition }) => {
    const claims = members.flatMap(({ generation }, index) =>
      owned[index]?.has(partitionKey(topic, partition)) === true ? [{ generation, index }] : []
    )
    const newest = Math.max(...claims.map(({ generation }) => generation))
    const [first, ...others] = claims.filter(({ generation }) => generation === newest)
    return first === undefined || others.length > 0 ? null : first.index
  })
}

export const staying = (group: JavaCase, whose: Outcome): number => {
  const before = former(group)
  return Array.from(whose).filter((owner, at) => owner !== '.' && before[at] === Number(owner)).length
}

/** How many partitions are with a member whose rack has no replica. */
export const far = ({ members, places, topics }: JavaCase, whose: Outcome): number =>
  places.filter(({ topic, partition }, at) => {
    const rack = members[Number(whose[at])]?.rack ?? ''
    return rack !== '' && topics.get(topic)?.[partition]?.has(rack) !== true
  }).length

export const wantTheSame = ({ members }: JavaCase): boolean =>
  new Set(members.map(({ topics }) => [...topics].sort().join())).size === 1

export const wants = (one: AssignableMember | undefined, topic: string): boolean => one?.topics.includes(topic) === true

/** Nothing to those who do not want it; if `complete`, nothing is left that somebody wants. */
export const isValid = ({ members, places }: JavaCase, whose: Outcome, complete: boolean): boolean =>
  places.every(({ topic }, at) => {
    const owner = whose[at] ?? '.'
    if (owner !== '.') return wants(members[Number(owner)], topic)
    return !complete || !members.some((one) => wants(one, topic))
  })

/**
 * Java gives partitions to who has not subscribed to them, if that member wants nothing at all, or had them in an older
 * generation. There its balance cannot be had.
 */
export const javaIsValid = (group: JavaCase, whose: Outcome): boolean => isValid(group, whose, false)
