import { expect, it } from 'vitest'
import type { ConsumerConfig } from '../../src/index.js'
import type { AssignmentStrategy } from '../../src/config/assignment-strategy.js'
import type { GroupMember } from '../support/group-member.js'
import { describeKafka } from '../support/kafka.js'
import { type KafkaJsMember, kafkajsMember } from '../support/kafkajs-member.js'
import { type MixedGroup, mixedGroup } from '../support/mixed-group.js'

const theirStrategy = 'RoundRobinAssigner'
const cooperative = 'cooperative-sticky'
const by = (...strategies: readonly AssignmentStrategy[]): Partial<ConsumerConfig> => ({
  'partition.assignment.strategy': strategies
})

describeKafka('in a group with consumers of kafkajs', (brokers) => {
  const theirs = (group: MixedGroup): Promise<KafkaJsMember> => kafkajsMember(brokers, group.topic, group.log)

  it.concurrent('kafkajs leads, ours join, kafkajs leaves', async () => {
    const group = await mixedGroup(brokers, 7, 'kafkajs-leads')
    const leader = await theirs(group)
    await group.atRest(leader)
    const mine = group.ours(by(theirStrategy))
    await group.atRest(leader, mine)
    const more = group.ours(by(cooperative, theirStrategy))
    await group.atRest(leader, mine, more)
    for (const { rebalance } of [mine, more])
      expect(rebalance).toMatchObject({ leader: leader.memberId, protocol: theirStrategy })
    await leader.leave()
    await group.atRest(mine, more)
    await group.end(mine, more)
    expect(group.repeated()).toEqual([])
  })

  it.concurrent('ours leads, kafkajs’s join, ours leaves and joins', async () => {
    const group = await mixedGroup(brokers, 8, 'ours-lead-kafkajs')
    const mine = group.ours(by(theirStrategy))
    await group.atRest(mine)
    const one = await theirs(group)
    await group.atRest(mine, one)
    const other = await theirs(group)
    await group.atRest(mine, one, other)
    expect([mine.rebalance?.leader, one.leader, other.leader]).toEqual([mine.memberId, mine.memberId, mine.memberId])
    await mine.leave()
    await group.atRest(one, other)
    const late = group.ours(by(theirStrategy))
    await group.atRest(one, other, late)
    expect(late.rebalance).toMatchObject({ leader: one.leader, protocol: theirStrategy })
    await group.end(one, late, other)
    expect(group.repeated()).toEqual([])
  })

  it.concurrent('a group moves from kafkajs to cooperative-sticky, member by member, while records flow', async () => {
    const group = await mixedGroup(brokers, 9, 'from-kafkajs')
    let members: readonly GroupMember[] = [await theirs(group), await theirs(group), await theirs(group)]
    await group.atRest(...members)
    /** Has a new member of ours in the place of the one that has been there longest; says what the group then goes by. */
    const replaceFirst = async (...strategies: readonly AssignmentStrategy[]): Promise<string | undefined> => {
      const [first, ...others] = members
      await first?.leave()
      const mine = group.ours(by(...strategies))
      members = [...others, mine]
      await group.atRest(...members)
      return mine.rebalance?.protocol
    }
    const both = [cooperative, theirStrategy] as const
    expect(await replaceFirst(...both)).toBe(theirStrategy)
    expect(await replaceFirst(...both)).toBe(theirStrategy)
    // With the last of kafkajs’s the group may go by the other; nobody gives partitions up cooperatively yet.
    expect(await replaceFirst(...both)).toBe(cooperative)
    for (let step = 0; step < 3; step++) expect(await replaceFirst(cooperative)).toBe(cooperative)
    const before = members.map(({ gained }) => [...gained])
    const late = group.ours(by(cooperative))
    await group.atRest(...members, late)
    // Whoever comes now takes what it needs, and everybody else reads on.
    expect(members.map(({ gained }) => gained)).toEqual(before)
    await group.end(...members, late)
    expect(group.repeated()).toEqual([])
  })
})
