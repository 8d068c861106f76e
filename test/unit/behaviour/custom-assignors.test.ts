import { describe, expect, it } from 'vitest'
import { type Assignor, type Consumer, ConsumerError, subscribe } from '../../../src/index.js'
import { manual } from '../../support/handlers.js'
import { group, rig } from '../../support/rig.js'
import { sorted, upTo, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

const held = (member: Consumer): readonly number[] => sorted(member.positions().map(({ partition }) => partition))

/** Everything to the member of the lowest client data. */
const standby = (protocol: Assignor['protocol'], priority: number): Assignor => ({
  name: 'standby',
  protocol,
  userData: () => Uint8Array.of(priority),
  assign: (members, topics) => {
    const [active] = [...members].sort((a, b) => (a.userData?.[0] ?? 0) - (b.userData?.[0] ?? 0))
    const mine = (active?.topics ?? []).flatMap((topic) =>
      (topics.get(topic) ?? []).map((_racks, partition) => ({ topic, partition }))
    )
    return new Map(active === undefined ? [] : [[active.memberId, mine]])
  }
})

describe.each(['eager', 'cooperative'] as const)('an assignor of one’s own, %s', (protocol) => {
  const by = (priority: number) => ({ ...quick, 'partition.assignment.strategy': [standby(protocol, priority)] })

  it('assigns by its own rule and the members’ user data; nothing is read twice or by two members', () => {
    const { clock, cluster, orders, member, rebalances, committed } = rig(3, by(2), 30)
    const seen = witness()
    seen.follow('a', orders)
    clock.advance(2_000)
    expect(held(orders)).toEqual([0, 1, 2])
    const better = member(by(1))
    const running = seen.follow('b', better)
    clock.advance(3_000)
    expect([held(orders), held(better), cluster.describeGroup(group).protocol]).toEqual([[], [0, 1, 2], 'standby'])
    for (const number of upTo(3)) cluster.produce('orders', { partition: number, value: String(30 + number) })
    clock.advance(1_000)
    running.unsubscribe()
    clock.advance(3_000)
    expect(held(orders)).toEqual([0, 1, 2])
    expect(rebalances[0]).toMatchObject({ rebalance: { protocol: 'standby' } })
    expect([seen.breaches, sorted(seen.handled), committed()]).toEqual([[], upTo(33), [11n, 11n, 11n]])
  })

  it('gives a partition to nobody before its owner is through with it', () => {
    const { clock, orders, member, committed } = rig(1, by(2), 3)
    const seen = witness()
    const work = manual()
    seen.follow('a', orders, work.handler)
    clock.advance(2_000)
    const better = member(by(1))
    seen.follow('b', better)
    clock.advance(3_000)
    expect([work.running(), held(better), seen.streams]).toEqual([upTo(3), [], ['a+0']])
    work.finish(...upTo(3))
    clock.advance(3_000)
    expect([held(orders), held(better), seen.streams]).toEqual([[], [0], ['a+0', 'a-0', 'b+0']])
    expect([seen.breaches, seen.handled, committed()]).toEqual([[], upTo(3), [3n]])
  })

  // prettier-ignore
  const wrong: readonly (readonly [string, Partial<Assignor>, RegExp])[] = [
    ['throws', { assign: () => { throw new Error('boom') } }, /assign threw/],
    ['gives no Map', { assign: (() => ({})) as never }, /no Map/],
    ['gives something to a stranger', { assign: () => new Map([['nobody', []]]) }, /nobody, which is not a member/],
    ['gives no list', { assign: ((members: readonly { memberId: string }[]) => new Map(members.map(({ memberId }) => [memberId, 3]))) as never }, /no list/],
    ['gives what is no partition', { assign: (members) => new Map(members.map(({ memberId }) => [memberId, [{ topic: 'orders' } as never]])) }, /something other than a partition/],
    ['gives a partition twice', { assign: (members) => new Map(members.map(({ memberId }) => [memberId, [{ topic: 'orders', partition: 0 }, { topic: 'orders', partition: 0 }]])) }, /twice/],
    ['gives a partition that does not exist', { assign: (members) => new Map(members.map(({ memberId }) => [memberId, [{ topic: 'orders', partition: 1 }]])) }, /does not exist/],
    ['gives what is not subscribed to', { assign: (members) => new Map(members.map(({ memberId }) => [memberId, [{ topic: 'payments', partition: 0 }]])) }, /not subscribed/],
    ['has user data that throw', { userData: () => { throw new Error('boom') } }, /userData threw/],
    ['has user data that are none', { userData: (() => 'text') as never }, /neither bytes nor null/]
  ]
  it.each(wrong)('that %s ends the consumer with a fault that says so', (_how, part, reason) => {
    const { clock, orders } = rig(1, {
      ...quick,
      'partition.assignment.strategy': [{ ...standby(protocol, 1), ...part }]
    })
    const errors: unknown[] = []
    orders.subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(3_000)
    expect(errors).toMatchObject([
      { fault: { _tag: 'AssignorFault', assignor: 'standby', reason: expect.stringMatching(reason) } }
    ])
    expect((errors[0] as Error).message).toMatch(/^the assignor standby failed: /)
  })

  it('can be offered beside Kafka’s: the group uses one that all members offer', () => {
    const { clock, cluster, orders, member } = rig(2, {
      ...quick,
      'partition.assignment.strategy': [standby(protocol, 1), 'range']
    })
    orders.subscribe()
    clock.advance(1_000)
    member({ 'partition.assignment.strategy': ['range'] }).subscribe()
    clock.advance(3_000)
    expect([cluster.describeGroup(group).protocol, held(orders).length]).toEqual(['range', 1])
  })
})

describe('an unknown strategy', () => {
  it.each([
    ['without a name', { ...standby('eager', 1), name: '' }],
    ['of another protocol', { ...standby('eager', 1), protocol: 'lazy' }],
    ['without assign', { name: 'x', protocol: 'eager' }],
    ['with user data that are no function', { ...standby('eager', 1), userData: new Uint8Array() }],
    ['by the name of Kafka’s', { ...standby('eager', 1), name: 'range' }],
    ['that does not exist', 'fair']
  ])('is refused before anything is connected: %s', (_what, strategy) => {
    const make = (): unknown =>
      rig(1, { 'partition.assignment.strategy': [strategy as Assignor], subscription: subscribe('orders') })
    expect(make).toThrow(ConsumerError)
    expect(make).toThrow(/partition\.assignment\.strategy/)
  })

  it('is refused where a name comes twice', () => {
    expect(() => rig(1, { 'partition.assignment.strategy': ['range', 'range'] })).toThrow(/each name once/)
  })
})
