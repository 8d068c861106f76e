import { describe, expect, it } from 'vitest'
import { generalAssignment } from '../../../../../src/core/group/assignors/general-assignment.js'
import { Locality } from '../../../../../src/core/group/assignors/racks.js'
import { settleClaims, type StickyMember } from '../../../../../src/core/group/assignors/sticky-claims.js'
import { partitionsOf, type TopicShape } from '../../../../support/partitions.js'
import { places } from '../../../../support/shares.js'

const member = (memberId: string, topics: string, owned = '', generation = 1): StickyMember => ({
  memberId,
  topics: topics.split(' '),
  rack: null,
  owned: places(owned),
  generation
})
const assigned = (
  topics: Readonly<Record<string, TopicShape>>,
  ...members: readonly StickyMember[]
): Readonly<Record<string, string>> => {
  const partitions = partitionsOf(topics)
  const shares = generalAssignment(members, settleClaims(members, partitions), new Locality(members, partitions))
  return Object.fromEntries(
    [...shares].map(([memberId, share]) => [
      memberId,
      share
        .map(({ topic, partition }) => `${topic}-${String(partition)}`)
        .sort()
        .join(' ')
    ])
  )
}

describe('generalAssignment', () => {
  it('gives a partition to the member of its topic with the fewest, topics with few members first', () => {
    expect(assigned({ t: 2, u: 2 }, member('a', 't'), member('b', 't u'))).toEqual({ a: 't-0 t-1', b: 'u-0 u-1' })
  })

  it('leaves each what it had, if no member has two fewer', () => {
    const members = [member('a', 't', 't-0 t-1'), member('b', 't u', 'u-0')]

    expect(assigned({ t: 2, u: 1 }, ...members)).toEqual({ a: 't-0 t-1', b: 'u-0' })
  })

  it('moves one from a member that has two more than another of its topic', () => {
    const members = [member('a', 't u', 't-0 t-1 u-0'), member('b', 't')]

    expect(assigned({ t: 2, u: 1 }, ...members)).toEqual({ a: 't-1 u-0', b: 't-0' })
  })

  it('does not move what another member may not have', () => {
    const members = [member('a', 'u', 'u-0 u-1 u-2'), member('b', 't')]

    expect(assigned({ t: 1, u: 3 }, ...members)).toEqual({ a: 'u-0 u-1 u-2', b: 't-0' })
  })

  it('returns a partition to its former owner where that is fair', () => {
    // Without that, t-0 would go to b, which comes first.
    const members = [member('a', 't', 't-0 t-1 t-2', 2), member('b', 't', '', 2), member('c', 't u', 't-0', 1)]

    expect(assigned({ t: 3, u: 0 }, ...members)).toEqual({ a: 't-2', b: 't-1', c: 't-0' })
  })

  it('has each partition once, also where nobody wants the topic of another', () => {
    const members = [member('a', 't'), member('b', 'u'), member('c', 't u v')]
    const all = Object.values(assigned({ t: 3, u: 3, v: 1 }, ...members)).join(' ')

    expect(all.split(' ').sort()).toEqual(['t-0', 't-1', 't-2', 'u-0', 'u-1', 'u-2', 'v-0'])
  })
})
