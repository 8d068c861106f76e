import { expect } from 'vitest'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import type { ErrorCode } from '../../src/ports/kafka-calls.js'
import { uniqueName } from '../support/kafka.js'
import { again, given, type GroupCluster, isHeld, pair, speaking, subscription, Voice, wait } from './group-voice.js'

/** A rule of Kafka's group coordinator, as something to be asked of any. */
export interface GroupRule {
  readonly name: string
  readonly run: (cluster: GroupCluster) => Promise<void>
}

export const groupRules: readonly GroupRule[] = [
  {
    name: 'a static follower that comes back gets another id, the same generation and share; its former self is fenced',
    run: async (cluster) => {
      const topic = uniqueName('rules')
      await cluster.createTopic(topic)
      const [leader, former] = await pair(cluster, ['a', 'b'])
      const back = again(cluster, former, 'b')
      const answer = await back.joinOnce()
      expect(answer).toMatchObject({ code: code.NONE, generation: 2, leader: leader.memberId, skipAssignment: false })
      expect([answer.members, answer.memberId === former.memberId]).toEqual([[], false])
      expect(await back.sync()).toEqual(given(former.memberId))
      expect([await leader.heartbeat(), await back.heartbeat(), await back.commit(topic)]).toEqual([0, 0, 0])
      const fenced = [
        (await former.joinOnce()).code,
        (await former.sync()).code,
        await former.heartbeat(),
        await former.commit(topic),
        await former.leave()
      ]
      expect(fenced).toEqual(Array(5).fill(code.FENCED_INSTANCE_ID))
    }
  },
  {
    name: 'a static leader that comes back leads on and skips the assignment',
    run: async (cluster) => {
      const [former, follower] = await pair(cluster, ['a', 'b'])
      const back = again(cluster, former, 'a')
      const answer = await back.joinOnce()
      expect(answer).toMatchObject({ code: code.NONE, generation: 2, leader: back.memberId, skipAssignment: true })
      expect(answer.members.map((member) => member.groupInstanceId).sort()).toEqual(['a', 'b'])
      expect(await back.sync()).toEqual(given(former.memberId))
      expect(await follower.heartbeat()).toBe(code.NONE)
    }
  },
  {
    name: 'a static member that comes back with another subscription causes no rebalance, with another protocol it does',
    run: async (cluster) => {
      const protocols = speaking('range', 'sticky')
      const [former, other] = await pair(cluster, ['a', 'b'], { protocols })
      const renewed = protocols.map(({ name }) => ({ name, metadata: subscription('others') }))
      const back = again(cluster, former, 'a')
      expect(await back.joinOnce({ protocols: renewed })).toMatchObject({ code: code.NONE, generation: 2 })
      const refused = await again(cluster, former, 'a').joinOnce({ protocols: speaking('other') })
      expect(refused.code).toBe(code.INCONSISTENT_GROUP_PROTOCOL)
      const last = again(cluster, former, 'a')
      const joining = last.joinOnce({ protocols: speaking('sticky') })
      expect(await isHeld(joining)).toBe(true)
      expect(await other.heartbeat()).toBe(code.REBALANCE_IN_PROGRESS)
      await other.joinOnce({ protocols })
      expect(await joining).toMatchObject({ generation: 3, protocol: 'sticky', skipAssignment: false })
    }
  },
  {
    name: 'a static follower that came back begins a rebalance only by joining again with another subscription, a leader by any',
    run: async (cluster) => {
      const [first, second] = await pair(cluster, ['a', 'b'])
      const follower = again(cluster, second, 'b')
      await follower.joinOnce()
      await follower.sync()
      expect(await follower.joinOnce()).toMatchObject({ code: code.NONE, generation: 2 })
      const protocols = [{ name: 'range', metadata: subscription('others') }]
      const joining = follower.joinOnce({ protocols })
      expect(await isHeld(joining)).toBe(true)
      expect(await first.heartbeat()).toBe(code.REBALANCE_IN_PROGRESS)
      const { members } = await first.joinOnce()
      const told = members.find(({ memberId }) => memberId === follower.memberId)
      expect([
        Buffer.compare(told?.metadata ?? new Uint8Array(), subscription('others')),
        (await joining).generation
      ]).toEqual([0, 3])
      await first.sync(first.memberId, follower.memberId)
      const leader = again(cluster, first, 'a')
      expect(await leader.joinOnce()).toMatchObject({ generation: 3, skipAssignment: true })
      expect(await isHeld(leader.joinOnce())).toBe(true)
      expect(await follower.heartbeat()).toBe(code.REBALANCE_IN_PROGRESS)
    }
  },
  {
    name: 'a group that is described says who has what, a static member that came back under its new id',
    run: async (cluster) => {
      const [leader, former] = await pair(cluster, ['a', 'b'])
      const back = again(cluster, former, 'b')
      await back.joinOnce({ protocols: [{ name: 'range', metadata: subscription('others') }] })
      const { state, members } = await back.describe()
      const assignments = new Map(members.map(({ memberId, assignment }) => [memberId, assignment]))
      const shares = [
        [leader.memberId, [{ topic: leader.memberId, partition: 0 }]],
        [back.memberId, [{ topic: former.memberId, partition: 0 }]]
      ] as const
      expect([state, assignments]).toEqual(['Stable', new Map(shares)])
      const rejoining = leader.joinOnce()
      expect(await isHeld(rejoining)).toBe(true)
      expect((await back.describe()).state).toBe('PreparingRebalance')
    }
  },
  {
    name: 'a member that asks for its share by another protocol than the group has is refused',
    run: async (cluster) => {
      const [leader, follower] = await pair(cluster, ['a', 'b'])
      expect((await follower.syncBy('sticky')).code).toBe(code.INCONSISTENT_GROUP_PROTOCOL)
      expect(await follower.syncBy('range')).toEqual(given(follower.memberId))
      expect(await leader.heartbeat()).toBe(code.NONE)
    }
  },
  {
    name: 'a static member that comes back while the others sync begins a rebalance',
    run: async (cluster) => {
      const [leader, follower] = await pair(cluster, ['a', 'b'])
      const rejoining = leader.joinOnce()
      await isHeld(rejoining)
      await Promise.all([follower.joinOnce(), rejoining])
      const syncing = follower.sync()
      await isHeld(syncing)
      const joining = again(cluster, leader, 'a').joinOnce()
      expect((await syncing).code).toBe(code.REBALANCE_IN_PROGRESS)
      await follower.joinOnce()
      expect(await joining).toMatchObject({ code: code.NONE, generation: 4 })
    }
  },
  {
    name: 'an unknown instance id is an unknown member; a known one leaves without its member id',
    run: async (cluster) => {
      const [first, second] = await pair(cluster, ['a', 'b'])
      const stranger = again(cluster, first, 'z')
      expect(await stranger.leave('')).toBe(code.UNKNOWN_MEMBER_ID)
      stranger.memberId = first.memberId
      stranger.generation = 2
      const refused = [
        (await stranger.joinOnce()).code,
        (await stranger.sync()).code,
        await stranger.heartbeat(),
        await stranger.leave()
      ]
      expect(refused).toEqual(Array(4).fill(code.UNKNOWN_MEMBER_ID))
      expect(await second.leave('')).toBe(code.NONE)
      expect([await second.heartbeat(), await first.heartbeat()]).toEqual([
        code.UNKNOWN_MEMBER_ID,
        code.REBALANCE_IN_PROGRESS
      ])
    }
  },
  {
    name: 'a static member that is away stays in the group through a rebalance',
    run: async (cluster) => {
      const groupId = uniqueName('rules')
      await new Voice(cluster, groupId, 'a').join({ rebalanceTimeoutMs: 1_000 })
      const answer = await new Voice(cluster, groupId).join({ rebalanceTimeoutMs: 1_000 })
      expect(answer).toMatchObject({ code: code.NONE, generation: 2, leader: answer.memberId })
      expect(answer.members.length).toBe(2)
    }
  },
  {
    name: 'a member that is alone cannot take another protocol',
    run: async (cluster) => {
      const alone = new Voice(cluster, uniqueName('rules'))
      await alone.join()
      expect((await alone.joinOnce({ protocols: speaking('sticky') })).code).toBe(code.INCONSISTENT_GROUP_PROTOCOL)
    }
  },
  {
    name: 'an id that was given and not used is waited for, until its session timeout',
    run: async (cluster) => {
      const [first, second] = await pair(cluster, [null, null])
      const pending = new Voice(cluster, first.groupId)
      expect((await pending.joinOnce({ sessionTimeoutMs: 8_000 })).code).toBe(code.MEMBER_ID_REQUIRED)
      const rejoining = first.joinOnce()
      await isHeld(rejoining)
      const joining = [rejoining, second.joinOnce()]
      expect(await isHeld(Promise.all(joining))).toBe(true)
      expect(await Promise.all(joining)).toMatchObject([{ generation: 3 }, { generation: 3 }])
      expect((await pending.joinOnce()).code).toBe(code.UNKNOWN_MEMBER_ID)
    }
  },
  {
    name: 'an id that was given and not used has a stable group rebalance when it leaves',
    run: async (cluster) => {
      const [first] = await pair(cluster, [null, null])
      const pending = new Voice(cluster, first.groupId)
      await pending.joinOnce()
      expect(await first.heartbeat()).toBe(code.NONE)
      expect(await pending.leave()).toBe(code.NONE)
      const isOld = cluster.coordinator === 'of Kafka 3'
      expect(await first.heartbeat()).toBe(isOld ? code.NONE : code.REBALANCE_IN_PROGRESS)
    }
  },
  {
    name: 'a member that never syncs is put out after the rebalance timeout, however alive',
    run: async (cluster) => {
      const groupId = uniqueName('rules')
      const [first, second] = [new Voice(cluster, groupId), new Voice(cluster, groupId)]
      await first.join({ rebalanceTimeoutMs: 5_000 })
      const joining = second.join({ rebalanceTimeoutMs: 5_000 })
      await isHeld(joining)
      await Promise.all([first.joinOnce({ rebalanceTimeoutMs: 5_000 }), joining])
      await first.sync(first.memberId, second.memberId)
      expect(await second.stay(1_000)).toBe(code.NONE)
      // From then on the first member has the rebalance timeout to join again: a busy machine is late.
      expect(await second.untilRefused()).toBe(code.UNKNOWN_MEMBER_ID)
      expect(await first.heartbeat()).toBe(code.REBALANCE_IN_PROGRESS)
    }
  },
  {
    name: 'a session is prolonged by heartbeats and commits, not by a JoinGroup or SyncGroup that is answered at once',
    run: async (cluster) => {
      const topic = uniqueName('rules')
      await cluster.createTopic(topic)
      const sign: Readonly<Record<string, (member: Voice) => Promise<unknown>>> = {
        heartbeat: (member) => member.heartbeat(),
        commit: (member) => member.commit(topic),
        join: (member) => member.joinOnce({ sessionTimeoutMs: 10_000 }),
        sync: (member) => member.sync()
      }
      const outcome = async (give: (member: Voice) => Promise<unknown>): Promise<ErrorCode> => {
        const [first, second] = await pair(cluster, [null, null], { sessionTimeoutMs: 10_000 })
        await Promise.all([first.heartbeat(), second.heartbeat()])
        // Seconds of room on each side: a busy machine is late.
        await wait(7_000)
        await Promise.all([first.heartbeat(), give(second)])
        await wait(6_000)
        return second.heartbeat()
      }
      const outcomes = await Promise.all(Object.values(sign).map(outcome))
      const ofSync = cluster.coordinator === 'of Kafka 3' ? code.NONE : code.UNKNOWN_MEMBER_ID
      expect(outcomes).toEqual([code.NONE, code.NONE, code.UNKNOWN_MEMBER_ID, ofSync])
    }
  },
  {
    name: 'a SyncGroup that is held keeps the session alive',
    run: async (cluster) => {
      const [first, second] = await pair(cluster, [null, null], { sessionTimeoutMs: 3_000 })
      const rejoining = first.joinOnce({ sessionTimeoutMs: 3_000 })
      await isHeld(rejoining)
      await Promise.all([second.joinOnce({ sessionTimeoutMs: 3_000 }), rejoining])
      const syncing = second.sync()
      expect(await first.stay(4_500)).toBe(code.NONE)
      await first.sync(first.memberId, second.memberId)
      expect(await syncing).toEqual(given(second.memberId))
    }
  }
]
