import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Assignor } from '../../../../../src/core/group/assignors/assignor.js'
import { assignedBy, userDataBy } from '../../../../../src/core/group/assignors/custom-assignor.js'
import { member } from '../../../../support/members.js'
import { partitionsOf } from '../../../../support/partitions.js'
import { places } from '../../../../support/shares.js'

const members = [member('a', ['t', 'u'], { owned: places('t-0') }), member('b', ['t'])]
const topics = partitionsOf({ t: 2, u: 1 })

/** An assignor that gives this, whatever it is. */
const giving = (given: unknown, protocol: Assignor['protocol'] = 'eager'): Assignor => ({
  name: 'mine',
  protocol,
  assign: () => given as ReturnType<Assignor['assign']>
})
const reasonOf = (assignor: Assignor): string => {
  const result = assignedBy(assignor, false, members, topics)
  return isLeft(result) ? result.left.reason : 'taken'
}

describe('assignedBy', () => {
  it('takes an assignment of partitions that exist to members that want them', () => {
    const assignment = new Map([
      ['a', places('u-0')],
      ['b', places('t-0 t-1')]
    ])

    expect(assignedBy(giving(assignment), false, members, topics)).toEqual({ _tag: 'Right', right: assignment })
  })

  it.each<[string, unknown, string]>([
    ['no Map', {}, 'assign returned no Map'],
    ['a promise', Promise.resolve(new Map()), 'assign returned no Map'],
    ['partitions of nobody', new Map([['c', []]]), 'assign returned c, which is not a member'],
    ['no list', new Map([['a', 't-0']]), 'assign returned no list of partitions for a'],
    ['a list of names', new Map([['a', ['t-0']]]), 'assign returned something other than a partition for a'],
    [
      'a negative partition',
      new Map([['a', [{ topic: 't', partition: -1 }]]]),
      'assign returned something other than a partition for a'
    ],
    [
      'a topic that is not wanted',
      new Map([['b', places('u-0')]]),
      'returned u/0 for b, which is not subscribed to the topic'
    ],
    ['a partition that is not there', new Map([['a', places('t-2')]]), 'assign returned t/2, which does not exist'],
    ['one partition twice', new Map([['a', places('t-0')], ['b', places('t-0')]]), 'assign returned t/0 twice'] // prettier-ignore
  ])('refuses %s', (_what, given, reason) => {
    expect(reasonOf(giving(given))).toContain(reason)
  })

  it('is a fault with its cause where the assignor throws', () => {
    const cause = new Error('no')
    const throwing: Assignor = {
      ...giving(null),
      assign: () => {
        throw cause
      }
    }

    expect(assignedBy(throwing, false, members, topics)).toMatchObject({
      left: { _tag: 'AssignorFault', assignor: 'mine', reason: 'assign threw', cause }
    })
  })

  it('leaves out what another member still owns, if the members rebalance cooperatively', () => {
    const assignment = new Map([
      ['a', places('u-0')],
      ['b', places('t-0 t-1')]
    ])
    const sharesOf = (protocol: Assignor['protocol']) =>
      assignedBy(giving(assignment, protocol), false, members, topics)

    expect(sharesOf('cooperative')).toMatchObject({ right: new Map([['a', places('u-0')], ['b', places('t-1')]]) }) // prettier-ignore
    expect(sharesOf('eager')).toMatchObject({ right: assignment })
  })
})

describe('userDataBy', () => {
  const withData = (userData: NonNullable<Assignor['userData']>): Assignor => ({ ...giving(null), userData })

  it('hands on what the member had, and in which generation', () => {
    const seen: unknown[] = []
    const result = userDataBy(withData((...given) => (seen.push(given), Uint8Array.of(1))), places('t-0'), 4) // prettier-ignore

    expect([seen, result]).toEqual([[[places('t-0'), 4]], { _tag: 'Right', right: Uint8Array.of(1) }])
  })

  it('has none if the assignor returns none', () => {
    expect(userDataBy(giving(null), [], -1)).toEqual({ _tag: 'Right', right: null })
  })

  it.each<[string, () => unknown, string]>([
    ['gives a text', () => 'x', 'userData returned neither bytes nor null'],
    [
      'throws',
      () => {
        throw new Error('no')
      },
      'userData threw'
    ]
  ])('is a fault where the assignor %s', (_what, userData, reason) => {
    expect(userDataBy(withData(userData as NonNullable<Assignor['userData']>), [], -1)).toMatchObject({
      left: { _tag: 'AssignorFault', reason }
    })
  })
})
