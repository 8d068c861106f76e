import { describe, expect, it } from 'vitest'
import { OwnedPartitions } from '../../../../src/core/group/owned-partitions.js'

const [a, b, c] = [0, 1, 2].map((partition) => ({ topic: 't', partition })) as [
  { topic: string; partition: number },
  { topic: string; partition: number },
  { topic: string; partition: number }
]

describe('OwnedPartitions', () => {
  it('says what an assignment adds, keeps and removes', () => {
    const owned = new OwnedPartitions()

    expect(owned.assign([a, b])).toEqual({ gained: [a, b], kept: [], revoked: [] })
    expect(owned.assign([b, c])).toEqual({ gained: [c], kept: [b], revoked: [a] })
    expect(owned.held).toEqual([a, b, c])
  })

  it('owns revoked partitions until they are released', () => {
    const owned = new OwnedPartitions()
    owned.assign([a, b])
    owned.revoke([a])

    expect([owned.isDraining, owned.draining, owned.staying, owned.holds(a)]).toEqual([true, [a], [b], true])
    owned.release([a])
    expect([owned.isDraining, owned.held, owned.holds(a)]).toEqual([false, [b], false])
  })

  it('gains a partition that is assigned again during its revocation only once it is released', () => {
    const owned = new OwnedPartitions()
    owned.assign([a])
    owned.revoke([a])

    expect(owned.assign([a]).gained).toEqual([])
    owned.release([a])
    expect([owned.due, owned.take(), owned.due]).toEqual([[a], [a], []])
  })

  it('starts a new ownership with each assignment that adds a partition again', () => {
    const owned = new OwnedPartitions()
    owned.assign([a])
    const first = owned.ownershipOf(a)
    owned.assign([a])

    expect(owned.ownershipOf(a)).toBe(first)
    owned.release([a])
    expect(owned.ownershipOf(a)).toBeNull()
    owned.take()
    expect(owned.ownershipOf(a)).not.toBe(first)
  })

  it('has to announce partitions that it released and the group does not count as its own, until it has', () => {
    const owned = new OwnedPartitions()
    owned.assign([a, b])
    owned.assign([b])
    owned.release([a])

    expect(owned.hasUnannounced).toBe(true)
    owned.announce()
    expect(owned.hasUnannounced).toBe(false)
  })

  it('does not announce what the group still counts as its own', () => {
    const owned = new OwnedPartitions()
    owned.assign([a])
    owned.release([a])

    expect(owned.hasUnannounced).toBe(false)
  })

  it('loses everything at once, and says what that was', () => {
    const owned = new OwnedPartitions()
    owned.assign([a, b])
    owned.revoke([a])

    expect(owned.clear()).toEqual([a, b])
    expect([owned.isEmpty, owned.isDraining, owned.due]).toEqual([true, false, []])
  })
})
