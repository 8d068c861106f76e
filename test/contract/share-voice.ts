import { getOrElseW, isLeft } from 'fp-ts/lib/Either.js'
import { randomId } from '../../src/core/group/consumer-protocol/random-id.js'
import { firstValueFrom } from 'rxjs'
import {
  type AcknowledgementBatch,
  acknowledgeType,
  type AcquiredOffsets
} from '../../src/core/share/share-messages.js'
import { type Cluster, ConsumerError, producer } from '../../src/index.js'
import type { ShareAcknowledgeResponse, ShareCalls, ShareFetchResponse } from '../../src/ports/kafka-calls.js'
import type { Step } from '../../src/ports/step.js'
import { uniqueName } from '../support/kafka.js'
import { wait } from './group-voice.js'

/** A cluster with share groups, and one member's requests to it. */
export interface ShareBroker {
  readonly cluster: Cluster
  readonly calls: () => ShareCalls
}

type Type = keyof typeof acknowledgeType

/** Offsets from the first to the last, inclusive, that are acknowledged alike. */
export const batchOf = (first: number, last: number, type: Type): AcknowledgementBatch => ({
  firstOffset: BigInt(first),
  lastOffset: BigInt(last),
  types: [acknowledgeType[type]]
})

/** A member of a share group that says only what it is asked to say. */
export class ShareVoice {
  readonly memberId = randomId(Math.random)
  /** of the session's next request */
  epoch = 0
  readonly calls: ShareCalls
  readonly groupId: string
  private node = 1
  private topicId = ''

  constructor(groupId: string, calls: ShareCalls) {
    this.groupId = groupId
    this.calls = calls
  }

  /** Makes a topic of one partition with so many records, a group that begins at its start, and its first member. */
  static async of(
    { cluster, calls }: ShareBroker,
    records: number,
    group: Readonly<Record<string, string>> = {}
  ): Promise<ShareVoice> {
    const topic = uniqueName('heard')
    await cluster.createTopics([{ topic, partitions: 1 }])
    const set = { 'share.auto.offset.reset': 'earliest', ...group }
    await cluster.admin().alterConfigs([{ type: 'group', name: topic, set }])
    await using writing = producer(cluster)
    const value = new TextEncoder().encode('v')
    await Promise.all(Array.from({ length: records }, () => writing.send({ topic, value })))
    const voice = new ShareVoice(topic, calls())
    await voice.join(topic)
    return voice
  }

  /** Heartbeats until the group has assigned the partition. */
  private async join(topic: string): Promise<void> {
    let memberEpoch = 0
    for (let round = 0; round < 1_500 && this.topicId === ''; round++) {
      const topics = memberEpoch === 0 ? [topic] : null
      const request = { groupId: this.groupId, memberId: this.memberId, memberEpoch, rack: null, topics }
      // The coordinator of the first group of all has to come up.
      const answer = getOrElseW(() => null)(await firstValueFrom(this.calls.shareGroupHeartbeat(request)))
      if (answer?.code === 0) memberEpoch = answer.memberEpoch
      this.topicId = answer?.assignment?.[0]?.topicId ?? ''
      if (this.topicId === '') await wait(20)
    }
    const { topics } = await given(this.calls.metadata([topic]))
    this.node = topics[0]?.partitions[0]?.leader ?? 1
  }

  /** One ShareFetch; the epoch moves on if it is served. */
  async fetch(acknowledgements: readonly AcknowledgementBatch[] = [], maxRecords = 100): Promise<ShareFetchResponse> {
    const answer = await given(
      this.calls.shareFetch(this.node, {
        ...this.step(),
        maxWaitMs: 100,
        minBytes: 1,
        maxBytes: 1_048_576,
        maxRecords,
        acquireMode: 'batch_optimized',
        partitions: [{ topicId: this.topicId, partition: 0, acknowledgements }],
        forgotten: []
      })
    )
    if (answer.code === 0) this.epoch++
    return answer
  }

  /** Fetches until something is acquired. */
  async acquire(): Promise<readonly AcquiredOffsets[]> {
    for (let round = 0; round < 300; round++) {
      const { partitions } = await this.fetch()
      const acquired = partitions.flatMap((one) => one.acquired)
      if (acquired.length > 0) return acquired
    }
    return []
  }

  /** The code for the partition, or of the whole if that is refused. */
  async acknowledge(...acknowledgements: readonly AcknowledgementBatch[]): Promise<number> {
    const answer = await this.acknowledgement(acknowledgements)
    return answer.code === 0 ? (answer.partitions[0]?.code ?? -1) : answer.code
  }

  async acknowledgement(
    acknowledgements: readonly AcknowledgementBatch[],
    sessionEpoch = this.epoch
  ): Promise<ShareAcknowledgeResponse> {
    const renews = acknowledgements.some(({ types }) => types.includes(acknowledgeType.renew))
    const partitions = [{ topicId: this.topicId, partition: 0, acknowledgements }]
    const request = { ...this.step(), sessionEpoch, renews, partitions }
    const answer = await given(this.calls.shareAcknowledge(this.node, request))
    if (answer.code === 0) this.epoch++
    return answer
  }

  close(): void {
    this.calls.close()
  }

  private step() {
    return { groupId: this.groupId, memberId: this.memberId, sessionEpoch: this.epoch }
  }
}

const given = async <A>(step: Step<A>): Promise<A> => {
  const answer = await firstValueFrom(step)
  if (isLeft(answer)) throw new ConsumerError(answer.left)
  return answer.right
}
