import { describe, expect, inject, it } from 'vitest'
import type { ConsumerConfig } from '../../src/index.js'
import { brokerConfig } from '../support/broker-config.js'
import { type GroupMember, heartbeatMs, sessionMs } from '../support/group-member.js'
import { describeBesideJava, type JavaMember } from '../support/java-members.js'
import { toolPrints } from '../support/java-records.js'
import { kafkajsMember } from '../support/kafkajs-member.js'
import { type MixedGroup, mixedGroup } from '../support/mixed-group.js'

const byBrokers = { 'group.protocol': 'consumer' } as const
const javaAssignor = 'org.apache.kafka.clients.consumer.'
const groupCommand = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'

/** Whether this broker has members of both protocols in one group. */
const takesBoth = async (brokers: string | null): Promise<boolean> =>
  brokers !== null &&
  (await brokerConfig(brokers, 'group.consumer.migration.policy'))?.toLowerCase() === 'bidirectional'
const isSpoken = await takesBoth(inject('kafkaBrokers'))

describe.skipIf(!isSpoken)('the consumer protocol', () => {
  describeBesideJava('in a group with Kafka’s own Java client', (brokers, members) => {
    const java = (group: MixedGroup, more: Readonly<Record<string, string | number>> = byBrokers): JavaMember =>
      members().open(group.topic, more, group.log)

    it.concurrent.each(['uniform', 'range'])(
      '%s: Java begins, ours join, Java leaves and comes back',
      async (assignor) => {
        const group = await mixedGroup(brokers, 8, `remote-${assignor}`)
        const config = { ...byBrokers, 'group.remote.assignor': assignor }
        const theirs = java(group, config)
        await group.atRest(theirs)
        const mine = group.ours(config)
        await group.atRest(theirs, mine)
        const more = group.ours(config)
        await group.atRest(theirs, mine, more)
        await theirs.leave()
        await group.atRest(mine, more)
        const back = java(group, config)
        await group.atRest(mine, more, back)
        await mine.leave()
        await group.atRest(more, back)
        await group.end(more, back)
        expect(group.repeated()).toEqual([])
      }
    )

    it.concurrent('a static member of ours, and one of Java’s, come back to what they had', async () => {
      const group = await mixedGroup(brokers, 6, 'remote-static')
      const ours = { ...byBrokers, 'group.instance.id': 'ours' }
      const mine = group.ours(ours)
      await group.atRest(mine)
      const theirs = java(group, { ...byBrokers, 'group.instance.id': 'theirs' })
      const before = await group.atRest(mine, theirs)
      await mine.leave()
      const back = group.ours(ours)
      const after = await group.atRest(back, theirs)
      expect(after.get(back.name)).toEqual(before.get(mine.name))
      expect(theirs.rebalances.filter((what) => what.startsWith('revoked')).length).toBe(0)
      await group.end(back, theirs)
      expect(group.repeated()).toEqual([])
    })

    it.concurrent('Kafka’s tool shows a group of ours: its type, state, assignor, members and lag', async () => {
      const group = await mixedGroup(brokers, 4, 'remote-tool')
      const [one, other] = [group.ours(byBrokers), group.ours(byBrokers)]
      await group.atRest(one, other)
      const ask = (...what: readonly string[]): Promise<string> =>
        toolPrints(groupCommand, '--bootstrap-server', brokers, ...what)
      expect(await ask('--list', '--type', 'consumer')).toMatch(new RegExp(`^${group.topic}\\s+Consumer`, 'm'))
      expect(await ask('--describe', '--state', '--group', group.topic)).toMatch(/uniform\s+Stable\s+2\s/)
      const listed = await ask('--describe', '--members', '--group', group.topic)
      for (const { memberId } of [one, other]) expect(listed).toContain(memberId)
      const offsets = await ask('--describe', '--group', group.topic)
      expect(offsets.split('\n').filter((line) => line.includes(`${group.topic} `) && /\s\d+\s+\d+\s+\d+\s/.test(line)).length).toBe(4) // prettier-ignore
      await group.end(one, other)
    })

    /** Members of a classic group, each as what it is to be replaced by. */
    const classicBy: Readonly<Record<string, Partial<ConsumerConfig>>> = {
      'cooperative-sticky': { 'partition.assignment.strategy': ['cooperative-sticky'] },
      range: { 'partition.assignment.strategy': ['range'] }
    }
    it.concurrent.each(Object.keys(classicBy))(
      'a group of ours and Java’s moves from classic by %s to it and back, member by member, while records flow',
      async (strategy) => {
        const group = await mixedGroup(brokers, 9, 'remote-upgrade')
        const classic = (): GroupMember => group.ours(classicBy[strategy] ?? {})
        const assignor = strategy === 'range' ? 'RangeAssignor' : 'CooperativeStickyAssignor'
        const javaClassic = { 'heartbeat.interval.ms': heartbeatMs, 'session.timeout.ms': sessionMs, 'partition.assignment.strategy': `${javaAssignor}${assignor}` } // prettier-ignore
        let all: readonly GroupMember[] = [classic(), java(group, javaClassic), classic()]
        await group.atRest(...all)
        const replaceFirst = async (next: () => GroupMember): Promise<void> => {
          const [first, ...others] = all
          await first?.leave()
          all = [...others, next()]
          await group.atRest(...all)
        }
        const remote = (): GroupMember => group.ours(byBrokers)
        for (const next of [remote, () => java(group), remote]) await replaceFirst(next)
        for (const next of [classic, () => java(group, javaClassic), classic]) await replaceFirst(next)
        await group.end(...all)
        expect(group.repeated()).toEqual([])
      }
    )

    it.concurrent('a group moves from kafkajs to it, member by member, while records flow', async () => {
      const group = await mixedGroup(brokers, 9, 'remote-from-kafkajs')
      const theirs = (): Promise<GroupMember> => kafkajsMember(brokers, group.topic, group.log)
      let all: readonly GroupMember[] = [await theirs(), await theirs(), await theirs()]
      await group.atRest(...all)
      for (let step = 0; step < 3; step++) {
        const [first, ...others] = all
        await first?.leave()
        all = [...others, group.ours(byBrokers)]
        await group.atRest(...all)
      }
      await group.end(...all)
      // What kafkajs has read and not committed others read again; nobody else repeats anything.
      expect(group.repeated().filter((one) => !one.includes('kafkajs'))).toEqual([])
    })
  })
})
