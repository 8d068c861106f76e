import { expect } from 'vitest'
import { decodeAssignment, encodeSubscription } from '../../src/core/group/member-subscription.js'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import type { ErrorCode, JoinGroupRequest, JoinGroupResponse } from '../../src/ports/kafka-calls.js'
import { uniqueName } from '../support/kafka.js'
import { offsetsPartitionOf } from '../support/java-hash.js'
import { atRest as allAtRest, RemoteVoice } from './consumer-group-voice.js'
import type { GroupRule } from './group-contract.js'
import { type GroupCluster, isHeld, Voice, wait } from './group-voice.js'

const partitions = [0, 1, 2, 3]

/** One who speaks by the classic protocol to a group that may have members by the other, and says what it owns. */
class ClassicVoice extends Voice {
  /** what it was assigned last */
  owned: readonly number[] = []
  private readonly topic: string

  constructor(cluster: GroupCluster, topic: string, instance: string | null = null) {
    super(cluster, topic, instance)
    this.topic = topic
  }

  /** Joins, and owns these meanwhile. */
  enter(owned: readonly number[] = this.owned, protocol = 'cooperative-sticky'): Promise<JoinGroupResponse> {
    return this.join({ protocols: this.protocols(owned, protocol) })
  }

  /** The same for one that assigns all partitions to itself. */
  async lead(): Promise<void> {
    await this.enter([])
    await this.take(partitions.map((partition) => ({ topic: this.topic, partition })))
    this.owned = partitions
  }

  /** Gets its share, and gives up what is not in it. */
  async share(): Promise<ErrorCode> {
    const answer = await this.sync()
    if (answer.code === code.NONE)
      this.owned = (decodeAssignment(answer.assignment) ?? []).map(({ partition }) => partition).sort()
    return answer.code
  }

  protocols(owned: readonly number[], protocol: string): JoinGroupRequest['protocols'] {
    const { topic } = this
    const places = owned.map((partition) => ({ topic, partition }))
    const metadata = encodeSubscription({ topics: [topic], userData: null, owned: places, generation: -1, rack: null })
    return [{ name: protocol, metadata }]
  }
}

const sharesOf = (one: ClassicVoice | RemoteVoice): readonly number[] =>
  one instanceof ClassicVoice ? one.owned : one.assigned.map(({ partition }) => partition)

/** Each does what it is asked to, until they have all four partitions between them, each as many as the others. */
const atRest = async (...members: readonly (ClassicVoice | RemoteVoice)[]): Promise<void> => {
  for (let round = 0; round < 1_000; round++) {
    let isQuiet = true
    for (const member of members)
      if (member instanceof RemoteVoice) await member.acknowledge()
      else if ((await member.heartbeat()) !== code.NONE) {
        isQuiet = false
        if ((await member.enter()).code === code.NONE) await member.share()
      }
    const all = members.flatMap((member) => [...sharesOf(member)]).sort()
    if (isQuiet && all.join() === partitions.join() && members.every((one) => sharesOf(one).length === 4 / members.length)) return // prettier-ignore
    await wait(10)
  }
  throw new Error('the members never come to rest')
}

/** Heartbeats until the answer is another than before: Kafka 4.3 makes assignments with a delay. */
const untilAsked = async (member: ClassicVoice, ...others: readonly RemoteVoice[]): Promise<ErrorCode> => {
  for (let round = 0; round < 1_000; round++) {
    const answer = await member.heartbeat()
    if (answer !== code.NONE) return answer
    for (const other of others) await other.acknowledge()
    await wait(10)
  }
  return code.NONE
}

/** As many partitions as the log of offsets has by default; in these tests it has fewer, by which 50 can be divided. */
const offsetsPartitions = 50
const shardOf = (group: string): number => offsetsPartitionOf(group, offsetsPartitions)

/** A topic that the coordinator of the group of the same name knows: to one under load, Kafka tells of new topics late. */
const newTopic = async (cluster: GroupCluster): Promise<string> => {
  const topic = uniqueName('mixed')
  await cluster.createTopic(topic, partitions.length)
  let scouts = 0
  while (shardOf(`${topic}-${String(scouts)}`) !== shardOf(topic)) scouts++
  const scout = new RemoteVoice(cluster, `${topic}-${String(scouts)}`, [topic])
  await scout.join()
  await allAtRest(scout)
  await scout.send({ memberEpoch: -1 })
  return topic
}

/** Rules of Kafka's coordinator for groups that have members by both protocols, and that change from one to the other. */
export const mixedGroupRules: readonly GroupRule[] = [
  {
    name: 'a classic member of a group that another joins by the consumer protocol gives up a part in its generation, then has the next',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [classic, remote] = [new ClassicVoice(cluster, topic), new RemoteVoice(cluster, topic)]
      await classic.lead()
      const { generation } = classic
      expect(await remote.join()).toMatchObject({ code: code.NONE, assignment: [] })
      expect(remote.epoch).toBeGreaterThan(generation)
      // Its commits count until it has given up what is taken away.
      expect([await untilAsked(classic, remote), await classic.commit(topic)]).toEqual([code.REBALANCE_IN_PROGRESS, 0])
      let answer = await classic.enter()
      for (
        let round = 0;
        round < 1_000 && ((await classic.share()) !== code.NONE || classic.owned.length === 4);
        round++
      ) {
        await wait(10)
        answer = await classic.enter(partitions)
      }
      expect(answer).toMatchObject({
        code: code.NONE,
        generation,
        leader: '',
        protocol: 'cooperative-sticky',
        members: []
      })
      expect([classic.owned.length, await classic.heartbeat()]).toEqual([2, code.REBALANCE_IN_PROGRESS])
      await remote.acknowledge()
      expect(remote.assigned).toEqual([])
      expect((await classic.enter()).generation).toBeGreaterThan(generation)
      expect([await classic.share(), await classic.heartbeat()]).toEqual([code.NONE, code.NONE])
      await atRest(classic, remote)
      expect([classic.generation, await classic.commit(topic), await remote.commit()]).toEqual([remote.epoch, 0, 0])
    }
  },
  {
    name: 'a classic member that joins with nothing in hand has its share as soon as it is free',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [classic, remote] = [new ClassicVoice(cluster, topic), new RemoteVoice(cluster, topic)]
      await remote.join()
      expect(await classic.enter([], 'range')).toMatchObject({ code: code.NONE, leader: '', protocol: 'range' })
      for (let round = 0; round < 1_000 && classic.owned.length < 2; round++) {
        await remote.acknowledge()
        if ((await classic.heartbeat()) !== code.NONE) await classic.enter([], 'range')
        await classic.share()
        await wait(10)
      }
      expect(classic.owned.length).toBe(2)
    }
  },
  {
    name: 'what is held when a group changes to the consumer protocol is answered: the members join again',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [leader, follower] = [new ClassicVoice(cluster, topic), new ClassicVoice(cluster, topic)]
      await leader.lead()
      const joining = follower.enter([])
      await isHeld(joining)
      const remote = new RemoteVoice(cluster, topic)
      expect((await remote.join()).code).toBe(code.NONE)
      expect((await joining).code).toBe(code.REBALANCE_IN_PROGRESS)
      expect((await remote.send({ memberEpoch: -1 })).code).toBe(code.NONE)
    }
  },
  {
    name: 'when the last member by the consumer protocol has left the group is a classic one, and rebalances',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [classic, remote] = [new ClassicVoice(cluster, topic), new RemoteVoice(cluster, topic)]
      await classic.lead()
      await remote.join()
      await atRest(classic, remote)
      const { generation } = classic
      expect((await classic.describe()).state).not.toBe('Stable')
      await remote.send({ memberEpoch: -1 })
      expect(await classic.describe()).toMatchObject({ code: code.NONE, state: 'PreparingRebalance' })
      expect([await classic.heartbeat(), await classic.commit(topic)]).toEqual([code.REBALANCE_IN_PROGRESS, code.NONE])
      expect(await classic.enter()).toMatchObject({
        code: code.NONE,
        leader: classic.memberId,
        generation: generation + 1
      })
      await classic.take(partitions.map((partition) => ({ topic, partition })))
      expect([await classic.heartbeat(), (await remote.send()).code]).toEqual([code.NONE, code.GROUP_ID_NOT_FOUND])
    }
  },
  {
    name: 'in a group of the consumer protocol a classic member of another generation is refused as in a classic group',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [classic, remote] = [new ClassicVoice(cluster, topic), new RemoteVoice(cluster, topic)]
      await remote.join()
      await classic.enter([])
      await atRest(classic, remote)
      const { generation, memberId } = classic
      classic.generation = generation + 1
      expect([await classic.heartbeat(), await classic.commit(topic), (await classic.sync()).code]).toEqual(Array(3).fill(code.ILLEGAL_GENERATION)) // prettier-ignore
      classic.generation = generation
      expect((await classic.syncBy('range')).code).toBe(code.INCONSISTENT_GROUP_PROTOCOL)
      expect((await new ClassicVoice(cluster, topic).enter([], 'roundrobin')).code).toBe(
        code.INCONSISTENT_GROUP_PROTOCOL
      )
      classic.memberId = 'nobody'
      expect([await classic.heartbeat(), await classic.commit(topic), (await classic.sync()).code, await classic.leave()]).toEqual(Array(4).fill(code.UNKNOWN_MEMBER_ID)) // prettier-ignore
      expect(await classic.leave(memberId)).toBe(code.NONE)
      await atRest(remote)
    }
  },
  {
    name: 'a group whose assignor sends data of its own is not changed, and who joins by the consumer protocol is told why',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [classic, remote] = [new ClassicVoice(cluster, topic), new RemoteVoice(cluster, topic)]
      await classic.enter([], 'ours')
      await classic.take(
        partitions.map((partition) => ({ topic, partition })),
        new Uint8Array([1])
      )
      const answer = await remote.join()
      expect([answer.code, answer.message]).toEqual([
        code.GROUP_ID_NOT_FOUND,
        expect.stringContaining('because an unsupported custom assignor is in use')
      ])
      expect([await classic.heartbeat(), (await classic.describe()).state]).toEqual([code.NONE, 'Stable'])
    }
  },
  {
    name: 'what a classic member has yet to give up of a cooperative rebalance is not waited for when its group is changed',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [leader, follower] = [new ClassicVoice(cluster, topic), new ClassicVoice(cluster, topic)]
      await leader.lead()
      const joining = follower.enter([])
      await isHeld(joining)
      await leader.enter(partitions)
      await joining
      // It has the other two until it joins again, without them.
      await leader.take([0, 1].map((partition) => ({ topic, partition })))
      const remote = new RemoteVoice(cluster, topic)
      await remote.join()
      for (let round = 0; round < 1_000 && remote.assigned.length === 0; round++) {
        await wait(10)
        await remote.acknowledge()
      }
      const taken = sharesOf(remote)
      expect([taken.length > 0, taken.every((partition) => partition >= 2)]).toEqual([true, true])
    }
  },
  {
    name: 'a static member comes back by the other protocol, at once, to what it had',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const classic = new ClassicVoice(cluster, topic, 'a')
      const other = new ClassicVoice(cluster, topic)
      await classic.lead()
      const remote = new RemoteVoice(cluster, topic, [topic], 'a')
      expect((await remote.join()).code).toBe(code.NONE)
      await atRest(remote)
      expect(await classic.heartbeat()).toBe(code.FENCED_INSTANCE_ID)
      await other.enter([])
      await atRest(remote, other)
      const held = sharesOf(remote)
      // The last by the consumer protocol: the group is a classic one from now on, and does not rebalance.
      const back = new ClassicVoice(cluster, topic, 'a')
      expect((await back.enter([])).code).toBe(code.NONE)
      expect([await back.share(), await back.heartbeat(), await other.heartbeat()]).toEqual([0, 0, 0])
      expect(back.owned).toEqual([...held].sort())
      expect((await back.describe()).state).toBe('Stable')
    }
  }
]
