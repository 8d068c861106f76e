import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { type ConsumerConfig, ConsumerError } from '../../src/index.js'
import { until } from '../support/collect.js'
import { describeBesideJava, type JavaMember } from '../support/java-members.js'
import { heartbeatMs, type MixedGroup, mixedGroup, type OurMember, sessionMs } from '../support/mixed-group.js'

/** Java's classes for the strategies. */
const javaAssignors = {
  range: 'RangeAssignor',
  roundrobin: 'RoundRobinAssignor',
  sticky: 'StickyAssignor',
  'cooperative-sticky': 'CooperativeStickyAssignor'
} as const
type Strategy = keyof typeof javaAssignors
const everyStrategy = Object.keys(javaAssignors) as readonly Strategy[]

const by = (...strategies: readonly Strategy[]): Partial<ConsumerConfig> => ({
  'partition.assignment.strategy': strategies
})
const javaBy = (...strategies: readonly Strategy[]): Properties => ({
  'partition.assignment.strategy': strategies
    .map((name) => `org.apache.kafka.clients.consumer.${javaAssignors[name]}`)
    .join(',')
})
type Properties = Readonly<Record<string, string | number>>

/** What it was given in all of its life, by partition. */
const gainsOf = (member: OurMember): readonly number[] =>
  member.rebalances.flatMap((event) =>
    event._tag === 'assigned' ? event.gained.map(({ partition }) => partition) : []
  )

describeBesideJava('in a group with Kafka’s own Java client', (brokers, members) => {
  const java = (group: MixedGroup, properties: Properties): JavaMember => {
    const { topic, groupId } = group
    const all = { 'group.id': groupId, 'fetch.max.wait.ms': 100, ...properties }
    const member: JavaMember = members().open(topic, all, (partition, offset) => {
      group.handled(member.name, partition, offset)
    })
    return member
  }
  const classic = (group: MixedGroup, properties: Properties): JavaMember =>
    java(group, { 'heartbeat.interval.ms': heartbeatMs, 'session.timeout.ms': sessionMs, ...properties })

  it.concurrent.each(everyStrategy)('%s: Java leads, ours joins, Java leaves', async (strategy) => {
    const group = await mixedGroup(brokers, 7, `java-leads-${strategy}`)
    const theirs = classic(group, javaBy(strategy))
    await group.atRest(theirs)
    const mine = group.ours(by(strategy))
    await group.atRest(theirs, mine)
    expect(mine.rebalance).toMatchObject({ leader: theirs.memberId, protocol: strategy })
    const more = group.ours(by(strategy))
    await group.atRest(theirs, mine, more)
    for (const { rebalance } of [mine, more]) expect(rebalance).toMatchObject({ leader: theirs.memberId, protocol: strategy }) // prettier-ignore
    expect(new Set([theirs, mine, more].map(({ memberId }) => memberId)).size).toBe(3)
    await theirs.leave()
    await group.atRest(mine, more)
    expect([mine.memberId, more.memberId]).toContain(mine.rebalance?.leader)
    expect(more.rebalance?.leader).toBe(mine.rebalance?.leader)
    await group.end(mine, more)
    expect(group.repeated()).toEqual([])
    if (strategy === 'cooperative-sticky')
      // What it kept was never taken from it.
      for (const gains of [mine, more].map(gainsOf)) expect(new Set(gains).size).toBe(gains.length)
  })

  it.concurrent.each(everyStrategy)('%s: ours leads, Java joins, ours leaves', async (strategy) => {
    const group = await mixedGroup(brokers, 8, `ours-leads-${strategy}`)
    const mine = group.ours(by(strategy))
    await group.atRest(mine)
    const theirs = classic(group, javaBy(strategy))
    await group.atRest(mine, theirs)
    expect(mine.rebalance).toMatchObject({ leader: mine.memberId, protocol: strategy })
    const more = classic(group, javaBy(strategy))
    await group.atRest(mine, theirs, more)
    expect(mine.rebalance).toMatchObject({ leader: mine.memberId, protocol: strategy })
    await mine.leave()
    await group.atRest(theirs, more)
    const late = group.ours(by(strategy))
    await group.atRest(theirs, more, late)
    expect([theirs.memberId, more.memberId]).toContain(late.rebalance?.leader)
    await group.end(theirs, late, more)
    expect(group.repeated()).toEqual([])
    if (strategy === 'cooperative-sticky') {
      expect(gainsOf(mine)).toHaveLength(8)
      for (const { rebalances } of [theirs, more]) expect(rebalances.filter((what) => /^lost/.test(what))).toEqual([])
    }
  })

  it.concurrent.each(['Java', 'ours'])(
    'the default list of Java’s client is eager, by range; %s leads',
    async (first) => {
      const group = await mixedGroup(brokers, 6, 'default-list')
      // Java's is left to its default: range, cooperative-sticky.
      const joins = { Java: () => classic(group, {}), ours: () => group.ours(by('range', 'cooperative-sticky')) }
      const leader = first === 'Java' ? joins.Java() : joins.ours()
      await group.atRest(leader)
      const mine = joins.ours()
      await group.atRest(leader, mine)
      const theirs = joins.Java()
      await group.atRest(leader, mine, theirs)
      expect(mine.rebalance).toMatchObject({ leader: leader.memberId, protocol: 'range' })
      for (const event of mine.rebalances) if (event._tag === 'assigned') expect(event.kept).toEqual([])
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
      const lists = [['range'], ['cooperative-sticky', 'range'], ['cooperative-sticky']] as const
      const mine = (step: 0 | 1 | 2): OurMember => group.ours(by(...lists[step]))
      const theirs = (step: 0 | 1 | 2): JavaMember => classic(group, javaBy(...lists[step]))
      let [a, b, c] = [mine(0), mine(0), theirs(0)]
      await group.atRest(a, b, c)
      expect(a.rebalance?.protocol).toBe('range')
      for (const step of [1, 2] as const) {
        await a.leave()
        a = mine(step)
        await group.atRest(a, b, c)
        await c.leave()
        c = theirs(step)
        await group.atRest(a, b, c)
        await b.leave()
        b = mine(step)
        await group.atRest(a, b, c)
        // As soon as all offer it, in the first step, though nobody is cooperative before the second.
        for (const { rebalance } of [a, b]) expect(rebalance?.protocol).toBe('cooperative-sticky')
      }
      // Whoever comes now takes what it needs, and everybody else reads on.
      const gained = gainsOf(a).length
      const late = mine(2)
      await group.atRest(a, b, c, late)
      expect(gainsOf(a)).toHaveLength(gained)
      await group.end(a, b, c, late)
      expect(group.repeated()).toEqual([])
    }
  )

  const fixed = { 'group.instance.id': 'instance-1' }
  const sticky = 'cooperative-sticky'

  /** Has one of each join, the leader first. */
  const oneOfEach = async (
    group: MixedGroup,
    leads: string,
    ours: () => OurMember,
    theirs: () => JavaMember
  ): Promise<{ readonly mine: OurMember; readonly java: JavaMember }> => {
    if (leads === 'Java') {
      const java = theirs()
      await group.atRest(java)
      const mine = ours()
      await group.atRest(java, mine)
      return { mine, java }
    }
    const mine = ours()
    await group.atRest(mine)
    const java = theirs()
    await group.atRest(mine, java)
    return { mine, java }
  }

  it.concurrent.each(['Java', 'ours'])('our static member comes back without a rebalance; %s leads', async (leads) => {
    const group = await mixedGroup(brokers, 6, 'static')
    const ours = (): OurMember => group.ours({ ...by(sticky), ...fixed })
    const { mine, java } = await oneOfEach(group, leads, ours, () => classic(group, javaBy(sticky)))
    const before = { held: mine.held, generation: mine.generation, java: [...java.rebalances] }
    await mine.leave()
    const back = ours()
    await group.atRest(back, java)
    // Long enough for some heartbeats of each.
    await group.flows(20)
    expect({ held: back.held, generation: back.generation, java: java.rebalances }).toEqual(before)
    expect(back.memberId).not.toBe(mine.memberId)
    // Who leads now leads: a third member gets its share.
    const third = group.ours(by(sticky))
    await group.atRest(back, java, third)
    expect(third.rebalance?.leader).toBe(leads === 'Java' ? java.memberId : back.memberId)
    await group.end(java, third, back)
    expect(group.repeated()).toEqual([])
  })

  it.concurrent('a static member of Java’s comes back without a rebalance of ours', async () => {
    const group = await mixedGroup(brokers, 6, 'static-java')
    const theirs = (): JavaMember => classic(group, { ...javaBy(sticky), ...fixed })
    const { mine, java } = await oneOfEach(group, 'ours', () => group.ours(by(sticky)), theirs)
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

  it.concurrent('whose instance id a Java member takes is fenced, and the other way round', async () => {
    const group = await mixedGroup(brokers, 6, 'fenced')
    const mine = group.ours({ ...by(sticky), ...fixed })
    await group.atRest(mine)
    const theirs = classic(group, { ...javaBy(sticky), ...fixed })
    const ended = await mine.run.ended
    expect(ended).toBeInstanceOf(ConsumerError)
    expect(ended).toMatchObject({
      fault: { _tag: 'FencedFault', what: 'group.instance.id', id: 'instance-1' },
      message: 'another client took over group.instance.id "instance-1"; give each instance one of its own'
    })
    await group.atRest(theirs)
    const again = group.ours({ ...by(sticky), ...fixed })
    await until(() => theirs.closed, 'Java’s is fenced')
    expect(theirs.failure).toMatch(/^FencedInstanceIdException/)
    await group.atRest(again)
    await group.end(again)
  })

  it.concurrent.each(['range', sticky] as const)('%s: next to a member of the consumer protocol', async (strategy) => {
    if (!(await mayShare(brokers))) return
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
  })
})

/** Whether the broker lets members of both protocols share a group: from Kafka 4.0 on by default. */
const mayShare = async (brokers: string): Promise<boolean> => {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const { brokers: nodes } = await admin.describeCluster()
  const name = String(nodes[0]?.nodeId)
  const policy = 'group.consumer.migration.policy'
  const { resources } = await admin.describeConfigs({
    resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name, configNames: [policy] }],
    includeSynonyms: false
  })
  await admin.disconnect()
  return resources.some(({ configEntries }) => configEntries.some(({ configValue }) => configValue.toUpperCase() === 'BIDIRECTIONAL')) // prettier-ignore
}
