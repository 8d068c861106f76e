import { expect, it } from 'vitest'
import { type ConsumerConfig, ConsumerError } from '../../src/index.js'
import { brokerConfig } from '../support/broker-config.js'
import { until } from '../support/collect.js'
import { type GroupMember, heartbeatMs, sessionMs } from '../support/group-member.js'
import { describeBesideJava, type JavaMember, type JavaProperties } from '../support/java-members.js'
import { type MixedGroup, mixedGroup, swapped } from '../support/mixed-group.js'
import type { OurMember } from '../support/our-member.js'

/** Java's classes for the strategies. */
const javaAssignors = {
  range: 'RangeAssignor',
  roundrobin: 'RoundRobinAssignor',
  sticky: 'StickyAssignor',
  'cooperative-sticky': 'CooperativeStickyAssignor'
} as const
type Strategy = keyof typeof javaAssignors
const everyStrategy = Object.keys(javaAssignors) as readonly Strategy[]
const cooperative = 'cooperative-sticky'
const isSticky = (strategy: Strategy): boolean => strategy === 'sticky' || strategy === cooperative

const by = (...strategies: readonly Strategy[]): Partial<ConsumerConfig> => ({
  'partition.assignment.strategy': strategies
})
const javaBy = (...strategies: readonly Strategy[]): JavaProperties => ({
  'partition.assignment.strategy': strategies
    .map((name) => `org.apache.kafka.clients.consumer.${javaAssignors[name]}`)
    .join(',')
})
const fixed = { 'group.instance.id': 'instance-1' }

/** What a member was given although it had it before: a stream that did not go on. */
const gainedAgain = ({ gained }: GroupMember): readonly number[] =>
  gained.filter((partition, at) => gained.indexOf(partition) < at)

/** What a member went on with over its rebalances, rather than give everything up. */
const kept = ({ rebalances }: OurMember): readonly unknown[] =>
  rebalances.flatMap((event) => (event._tag === 'assigned' ? event.kept : []))

describeBesideJava('in a group with Kafka’s own Java client', (brokers, members) => {
  const java = (group: MixedGroup, properties: JavaProperties): JavaMember =>
    members().open(group.topic, properties, group.log)
  const classic = (group: MixedGroup, properties: JavaProperties): JavaMember =>
    java(group, { 'heartbeat.interval.ms': heartbeatMs, 'session.timeout.ms': sessionMs, ...properties })

  it.concurrent.each(everyStrategy)('%s: Java leads, ours join, Java leaves', async (strategy) => {
    const group = await mixedGroup(brokers, 7, `java-leads-${strategy}`)
    const theirs = classic(group, javaBy(strategy))
    await group.atRest(theirs)
    const mine = group.ours(by(strategy))
    const two = await group.atRest(theirs, mine)
    expect(mine.rebalance).toMatchObject({ leader: theirs.memberId, protocol: strategy })
    const more = group.ours(by(strategy))
    const three = await group.atRest(theirs, mine, more)
    for (const { rebalance } of [mine, more])
      expect(rebalance).toMatchObject({ leader: theirs.memberId, protocol: strategy })
    expect(new Set([theirs, mine, more].map(({ memberId }) => memberId)).size).toBe(3)
    await theirs.leave()
    const left = await group.atRest(mine, more)
    expect([mine.memberId, more.memberId]).toContain(mine.rebalance?.leader)
    expect(more.rebalance?.leader).toBe(mine.rebalance?.leader)
    await group.end(mine, more)
    expect(group.repeated()).toEqual([])
    if (isSticky(strategy)) expect([...swapped(two, three), ...swapped(three, left)]).toEqual([])
    if (strategy === cooperative) expect([theirs, mine, more].flatMap(gainedAgain)).toEqual([])
  })

  it.concurrent.each(everyStrategy)('%s: ours leads, Java’s join, ours leaves and joins', async (strategy) => {
    const group = await mixedGroup(brokers, 8, `ours-leads-${strategy}`)
    const mine = group.ours(by(strategy))
    await group.atRest(mine)
    const theirs = classic(group, javaBy(strategy))
    const two = await group.atRest(mine, theirs)
    expect(mine.rebalance).toMatchObject({ leader: mine.memberId, protocol: strategy })
    const more = classic(group, javaBy(strategy))
    const three = await group.atRest(mine, theirs, more)
    expect(mine.rebalance).toMatchObject({ leader: mine.memberId, protocol: strategy })
    await mine.leave()
    const left = await group.atRest(theirs, more)
    const late = group.ours(by(strategy))
    const joined = await group.atRest(theirs, more, late)
    expect([theirs.memberId, more.memberId]).toContain(late.rebalance?.leader)
    await group.end(theirs, late, more)
    expect(group.repeated()).toEqual([])
    if (isSticky(strategy))
      expect([...swapped(two, three), ...swapped(three, left), ...swapped(left, joined)]).toEqual([])
    if (strategy === cooperative) expect([mine, late].flatMap(gainedAgain)).toEqual([])
  })

  it.concurrent.each(['Java', 'ours'])(
    'the default list of Java’s client is eager, by range; %s leads',
    async (first) => {
      const group = await mixedGroup(brokers, 6, 'default-list')
      // Java's is left to its default: range, cooperative-sticky.
      const joins = { Java: () => classic(group, {}), ours: () => group.ours(by('range', cooperative)) }
      const leader = first === 'Java' ? joins.Java() : joins.ours()
      await group.atRest(leader)
      const mine = joins.ours()
      await group.atRest(leader, mine)
      const theirs = joins.Java()
      await group.atRest(leader, mine, theirs)
      expect(mine.rebalance).toMatchObject({ leader: leader.memberId, protocol: 'range' })
      expect(kept(mine)).toEqual([])
      await leader.leave()
      await group.atRest(mine, theirs)
      await group.end(mine, theirs)
      expect(group.repeated()).toEqual([])
    }
  )

  it.concurrent(
    'a group moves from range to cooperative-sticky in two steps, member by member, while records flow',
    async () => {
      const group = await mixedGroup(brokers, 9, 'upgrade')
      const lists = [['range'], [cooperative, 'range'], [cooperative]] as const
      const mine = (step: 0 | 1 | 2): OurMember => group.ours(by(...lists[step]))
      const theirs = (step: 0 | 1 | 2): JavaMember => classic(group, javaBy(...lists[step]))
      let [a, b, c] = [mine(0), mine(0), theirs(0)]
      await group.atRest(a, b, c)
      const protocols = [a.rebalance?.protocol]
      const halfway: OurMember[] = []
      for (const step of [1, 2] as const) {
        await a.leave()
        a = mine(step)
        await group.atRest(a, b, c)
        protocols.push(a.rebalance?.protocol)
        await c.leave()
        c = theirs(step)
        await group.atRest(a, b, c)
        protocols.push(a.rebalance?.protocol)
        await b.leave()
        b = mine(step)
        await group.atRest(a, b, c)
        protocols.push(a.rebalance?.protocol)
        if (step === 1) halfway.push(a, b)
      }
      expect(protocols).toEqual(['range', 'range', 'range', cooperative, cooperative, cooperative, cooperative])
      // Who may still have to go by range gives everything up each time.
      expect(halfway.flatMap(kept)).toEqual([])
      // Whoever comes now takes what it needs, and everybody else reads on.
      const before = [a, b, c].map(({ gained }) => [...gained])
      const late = mine(2)
      await group.atRest(a, b, c, late)
      expect([a, b, c].map(({ gained }) => gained)).toEqual(before)
      await group.end(a, b, c, late)
      expect(group.repeated()).toEqual([])
    }
  )

  it.concurrent.each(['Java', 'ours'])('our static member comes back without a rebalance; %s leads', async (leads) => {
    const group = await mixedGroup(brokers, 6, 'static')
    const ours = (): OurMember => group.ours({ ...by(cooperative), ...fixed })
    const theirs = (): JavaMember => classic(group, javaBy(cooperative))
    let mine: OurMember
    let java: JavaMember
    if (leads === 'Java') {
      java = theirs()
      await group.atRest(java)
      mine = ours()
    } else {
      mine = ours()
      await group.atRest(mine)
      java = theirs()
    }
    await group.atRest(mine, java)
    const before = { held: mine.held, generation: mine.generation, java: [...java.rebalances] }
    await mine.leave()
    const back = ours()
    await group.atRest(back, java)
    // Long enough for some heartbeats of each.
    await group.flows(20)
    expect({ held: back.held, generation: back.generation, java: java.rebalances }).toEqual(before)
    expect(back.memberId).not.toBe(mine.memberId)
    // Who leads now leads: a third member gets its share.
    const third = group.ours(by(cooperative))
    await group.atRest(back, java, third)
    expect(third.rebalance?.leader).toBe(leads === 'Java' ? java.memberId : back.memberId)
    await group.end(java, third, back)
    expect(group.repeated()).toEqual([])
  })

  it.concurrent('a static member of Java’s comes back without a rebalance of ours', async () => {
    const group = await mixedGroup(brokers, 6, 'static-java')
    const mine = group.ours(by(cooperative))
    await group.atRest(mine)
    const theirs = (): JavaMember => classic(group, { ...javaBy(cooperative), ...fixed })
    const java = theirs()
    await group.atRest(mine, java)
    const before = { generation: mine.generation, rebalances: [...mine.rebalances] }
    await java.leave()
    const back = theirs()
    await group.atRest(mine, back)
    await group.flows(20)
    expect({ generation: mine.generation, rebalances: mine.rebalances }).toEqual(before)
    expect(back.memberId).not.toBe(java.memberId)
    await group.end(mine, back)
    expect(group.repeated()).toEqual([])
  })

  it.concurrent('whose instance id the other client takes is fenced: first ours, then Java’s', async () => {
    const group = await mixedGroup(brokers, 6, 'fenced')
    const mine = group.ours({ ...by(cooperative), ...fixed })
    await group.atRest(mine)
    const theirs = classic(group, { ...javaBy(cooperative), ...fixed })
    const ended = await mine.run.ended
    expect(ended).toBeInstanceOf(ConsumerError)
    expect(ended).toMatchObject({ fault: { _tag: 'FencedFault', what: 'group.instance.id', id: 'instance-1' } })
    expect(mine.failure).toBe('another client took over group.instance.id instance-1; give each instance its own')
    await group.atRest(theirs)
    const again = group.ours({ ...by(cooperative), ...fixed })
    await until(() => theirs.closed, 'Java’s is fenced')
    expect(theirs.failure).toMatch(/^FencedInstanceIdException/)
    await group.atRest(again)
    await group.end(again)
  })

  it.concurrent.for(['range', cooperative] as const)(
    '%s: next to a member of the consumer protocol',
    async (strategy, { skip }) => {
      skip(await keepsProtocolsApart(brokers))
      const group = await mixedGroup(brokers, 6, 'consumer-protocol')
      const mine = group.ours(by(strategy))
      await group.atRest(mine)
      const theirs = java(group, { 'group.protocol': 'consumer' })
      await group.atRest(mine, theirs)
      const more = group.ours(by(strategy))
      await group.atRest(mine, theirs, more)
      await mine.leave()
      await group.atRest(theirs, more)
      await theirs.leave()
      await group.atRest(more)
      await group.end(more)
      expect(group.repeated()).toEqual([])
    }
  )
})

/** Whether this broker has no members of both protocols in one group, as those before Kafka 4.0; it says so. */
const keepsProtocolsApart = async (brokers: string): Promise<boolean> => {
  const policy = 'group.consumer.migration.policy'
  const apart = (await brokerConfig(brokers, policy))?.toLowerCase() !== 'bidirectional'
  if (apart) console.warn(`\n*** SKIPPED: members of both protocols in one group need ${policy} bidirectional ***\n`)
  return apart
}
