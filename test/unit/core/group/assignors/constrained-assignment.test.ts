import { describe, expect, it } from 'vitest'
import { constrainedAssignment } from '../../../../../src/core/group/assignors/constrained-assignment.js'
import { Locality } from '../../../../../src/core/group/assignors/racks.js'
import { settleClaims, type StickyMember } from '../../../../../src/core/group/assignors/sticky-claims.js'
import { partitionsOf, type TopicShape } from '../../../../support/partitions.js'
import { places } from '../../../../support/shares.js'

/** Members with what they had, and in which rack they are. */
const assigned = (
  topics: Readonly<Record<string, TopicShape>>,
  had: Readonly<Record<string, string>>,
  racks: Readonly<Record<string, string>> = {}
): Readonly<Record<string, string>> => {
  const members = Object.entries(had).map(([memberId, owned]): StickyMember => ({
    memberId,
    topics: Object.keys(topics),
    rack: racks[memberId] ?? null,
    owned: places(owned),
    generation: 1
  }))
  const partitions = partitionsOf(topics)
  const shares = constrainedAssignment(
    members.map(({ memberId }) => memberId),
    settleClaims(members, partitions),
    new Locality(members, partitions)
  )
  const text = (share: ReturnType<typeof places>): string =>
    share.map(({ topic, partition }) => `${topic}-${String(partition)}`).join(' ')
  return Object.fromEntries([...shares].map(([memberId, share]) => [memberId, text(share)]))
}

describe('constrainedAssignment', () => {
  it.each<[string, Readonly<Record<string, TopicShape>>, Readonly<Record<string, string>>, object]>([
    ['deals in turn', { t: 5 }, { a: '', b: '' }, { a: 't-0 t-2 t-4', b: 't-1 t-3' }],
    ['leaves each what it had', { t: 4 }, { a: 't-2 t-3', b: 't-0 t-1' }, { a: 't-2 t-3', b: 't-0 t-1' }],
    ['lets a member keep one more if that is fair', { t: 3 }, { a: 't-0', b: 't-1 t-2' }, { a: 't-0', b: 't-1 t-2' }],
    [
      'takes the highest from who has too many',
      { t: 4 },
      { a: 't-0 t-1 t-2 t-3', b: '' },
      { a: 't-0 t-1', b: 't-2 t-3' }
    ],
    ['takes from all topics alike', { t: 2, u: 2 }, { a: 't-0 t-1 u-0 u-1', b: '' }, { a: 't-0 u-0', b: 't-1 u-1' }],
    ['has members with nothing where there is too little', { t: 1 }, { a: '', b: '' }, { a: 't-0', b: '' }]
  ])('%s', (_what, topics, had, expected) => {
    expect(assigned(topics, had)).toEqual(expected)
  })

  it('assigns first to members in the same rack, and the rest fairly', () => {
    const topics = { t: ['x', 'y', 'x', 'x'] }

    expect(assigned(topics, { a: '', b: '' }, { a: 'y', b: 'x' })).toEqual({ a: 't-1 t-3', b: 't-0 t-2' })
  })
})
