import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { expect } from 'vitest'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { encodeAssignment, encodeSubscription } from '../../src/core/group/member-subscription.js'
import type {
  DescribeGroupResponse,
  ErrorCode,
  JoinGroupRequest,
  JoinGroupResponse,
  KafkaCalls,
  SyncGroupResponse
} from '../../src/ports/kafka-calls.js'
import type { TopicPartition } from '../../src/model/topic-partition.js'
import type { Step } from '../../src/ports/step.js'
import { uniqueName } from '../support/kafka.js'

/** A cluster to which requests are sent directly. */
export interface GroupCluster {
  /** A client with connections of its own. */
  readonly client: () => KafkaCalls
  readonly createTopic: (topic: string, partitions?: number) => Promise<void>
  /** Kafka 3's coordinator, which 3.9 has where nothing else is asked for, keeps two of the rules otherwise. */
  readonly coordinator: 'of Kafka 3' | 'of Kafka 4'
}

const answerOf = async <A>(step: Step<A>): Promise<A> => {
  const answer = await firstValueFrom(step)
  if (isLeft(answer)) throw new Error(JSON.stringify(answer.left))
  return answer.right
}

export const wait = (ms: number): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, ms)
  })

// Kafka reads the metadata: bytes that are no subscription get no answer at all.
export const subscription = (topic: string): Uint8Array =>
  encodeSubscription({ topics: [topic], userData: null, owned: [], generation: -1, rack: null })
export const speaking = (...names: readonly string[]): JoinGroupRequest['protocols'] =>
  names.map((name) => ({ name, metadata: subscription('rules') }))

/** Whether a promise has been fulfilled so far. */
export const isHeld = async (promise: Promise<unknown>): Promise<boolean> =>
  (await Promise.race([promise, wait(1_000).then(() => isHeld)])) === isHeld

/** One who speaks to a group for itself. */
export class Voice {
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
  /** As the leader, assigns these partitions to itself. */
  take(partitions: readonly TopicPartition[], userData: Uint8Array | null = null): Promise<SyncGroupResponse> {
    const assignments = [{ memberId: this.memberId, assignment: encodeAssignment(partitions, userData) }]
    return answerOf(this.calls.syncGroup({ ...this.identity, assignments }))
  }
  /** Asks for its share by a protocol. */
  syncBy(protocol: string): Promise<SyncGroupResponse> {
    return answerOf(this.calls.syncGroup({ ...this.identity, protocol, assignments: [] }))
  }
  heartbeat(): Promise<ErrorCode> {
    return answerOf(this.calls.heartbeat(this.identity))
  }
  async commit(topic: string): Promise<ErrorCode | undefined> {
    const offsets = [{ topic, partition: 0, offset: 1n, leaderEpoch: -1, metadata: '' }]
    return (await answerOf(this.calls.offsetCommit({ ...this.identity, offsets })))[0]?.code
  }
  describe(): Promise<DescribeGroupResponse> {
    return answerOf(this.calls.describeGroup(this.groupId))
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

  /** Sends heartbeats until one is refused, and returns why. */
  async untilRefused(): Promise<ErrorCode> {
    for (;;) {
      const answered = await this.heartbeat()
      if (answered !== code.NONE) return answered
      await wait(250)
    }
  }

  private get identity(): { groupId: string; memberId: string; generation: number; groupInstanceId: string | null } {
    const { groupId, memberId, generation, groupInstanceId } = this
    return { groupId, memberId, generation, groupInstanceId }
  }

  /** A cluster that has only begun may have no coordinator yet. */
  private async patiently(ask: () => Step<JoinGroupResponse>): Promise<JoinGroupResponse> {
    for (let tries = 0; tries < 100; tries++) {
      const answer = await firstValueFrom(ask())
      if (
        !isLeft(answer) &&
        answer.right.code !== code.COORDINATOR_LOAD_IN_PROGRESS &&
        answer.right.code !== code.NOT_COORDINATOR
      )
        return answer.right
      await wait(100)
    }
    throw new Error('the group has no coordinator')
  }
}

const shareOf = (memberId: string): Uint8Array => encodeAssignment([{ topic: memberId, partition: 0 }])
export const given = (memberId: string): unknown => ({
  code: code.NONE,
  assignment: expect.toSatisfy((bytes: Uint8Array) => Buffer.compare(bytes, shareOf(memberId)) === 0)
})

/** A stable group of two in its second generation, the first of whom leads. */
export const pair = async (
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

export const again = (cluster: GroupCluster, former: Voice, groupInstanceId: string): Voice =>
  new Voice(cluster, former.groupId, groupInstanceId)
