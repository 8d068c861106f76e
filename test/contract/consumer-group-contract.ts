import { expect } from 'vitest'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { uniqueName } from '../support/kafka.js'
import { atRest, RemoteVoice } from './consumer-group-voice.js'
import type { GroupRule } from './group-contract.js'
import { type GroupCluster, wait } from './group-voice.js'

const newTopic = async (cluster: GroupCluster): Promise<string> => {
  const topic = uniqueName('remote')
  await cluster.createTopic(topic, 4)
  return topic
}
/** Heartbeats until it has been assigned that: patterns are looked up behind the answers. */
const until = async (member: RemoteVoice, isSo: () => boolean): Promise<void> => {
  for (let round = 0; round < 1_500 && !isSo(); round++) {
    await wait(20)
    await member.send()
  }
  expect(isSo()).toBe(true)
}
const partitionsOf = ({ assigned }: RemoteVoice): readonly number[] => assigned.map(({ partition }) => partition).sort()

/** Rules of Kafka's coordinator for groups of the consumer protocol, of which the member makes use. */
export const consumerGroupRules: readonly GroupRule[] = [
  {
    name: 'the first member has all partitions with the answer to its join, an epoch, and an interval',
    run: async (cluster) => {
      const member = new RemoteVoice(cluster, await newTopic(cluster))
      const answer = await member.join()
      expect([answer.code, answer.memberId, answer.memberEpoch > 0, answer.heartbeatIntervalMs > 0]).toEqual([0, member.memberId, true, true]) // prettier-ignore
      await atRest(member)
      expect(partitionsOf(member)).toEqual([0, 1, 2, 3])
      expect((await member.send()).assignment).toBeNull()
    }
  },
  {
    name: 'a member gives up what is taken away, in its epoch until it says so; only then the other may have it',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const first = new RemoteVoice(cluster, topic)
      await first.join()
      await atRest(first)
      const { epoch } = first
      const second = new RemoteVoice(cluster, topic)
      await second.join()
      // Kafka 4.3 makes assignments with a delay.
      for (let round = 0; round < 1_500 && first.assigned.length === 4; round++) {
        await wait(20)
        await second.send()
        await first.send()
      }
      expect([first.assigned.length, first.epoch]).toEqual([2, epoch])
      // Whatever it says but the shorter list changes nothing, and it commits in its epoch.
      expect(await first.send()).toMatchObject({ code: 0, memberEpoch: epoch, assignment: null })
      expect(await first.commit()).toBe(code.NONE)
      await second.send()
      expect(second.assigned).toEqual([])
      await first.acknowledge()
      expect(first.epoch).toBeGreaterThan(epoch)
      await atRest(first, second)
      expect([...partitionsOf(first), ...partitionsOf(second)].sort()).toEqual([0, 1, 2, 3])
    }
  },
  {
    name: 'a member of a former epoch is taken for one that missed an answer if it owns no more than it is assigned, and fenced else',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [first, second] = [new RemoteVoice(cluster, topic), new RemoteVoice(cluster, topic)]
      await first.join()
      await atRest(first)
      const all = first.assigned
      const before = first.epoch
      await second.join()
      await atRest(first, second)
      expect(first.epoch).toBeGreaterThan(before)
      const more = await first.send({ memberEpoch: before, owned: all })
      const silent = await first.send({ memberEpoch: before })
      const ahead = await first.send({ memberEpoch: first.epoch + 1 })
      expect([more.code, silent.code, ahead.code]).toEqual(Array(3).fill(code.FENCED_MEMBER_EPOCH))
      const late = await first.send({ memberEpoch: before, rebalanceTimeoutMs: 5_000, topics: [topic], owned: first.assigned }) // prettier-ignore
      expect(late).toMatchObject({ code: code.NONE, memberEpoch: first.epoch, assignment: first.assigned })
    }
  },
  {
    name: 'a member that was fenced joins again under its id, before Kafka 4.3 once it has left, and has as much as before',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [first, second] = [new RemoteVoice(cluster, topic), new RemoteVoice(cluster, topic)]
      await first.join()
      await second.join()
      await atRest(first, second)
      await first.acknowledge()
      const again = await first.join()
      if (again.code !== code.NONE) {
        expect(again.code).toBe(code.FENCED_MEMBER_EPOCH)
        expect((await first.send({ memberEpoch: -1 })).code).toBe(code.NONE)
        expect((await first.join()).code).toBe(code.NONE)
      }
      await atRest(first, second)
    }
  },
  {
    name: 'who joins with partitions in hand, or says nothing of what it owns, is refused',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const member = new RemoteVoice(cluster, topic)
      const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
      const asked = [{ owned: [{ topicId, partition: 0 }] }, { owned: null }, { topics: null }, { rebalanceTimeoutMs: null }] // prettier-ignore
      const codes: number[] = []
      for (const change of asked) codes.push((await member.join(change)).code)
      expect(codes).toEqual(Array(4).fill(code.INVALID_REQUEST))
      expect((await member.join({ assignor: 'nobody' })).code).toBe(code.UNSUPPORTED_ASSIGNOR)
    }
  },
  {
    name: 'who has left, and whoever it never knew, is unknown: heartbeats, commits and questions for offsets',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const [first, other] = [new RemoteVoice(cluster, topic), new RemoteVoice(cluster, topic)]
      await first.join()
      await other.join()
      expect((await first.send({ memberEpoch: -1 })).code).toBe(code.NONE)
      const codes = [(await first.send()).code, await first.commit(), (await first.committed()).code, (await first.send({ memberEpoch: -1 })).code] // prettier-ignore
      expect(codes).toEqual(Array(4).fill(code.UNKNOWN_MEMBER_ID))
    }
  },
  {
    name: 'commits and questions for offsets of another epoch are stale; whoever does not say who it is may ask',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const member = new RemoteVoice(cluster, topic)
      await member.join()
      await atRest(member)
      expect(await member.commit()).toBe(code.NONE)
      const { memberId, epoch } = member
      const ahead = { memberId, generation: epoch + 1 }
      expect([await member.commit(epoch + 1), (await member.committed(ahead)).code]).toEqual(Array(2).fill(code.STALE_MEMBER_EPOCH)) // prettier-ignore
      for (const one of [await member.committed(), await member.committed(null)])
        expect([one.code, one.offsets[0]?.offset]).toEqual([0, 3n])
    }
  },
  {
    name: 'a static member that says it comes back has its share kept; one that has not is refused its place to another',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const former = new RemoteVoice(cluster, topic, [topic], 'a')
      const other = new RemoteVoice(cluster, topic)
      await former.join()
      await other.join()
      await atRest(former, other)
      const back = new RemoteVoice(cluster, topic, [topic], 'a')
      expect((await back.join()).code).toBe(code.UNRELEASED_INSTANCE_ID)
      expect((await former.send({ memberEpoch: -2 })).code).toBe(code.NONE)
      for (let round = 0; round < 20; round++) await other.acknowledge()
      expect(other.assigned.length).toBe(2)
      expect((await back.join()).code).toBe(code.NONE)
      await atRest(back, other)
      expect(partitionsOf(back)).toEqual(partitionsOf(former))
      expect((await former.send()).code).toBe(code.FENCED_INSTANCE_ID)
    }
  },
  {
    name: 'a pattern is of whole names, and is taken back by an empty one',
    run: async (cluster) => {
      const topic = await newTopic(cluster)
      const other = await newTopic(cluster)
      const member = new RemoteVoice(cluster, topic, [])
      await member.join({ pattern: `.*${topic.slice(2)}` })
      await until(member, () => member.assigned.length === 4)
      const ofPattern = member.assigned[0]?.topicId
      await member.send({ topics: [other], pattern: '' })
      await until(member, () => member.assigned.every(({ topicId }) => topicId !== ofPattern))
      await member.acknowledge()
      await until(member, () => member.assigned.length === 4)
    }
  }
]
