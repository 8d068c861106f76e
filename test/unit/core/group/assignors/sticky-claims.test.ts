import { describe, expect, it } from 'vitest'
import {
  settleClaims,
  type SettledClaims,
  type StickyMember
} from '../../../../../src/core/group/assignors/sticky-claims.js'
import type { TopicPartition } from '../../../../../src/model/topic-partition.js'
import { partitionsOf } from '../../../../support/partitions.js'
import { places } from '../../../../support/shares.js'

const member = (memberId: string, owned: string, generation: number, topics = ['t']): StickyMember => ({
  memberId,
  topics,
  rack: null,
  owned: places(owned),
  generation
})
const settled = (...members: readonly StickyMember[]): SettledClaims =>
  settleClaims(members, partitionsOf({ t: 3, u: 1 }))
const inWords = (owners: ReadonlyMap<TopicPartition, string>): readonly string[] =>
  [...owners].map(([{ topic, partition }, memberId]) => `${topic}-${String(partition)} ${memberId}`).sort()

describe('settleClaims', () => {
  it('knows all partitions of the subscribed topics', () => {
    const { partitions } = settled(member('a', '', 1, ['u', 't']), member('b', '', 1))

    expect([...partitions.keys()]).toEqual(['t', 'u'])
    expect(partitions.get('t')).toEqual(places('t-0 t-1 t-2'))
  })

  it('leaves each member what no other claims', () => {
    const claims = settled(member('a', 't-0', 4), member('b', 't-2', 4))

    expect(inWords(claims.owners)).toEqual(['t-0 a', 't-2 b'])
    expect(claims.revoking).toBe(false)
  })

  it('trusts the newest generation, in whatever order members come', () => {
    const members = [member('a', 't-0', 3), member('b', 't-0', 4)]

    for (const order of [members, members.toReversed()]) {
      const claims = settled(...order)
      expect(inWords(claims.owners)).toEqual(['t-0 b'])
      // It had the partition in an older generation, and may get it back if that is fair.
      expect(inWords(claims.formerOwners)).toEqual(['t-0 a'])
    }
  })

  it('believes neither of two that claim the same in one generation', () => {
    const claims = settled(member('a', 't-0', 4), member('b', 't-0', 4), member('c', 't-0', 3))

    expect(inWords(claims.owners)).toEqual([])
    expect(inWords(claims.formerOwners)).toEqual(['t-0 c'])
  })

  it('takes a partition from a member that no longer wants its topic, which makes others move too', () => {
    const claims = settled(member('a', 'u-0', 4), member('b', '', 4, ['u']))

    expect(inWords(claims.owners)).toEqual([])
    expect(claims.revoking).toBe(true)
  })

  it('ignores claims to partitions that do not exist, or of topics without subscribers', () => {
    const claims = settled(member('a', 't-7 x-0 u-0', 4))

    expect([inWords(claims.owners), claims.revoking]).toEqual([[], false])
  })

  it('takes a member without a generation for the oldest', () => {
    expect(inWords(settled(member('a', 't-0', -7), member('b', 't-0', 0)).owners)).toEqual(['t-0 b'])
  })
})
