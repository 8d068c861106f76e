import { describe, expect, it } from 'vitest'
import type { AssignableMember } from '../../../../../src/core/group/assignors/assignor.js'
import { cooperativeSticky } from '../../../../../src/core/group/assignors/cooperative-sticky.js'
import { encodeGeneration } from '../../../../../src/core/group/assignors/sticky-user-data.js'
import { member } from '../../../../support/members.js'
import { places, sharesOf } from '../../../../support/shares.js'

const owns = (memberId: string, topics: readonly string[], owned: string, generation = 1): AssignableMember =>
  member(memberId, topics, { owned: places(owned), generation })

const given = sharesOf(cooperativeSticky)

describe('cooperative-sticky', () => {
  it('gives a new member unowned partitions at once', () => {
    expect(given([owns('a', ['t'], 't-0 t-1'), member('b', ['t'])], { t: 4 })).toEqual({ a: 't-0 t-1', b: 't-2 t-3' })
  })

  it('moves a partition in two rounds: first its owner is without it, then the other has it', () => {
    expect(given([owns('a', ['t'], 't-0 t-1 t-2'), member('b', ['t'])], { t: 3 })).toEqual({ a: 't-0 t-1', b: '' })
    expect(given([owns('a', ['t'], 't-0 t-1'), owns('b', ['t'], '')], { t: 3 })).toEqual({ a: 't-0 t-1', b: 't-2' })
  })

  it('does so also if subscriptions differ', () => {
    const counts = { t: 3, u: 1 }
    expect(given([owns('a', ['t'], 't-0 t-1 t-2'), member('b', ['t', 'u'])], counts)).toEqual({
      a: 't-1 t-2',
      b: 'u-0'
    })
    expect(given([owns('a', ['t'], 't-1 t-2'), owns('b', ['t', 'u'], 'u-0')], counts)).toEqual({
      a: 't-1 t-2',
      b: 't-0 u-0'
    })
  })

  it('waits for a member that no longer subscribes to a topic but still owns it', () => {
    expect(given([owns('a', ['u'], 't-0'), member('b', ['t'])], { t: 1, u: 1 })).toEqual({ a: 'u-0', b: '' })
  })

  describe.each([
    { subscriptions: 'equal', topics: ['t'] },
    { subscriptions: 'different', topics: ['t', 'else'] }
  ])('with $subscriptions subscriptions', ({ topics }) => {
    it('leaves a partition with its newest owner, and waits for none', () => {
      expect(given([owns('a', topics, 't-0', 5), owns('b', ['t'], 't-0 t-1', 4)], { t: 2 })).toEqual({
        a: 't-0',
        b: 't-1'
      })
    })

    it('gives nobody what two own in the same generation', () => {
      expect(given([owns('a', topics, 't-0'), owns('b', ['t'], 't-0')], { t: 2 })).toEqual({ a: '', b: 't-1' })
    })
  })

  describe('the generation', () => {
    const old = (memberId: string, owned: string, userData: Uint8Array | null): AssignableMember =>
      member(memberId, ['t'], { owned: places(owned), userData })

    it('is that of the user data where the subscription has none', () => {
      const members = [old('a', 't-0', encodeGeneration(4)), old('b', 't-0', encodeGeneration(5))]
      expect(given(members, { t: 1 })).toEqual({ a: '', b: 't-0' })
    })

    it("is the subscription's own where it has one", () => {
      const members = [
        { ...old('a', 't-0', encodeGeneration(9)), generation: 4 },
        { ...old('b', 't-0', encodeGeneration(1)), generation: 5 }
      ]
      expect(given(members, { t: 1 })).toEqual({ a: '', b: 't-0' })
    })

    it('is the lowest where the user data is not readable', () => {
      const members = [old('a', 't-0', Uint8Array.of(1, 2)), old('b', 't-0', encodeGeneration(0))]
      expect(given(members, { t: 1 })).toEqual({ a: '', b: 't-0' })
    })

    it('is what a member says in its user data', () => {
      expect(cooperativeSticky.userData?.(places('t-0'), 258)).toEqual(Uint8Array.of(0, 0, 1, 2))
      expect(cooperativeSticky.userData?.([], -1)).toEqual(Uint8Array.of(255, 255, 255, 255))
    })
  })

  it('moves a partition to a member in its rack in two rounds, and leaves it there', () => {
    const topics = { t: ['y', 'x', 'x', 'y'] }
    const group = (a: string, b: string): readonly AssignableMember[] => [
      { ...owns('a', ['t'], a), rack: 'x' },
      { ...owns('b', ['t'], b), rack: 'y' }
    ]
    expect(given(group('t-0 t-1', 't-2 t-3'), topics)).toEqual({ a: 't-1', b: 't-3' })
    expect(given(group('t-1', 't-3'), topics)).toEqual({ a: 't-1 t-2', b: 't-0 t-3' })
    expect(given(group('t-1 t-2', 't-0 t-3'), topics)).toEqual({ a: 't-1 t-2', b: 't-0 t-3' })
  })
})
