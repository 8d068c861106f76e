import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import { setOffsetsVerdict } from '../../../core/protocol/admin-verdicts.js'
import { errorCode } from '../../../core/protocol/error-code.js'
import { groupedBy } from '../../../core/protocol/grouped-by.js'
import { topicVerdict } from '../../../core/protocol/topic-verdict.js'
import type { Clock } from '../../../model/clock.js'
import type { Committed } from '../../../model/committed.js'
import type { OffsetToCommit } from '../../../model/offset-to-commit.js'
import { partitionKey, type TopicPartition } from '../../../model/topic-partition.js'
import type {
  ConfigChange,
  ConfigResource,
  DescribedConfig,
  LogPosition,
  OffsetQuery,
  PartitionCount
} from '../../../ports/admin.js'
import type { KafkaCalls, OffsetFetchResponse, TopicMetadata } from '../../../ports/kafka-calls.js'
import type { NewTopic } from '../../../ports/new-topic.js'
import type { Step } from '../../../ports/step.js'
import { Coordinators } from '../coordinators.js'
import { createNewTopics } from '../create-topics.js'
import { kafkaCalls } from '../kafka-calls.js'
import { BrokerLinks, type Rim } from '../network/broker-links.js'
import { WireError } from '../network/wire-error.js'
import { offsetFetchOf } from '../protocol/offset-fetch.js'
import { withoutSecrets } from '../without-secrets.js'
import { alteredConfigs, describedConfigs } from './config-requests.js'
import { createPartitions } from './create-partitions.js'
import { refusal } from './refusal.js'

const lookAgainMs = 50
const ownCode = ({ code }: { readonly code: number }): number => code

/**
 * Requests over our own connections, which are opened for a call and closed at its end.
 *
 * - kafkajs sets a group's offsets by joining the group, which takes seconds and which the group notices; this is one
 *   OffsetCommit.
 * - kafkajs changes configurations by AlterConfigs, which resets unnamed settings; this is IncrementalAlterConfigs. kafkajs refuses
 *   to describe those of groups; this describes all of them.
 * - kafkajs supports neither groups of the consumer protocol nor share groups: DescribeGroups reports them as dead.
 * - kafkajs does not support topic IDs, and requests a missing topic for twelve seconds.
 * - kafkajs finds no coordinator of a group that the user may not describe, and does not say why.
 * - kafkajs drops the broker's messages about partitions that it does not create.
 */
export class OwnAdminCalls {
  private readonly settings: ConnectionSettings
  private readonly clock: Clock
  private readonly rim: Partial<Rim>
  private readonly open = new Set<{ close: () => void }>()
  private closed = false

  constructor(settings: ConnectionSettings, clock: Clock, rim: Partial<Rim>) {
    this.rim = rim
    this.settings = settings
    this.clock = clock
  }

  /** The topics in the cluster's metadata. */
  topics(names: readonly string[] | 'all'): Promise<readonly TopicMetadata[]> {
    return this.withCalls(async (calls) => (await answer(calls.metadata(names))).topics)
  }

  /** Requests the topics until the condition holds, or the call is over. */
  until(
    names: readonly string[],
    isOver: () => boolean,
    holds: (topics: readonly TopicMetadata[]) => boolean
  ): Promise<void> {
    return this.withCalls(async (calls) => {
      while (!isOver() && !holds((await answer(calls.metadata(names))).topics))
        await new Promise<void>((go) => this.clock.schedule(lookAgainMs, go))
    })
  }

  listOffsets(queries: readonly OffsetQuery[]): Promise<readonly Committed[]> {
    return this.withCalls((calls) => offsetsAt(calls, queries))
  }

  setOffsets(groupId: string, offsets: readonly OffsetToCommit[]): Promise<void> {
    return this.withCalls((calls) => setGroupOffsets(calls, groupId, offsets))
  }

  resetOffsets(groupId: string, topics: readonly string[], to: LogPosition): Promise<readonly Committed[]> {
    return this.withCalls(async (calls) => {
      const known = existing((await answer(calls.metadata(topics))).topics)
      const queries = known.flatMap(({ topic, partitions }) =>
        // A broker lists partitions in any order.
        partitions.map(({ partition }) => ({ topic, partition, at: to })).sort((a, b) => a.partition - b.partition)
      )
      const offsets = await offsetsAt(calls, queries)
      await setGroupOffsets(calls, groupId, offsets)
      return offsets
    })
  }

  /** All committed offsets of the group. */
  fetchOffsets(groupId: string): Promise<OffsetFetchResponse['offsets']> {
    return this.withLinks(async (links, times) => {
      const request = { groupId, partitions: 'all', requireStable: false } as const
      const coordinators = new Coordinators(links, 'group')
      const { code, offsets } = await coordinators.send(
        groupId,
        'group',
        offsetFetchOf(request),
        request,
        times,
        ownCode
      )
      if (code !== errorCode.NONE) throw refusal(code, { api: 'OffsetFetch', about: groupId })
      return offsets
    })
  }

  /** Checks whether the user may describe each group, which looking up its coordinator requires too. */
  checkGroups(api: string, groupIds: readonly string[]): Promise<void> {
    return this.withCalls(async (calls) => {
      for (const groupId of groupIds) {
        const { code } = await answer(calls.describeGroup(groupId))
        if (code !== errorCode.NONE) throw refusal(code, { api, about: groupId })
      }
    })
  }

  /** Checks whether all of them exist. */
  checkPartitions(api: string, places: readonly TopicPartition[]): Promise<void> {
    return this.withCalls(async (calls) => {
      const names = new Set(places.map(({ topic }) => topic))
      const topics = existing((await answer(calls.metadata([...names]))).topics, api)
      for (const { topic, partition } of places) {
        const known = topics.find((one) => one.topic === topic)?.partitions ?? []
        if (!known.some((one) => one.partition === partition))
          throw refusal(errorCode.UNKNOWN_TOPIC_OR_PARTITION, { api }, { topic, partition })
      }
    })
  }

  createTopics(topics: readonly NewTopic[]): Promise<void> {
    return this.withLinks((links) => createNewTopics(links, this.clock, topics))
  }

  createPartitions(topics: readonly PartitionCount[]): Promise<void> {
    return this.withLinks(async (links, { timeoutMs }) => {
      for (const answer of await links.sendToAny(createPartitions, { topics, timeoutMs })) {
        const { topic, code, message } = withoutSecrets(answer, links.secrets)
        if (code !== errorCode.NONE) throw refusal(code, { api: 'CreatePartitions' }, { topic, message })
      }
    })
  }

  describeConfigs(resources: readonly ConfigResource[]): Promise<readonly DescribedConfig[]> {
    return this.withLinks((links, times) => describedConfigs(links, resources, times))
  }

  alterConfigs(changes: readonly ConfigChange[]): Promise<void> {
    return this.withLinks((links, times) => alteredConfigs(links, changes, times))
  }

  /** Ends requests in flight and sends no others: a call may be between two requests. */
  close(): void {
    this.closed = true
    for (const one of this.open) one.close()
  }

  /** Runs requests over connections of its own. */
  async withLinks<A>(run: (links: BrokerLinks, times: { readonly timeoutMs: number }) => Promise<A>): Promise<A> {
    if (this.closed) throw new WireError(closedFault, false)
    const { settings, rim } = this
    const links = new BrokerLinks(settings, rim)
    this.open.add(links)
    try {
      return await run(links, { timeoutMs: settings.requestTimeoutMs })
    } finally {
      this.open.delete(links)
      links.close()
    }
  }

  private async withCalls<A>(run: (calls: KafkaCalls) => Promise<A>): Promise<A> {
    if (this.closed) throw new WireError(closedFault, false)
    const { settings, rim } = this
    const calls = kafkaCalls(settings, { sessionTimeoutMs: settings.requestTimeoutMs * 2, rebalanceTimeoutMs: 0 }, rim)
    this.open.add(calls)
    try {
      return await run(calls)
    } finally {
      this.open.delete(calls)
      calls.close()
    }
  }
}

const closedFault = { _tag: 'ClosedFault', what: 'the admin client' } as const

/** The topics that exist; throws the fault of any other. A topic that was just created may have no leaders yet. */
export const existing = (topics: readonly TopicMetadata[], api = 'Metadata'): readonly TopicMetadata[] => {
  for (const { topic, code } of topics) {
    const verdict = topicVerdict(code)
    if (verdict !== 'described' && verdict !== 'without leader') throw refusal(code, { api }, { topic })
  }
  return topics
}

const answer = async <A>(step: Step<A>): Promise<A> => {
  const result = await firstValueFrom(step)
  if (isLeft(result)) throw new WireError(result.left)
  return result.right
}

const timestampOf = (at: LogPosition): number => (at === 'end' ? -1 : at === 'beginning' ? -2 : at.timestamp)

const offsetsAt = async (calls: KafkaCalls, queries: readonly OffsetQuery[]): Promise<readonly Committed[]> => {
  if (queries.length === 0) return []
  const topics = existing((await answer(calls.metadata([...new Set(queries.map(({ topic }) => topic))]))).topics)
  const leaders = new Map(
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, leader }) => [partitionKey(topic, partition), leader])
    )
  )
  const leaderOf = ({ topic, partition }: TopicPartition): number => {
    const place = { topic, partition }
    const leader = leaders.get(partitionKey(topic, partition))
    if (leader === undefined) throw refusal(errorCode.UNKNOWN_TOPIC_OR_PARTITION, { api: 'Metadata' }, place)
    if (leader < 0) throw refusal(errorCode.LEADER_NOT_AVAILABLE, { api: 'Metadata' }, place)
    return leader
  }
  const found = new Map<string, bigint>()
  const ask = async (lookups: readonly OffsetQuery[]): Promise<void> => {
    const byLeader = [...groupedBy(lookups, leaderOf)]
    const answers = byLeader.map(([node, own]) => {
      const partitions = own.map(({ topic, partition, at }) => ({
        topic,
        partition,
        timestamp: timestampOf(at),
        leaderEpoch: -1
      }))
      return answer(calls.listOffsets(node, { isolation: 'read_uncommitted', partitions }))
    })
    for (const { topic, partition, code, offset } of (await Promise.all(answers)).flat()) {
      if (code !== errorCode.NONE) throw refusal(code, { api: 'ListOffsets' }, { topic, partition })
      found.set(partitionKey(topic, partition), offset)
    }
  }
  await ask(queries)
  // No record is that late, so the log's end is the answer.
  const beyond = queries.filter(({ topic, partition }) => (found.get(partitionKey(topic, partition)) ?? -1n) < 0n)
  if (beyond.length > 0) await ask(beyond.map(({ topic, partition }) => ({ topic, partition, at: 'end' })))
  return queries.map(({ topic, partition }) => ({
    topic,
    partition,
    offset: found.get(partitionKey(topic, partition)) ?? 0n
  }))
}

/** Commits without a generation, which a group accepts only while it has no members. */
const setGroupOffsets = async (
  calls: KafkaCalls,
  groupId: string,
  offsets: readonly OffsetToCommit[]
): Promise<void> => {
  if (offsets.length === 0) return
  const stored = await answer(
    calls.offsetCommit({
      groupId,
      generation: -1,
      memberId: '',
      groupInstanceId: null,
      offsets: offsets.map(({ metadata = '', ...rest }) => ({ ...rest, metadata, leaderEpoch: -1 }))
    })
  )
  for (const { topic, partition, code } of stored) {
    const refused = (message = ''): WireError =>
      refusal(code, { api: 'OffsetCommit', about: groupId }, { topic, partition, message })
    switch (setOffsetsVerdict(code)) {
      case 'set':
        break
      case 'has members':
        throw refused(`the group ${groupId} has members; end them first`)
      case 'no consumer group':
        throw refused(`${groupId} is not a consumer group; setShareOffsets sets the offsets of a share group`)
      case 'refused':
        throw refused()
    }
  }
}
