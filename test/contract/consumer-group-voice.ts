import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { randomId } from '../../src/core/group/consumer-protocol/random-id.js'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
  ErrorCode,
  KafkaCalls
} from '../../src/ports/kafka-calls.js'
import { answered } from '../support/answered.js'
import { type GroupCluster, wait } from './group-voice.js'

type Owned = ConsumerGroupHeartbeatRequest['owned']

/** One who speaks to a group by the consumer protocol for itself. */
export class RemoteVoice {
  memberId = randomId(Math.random)
  epoch = 0
  /** what it was assigned last */
  assigned: NonNullable<Owned> = []
  readonly groupId: string
  private readonly calls: KafkaCalls
  private readonly topics: readonly string[]
  private readonly groupInstanceId: string | null

  constructor(
    cluster: GroupCluster,
    groupId: string,
    topics: readonly string[] = [groupId],
    instance: string | null = null
  ) {
    this.calls = cluster.client()
    this.groupId = groupId
    this.topics = topics
    this.groupInstanceId = instance
  }

  join(change: Partial<ConsumerGroupHeartbeatRequest> = {}): Promise<ConsumerGroupHeartbeatResponse> {
    return this.send({ memberEpoch: 0, rebalanceTimeoutMs: 5_000, topics: this.topics, owned: [], ...change })
  }

  /** Says nothing but that it is there, and what is given. */
  async send(change: Partial<ConsumerGroupHeartbeatRequest> = {}): Promise<ConsumerGroupHeartbeatResponse> {
    const request: ConsumerGroupHeartbeatRequest = {
      groupId: this.groupId,
      memberId: this.memberId,
      memberEpoch: this.epoch,
      groupInstanceId: this.groupInstanceId,
      rack: null,
      rebalanceTimeoutMs: null,
      topics: null,
      pattern: null,
      assignor: null,
      owned: null,
      ...change
    }
    const answer = await answered(
      () => this.calls.consumerGroupHeartbeat(request),
      (one) => one.code
    )
    if (answer.code === code.NONE && answer.memberEpoch >= 0) this.epoch = answer.memberEpoch
    if (answer.assignment !== null) this.assigned = answer.assignment
    return answer
  }

  /** Owns all that it is assigned. */
  acknowledge(): Promise<ConsumerGroupHeartbeatResponse> {
    return this.send({ owned: this.assigned })
  }

  async commit(epoch = this.epoch): Promise<ErrorCode | undefined> {
    const { groupId, memberId, groupInstanceId } = this
    const offset = { topic: this.topics[0] ?? '', partition: 0, offset: 3n, leaderEpoch: -1, metadata: '' }
    const answer = await answered(
      () => this.calls.offsetCommit({ groupId, memberId, generation: epoch, groupInstanceId, offsets: [offset] }),
      (codes) => codes[0]?.code ?? code.NONE
    )
    return answer[0]?.code
  }

  /** What is asked for as this member; null: as nobody. */
  async committed(
    reader: { memberId: string; generation: number } | null = { memberId: this.memberId, generation: this.epoch }
  ) {
    const places = [{ topic: this.topics[0] ?? '', partition: 0 }]
    const answer = await firstValueFrom(this.calls.offsetFetch(this.groupId, places, reader))
    if (isLeft(answer)) throw new Error(JSON.stringify(answer.left))
    return answer.right
  }
}

/** Until the members have all four partitions between them, each as many as the others, in one epoch. */
export const atRest = async (...members: readonly RemoteVoice[]): Promise<void> => {
  const isSo = (): boolean =>
    members.every(({ assigned, epoch }) => assigned.length === 4 / members.length && epoch === members[0]?.epoch)
  for (let round = 0; round < 1_000; round++) {
    for (const member of members) await member.acknowledge()
    if (isSo()) return
    await wait(10)
  }
  throw new Error('the members never come to rest')
}
