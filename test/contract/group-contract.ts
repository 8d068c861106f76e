import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { expect } from 'vitest'
import { errorCode as code } from '../../src/core/error-code.js'
import { encodeAssignment, encodeSubscription } from '../../src/core/group-protocol.js'
import type { ErrorCode, JoinGroupRequest, JoinGroupResponse, KafkaCalls, SyncGroupResponse } from '../../src/ports/kafka-calls.js' // prettier-ignore
import type { Step } from '../../src/ports/step.js'
import { uniqueName } from '../support/kafka.js'

/** A rule of Kafka's group coordinator, as something to be asked of any. */
export interface GroupRule {
  readonly name: string
  readonly run: (cluster: GroupCluster) => Promise<void>
}

/** A cluster to which requests are sent directly. */
export interface GroupCluster {
  /** A client with connections of its own. */
  readonly client: () => KafkaCalls
  readonly createTopic: (topic: string) => Promise<void>
  /** Kafka 3's coordinator, which 3.9 has where nothing else is asked for, keeps two of the rules otherwise. */
  readonly coordinator: 'of Kafka 3' | 'of Kafka 4'
}

const answerOf = async <A>(step: Step<A>): Promise<A> => {
  const answer = await firstValueFrom(step)
  if (isLeft(answer)) throw new Error(JSON.stringify(answer.left))
  return answer.right
}

const wait = (ms: number): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, ms)
  })

// Kafka reads the metadata: bytes that are no subscription get no answer at all.
const subscription = (topic: string): Uint8Array =>
  encodeSubscription({ topics: [topic], userData: null, owned: [], generation: -1, rack: null })
const speaking = (...names: readonly string[]): JoinGroupRequest['protocols'] =>
  names.map((name) => ({ name, metadata: subscription('rules') }))

/** Whether a promise has been fulfilled so far. */
const isHeld = async (promise: Promise<unknown>): Promise<boolean> =>
  (await Promise.race([promise, wait(1_000).then(() => isHeld)])) === isHeld

/** One who speaks to a group for itself. */
class Voice {
  memberId = ''
  generation = -1
  private readonly calls: KafkaCalls
  readonly groupId: string
  private readonly groupInstanceId: string | null

  constructor(cluster: GroupCluster, groupId: string, groupInstanceId: string | null = null) {
    this.calls = cluster.client()
    this.groupId = groupId
    this.groupInstanceId = groupInstanceId
  }

  /** Joins, with a second JoinGroup where an id is given first. */
  async join(change: Partial<JoinGroupRequest> = {}): Promise<JoinGroupResponse> {
    const answer = await this.joinOnce(change)
    if (answer.code !== code.MEMBER_ID_REQUIRED) return answer
    return this.joinOnce(change)
  }
  async joinOnce(change: Partial<JoinGroupRequest> = {}): Promise<JoinGroupResponse> {
    const { groupId, groupInstanceId } = this
    const request = {
      groupId,
      groupInstanceId,
      memberId: this.memberId,
      sessionTimeoutMs: 6_000,
      rebalanceTimeoutMs: 10_000,
      protocols: speaking('range'),
      ...change
    }
    const answer = await this.patiently(() => this.calls.joinGroup(request))
    if (answer.code === code.NONE || answer.code === code.MEMBER_ID_REQUIRED) this.memberId = answer.memberId
    if (answer.code === code.NONE) this.generation = answer.generation
    return answer
  }
  sync(...memberIds: readonly string[]): Promise<SyncGroupResponse> {
    const assignments = memberIds.map((memberId) => ({ memberId, assignment: shareOf(memberId) }))
    return answerOf(this.calls.syncGroup({ ...this.identity, assignments }))
  }
  heartbeat(): Promise<ErrorCode> {
    return answerOf(this.calls.heartbeat(this.identity))
  }
  async commit(topic: string): Promise<ErrorCode | undefined> {
    const offsets = [{ topic, partition: 0, offset: 1n, leaderEpoch: -1, metadata: '' }]
    return (await answerOf(this.calls.offsetCommit({ ...this.identity, offsets })))[0]?.code
  }
  leave(memberId = this.memberId): Promise<ErrorCode> {
    const { groupId, groupInstanceId } = this
    return answerOf(this.calls.leaveGroup({ groupId, memberId, groupInstanceId }))
  }
  /** Sends heartbeats for so long; gives the last answer. */
  async stay(ms: number): Promise<ErrorCode> {
    for (let left = ms; left > 0; left -= 250) {
      await this.heartbeat()
      await wait(Math.min(250, left))
    }
    return this.heartbeat()
  }

  private get identity(): { groupId: string; memberId: string; generation: number; groupInstanceId: string | null } {
    const { groupId, memberId, generation, groupInstanceId } = this
    return { groupId, memberId, generation, groupInstanceId }
  }

  /** A cluster that has only begun may have no coordinator yet. */
  private async patiently(ask: () => Step<JoinGroupResponse>): Promise<JoinGroupResponse> {
    for (let tries = 0; tries < 100; tries++) {
      const answer = await firstValueFrom(ask())
      if (!isLeft(answer) && answer.right.code !== code.COORDINATOR_LOAD_IN_PROGRESS && answer.right.code !== code.NOT_COORDINATOR) return answer.right // prettier-ignore
      await wait(100)
    }
    throw new Error('the group has no coordinator')
  }
}

const shareOf = (memberId: string): Uint8Array => encodeAssignment([{ topic: memberId, partition: 0 }])
const given = (memberId: string): unknown => ({
  code: code.NONE,
  assignment: expect.toSatisfy((bytes: Uint8Array) => Buffer.compare(bytes, shareOf(memberId)) === 0)
})

/** A stable group of two in its second generation, the first of whom leads. */
const pair = async (
  cluster: GroupCluster,
  ids: readonly [string | null, string | null],
  change: Partial<JoinGroupRequest> = {}
): Promise<readonly [Voice, Voice]> => {
  const groupId = uniqueName('rules')
  const [first, second] = [new Voice(cluster, groupId, ids[0]), new Voice(cluster, groupId, ids[1])]
  await first.join(change)
  const joining = second.join(change)
  await isHeld(joining)
  await first.join(change)
  await joining
  await first.sync(first.memberId, second.memberId)
  await second.sync()
  expect([first.generation, second.generation]).toEqual([2, 2])
  return [first, second]
}

const again = (cluster: GroupCluster, former: Voice, groupInstanceId: string): Voice =>
  new Voice(cluster, former.groupId, groupInstanceId)

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
      const fenced = [(await former.joinOnce()).code, (await former.sync()).code, await former.heartbeat(), await former.commit(topic), await former.leave()] // prettier-ignore
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
      const refused = [(await stranger.joinOnce()).code, (await stranger.sync()).code, await stranger.heartbeat(), await stranger.leave()] // prettier-ignore
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
      await first.join({ rebalanceTimeoutMs: 3_000 })
      const joining = second.join({ rebalanceTimeoutMs: 3_000 })
      await isHeld(joining)
      await Promise.all([first.joinOnce({ rebalanceTimeoutMs: 3_000 }), joining])
      await first.sync(first.memberId, second.memberId)
      expect(await second.stay(1_000)).toBe(code.NONE)
      await second.stay(3_000)
      expect([await second.heartbeat(), await first.heartbeat()]).toEqual([
        code.UNKNOWN_MEMBER_ID,
        code.REBALANCE_IN_PROGRESS
      ])
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
