import { right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { ShareMembership, type ShareMembershipEffect } from '../../../../src/core/share/share-membership.js'

/** A member that has joined a group with heartbeats every 500 ms, at 0. */
const joined = () => {
  const machine = new ShareMembership({
    groupId: 'g',
    clientRack: '',
    topics: ['t'],
    newMemberId: () => 'id',
    random: () => 0.5,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1_000
  })
  machine.handle({ _tag: 'start' }, 0)
  let attempt = 1
  const answer = (sentAt: number, now: number): readonly ShareMembershipEffect[] => {
    const given = { code: 0, message: null, memberId: 'id', memberEpoch: 1, heartbeatIntervalMs: 500, assignment: null }
    return machine.handle({ _tag: 'heartbeat answered', attempt: attempt++, sentAt, answer: right(given) }, now)
  }
  answer(0, 0)
  return { machine, answer }
}
const tagsOf = (effects: readonly ShareMembershipEffect[]): readonly string[] =>
  effects.flatMap(({ _tag }) => (_tag === 'arm' || _tag === 'disarm' ? [] : [_tag]))

describe('a member of a share group', () => {
  it('cut off from its group it has lost its locks after nine of the broker’s intervals', () => {
    const { machine } = joined()
    expect(tagsOf(machine.handle({ _tag: 'session due' }, 4_499))).toEqual([])
    expect(tagsOf(machine.handle({ _tag: 'session due' }, 4_500))).toEqual(['lost', 'heartbeat'])
  })

  it('that was suspended for longer asks its group before it loses anything', () => {
    const { machine, answer } = joined()
    expect(tagsOf(machine.handle({ _tag: 'session due' }, 20_000))).toEqual(['heartbeat'])
    expect(tagsOf(answer(20_000, 20_010))).toEqual([])
    expect(tagsOf(machine.handle({ _tag: 'session due' }, 24_499))).toEqual([])

    const other = joined()
    other.machine.handle({ _tag: 'session due' }, 20_000)
    expect(tagsOf(other.machine.handle({ _tag: 'session due' }, 21_000))).toEqual(['lost', 'heartbeat'])
    expect(tagsOf(joined().machine.handle({ _tag: 'session due' }, 45_000))).toEqual(['lost', 'heartbeat'])
  })

  it('asks again when it reads an answer that has waited for longer than a session', () => {
    const { machine, answer } = joined()
    machine.handle({ _tag: 'heartbeat due' }, 500)
    expect(tagsOf(answer(500, 20_000))).toEqual(['heartbeat'])
    expect(tagsOf(machine.handle({ _tag: 'session due' }, 20_000))).toEqual([])
    expect(tagsOf(answer(20_000, 20_010))).toEqual([])
  })
})
