import type { PartitionRacks } from '../core/group/assignors/assignor.js'
import { TopicIds } from '../core/fetching/topic-ids.js'
import { brokerFault, errorCode } from '../core/protocol/error-code.js'
import { topicVerdict } from '../core/protocol/topic-verdict.js'
import type { Fault } from '../model/fault.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { ClusterMetadata, CurrentLeader, PartitionMetadata, TopicMetadata } from '../ports/kafka-calls.js'
import { type BrokerRacks, partitionRacks, racksOf } from './group/partition-racks.js'

interface DescribedTopic {
  readonly internal: boolean
  readonly partitions: Map<number, PartitionMetadata>
}

/**
 * What an answer says about a topic: it exists, is missing, was recreated, or is still the former one (from a broker that lags
 * behind).
 */
export type LearnedTopic = 'known' | 'missing' | 'recreated' | 'a former one'

/** The topics in metadata answers: their IDs, partitions and leaders. */
export class KnownTopics {
  private readonly topics = new Map<string, DescribedTopic>()
  /** kept while a topic is missing, since the one that returns may be another */
  private readonly ids = new TopicIds()
  private matched: { readonly patterns: readonly RegExp[]; readonly topics: readonly string[] } | null = null
  private racks: BrokerRacks = new Map()
  /** How many partitions each topic had when the session began; null until that is known. */
  private atFirst: Map<string, number> | null = null

  /**
   * The topics that match one of the patterns, except Kafka's internal ones. Cached, since it is read often and there may be
   * very many topics.
   */
  matching(patterns: readonly RegExp[]): readonly string[] {
    if (this.matched?.patterns === patterns) return this.matched.topics
    const topics: string[] = []
    if (patterns.length > 0)
      for (const [topic, { internal }] of this.topics)
        if (!internal && patterns.some((pattern) => pattern.test(topic))) topics.push(topic)
    this.matched = { patterns, topics }
    return topics
  }

  has(topic: string): boolean {
    return this.topics.has(topic)
  }

  countOf(topic: string): number {
    return this.topics.get(topic)?.partitions.size ?? 0
  }

  racksOf(topic: string): PartitionRacks {
    return partitionRacks([...(this.topics.get(topic)?.partitions.values() ?? [])], this.racks)
  }

  leaderOf({ topic, partition }: TopicPartition): number | null {
    const leader = this.topics.get(topic)?.partitions.get(partition)?.leader ?? -1
    return leader < 0 ? null : leader
  }

  whyNoLeader({ topic, partition }: TopicPartition): Fault {
    const partitions = this.topics.get(topic)?.partitions
    if (partitions === undefined) return { _tag: 'UnknownTopicFault', topic }
    if (partitions.has(partition)) return brokerFault('Metadata', errorCode.LEADER_NOT_AVAILABLE, topic, partition)
    return { _tag: 'UnknownPartitionFault', topic, partition, partitions: partitions.size }
  }

  learnLeader({ topic, partition }: TopicPartition, { nodeId, leaderEpoch }: CurrentLeader): boolean {
    const partitions = this.topics.get(topic)?.partitions
    const known = partitions?.get(partition)
    if (partitions === undefined || known === undefined || leaderEpoch <= known.leaderEpoch) return false
    partitions.set(partition, { ...known, leader: nodeId, leaderEpoch })
    return true
  }

  leaderEpochOf({ topic, partition }: TopicPartition): number {
    return this.topics.get(topic)?.partitions.get(partition)?.leaderEpoch ?? -1
  }

  /** The names of current and former topics, by ID. */
  get names(): ReadonlyMap<string, string> {
    return this.ids.names
  }

  idOf(topic: string): string | null {
    return this.ids.of(topic)
  }

  isNew({ topic, partition }: TopicPartition): boolean {
    return this.atFirst !== null && partition >= (this.atFirst.get(topic) ?? 0)
  }

  exists({ topic, partition }: TopicPartition): boolean {
    return this.topics.get(topic)?.partitions.has(partition) === true
  }

  isGone(topic: string): boolean {
    return this.ids.of(topic) !== null && !this.topics.has(topic)
  }

  learnRacks(metadata: ClusterMetadata): void {
    this.racks = racksOf(metadata)
  }

  learn(topic: TopicMetadata): LearnedTopic {
    if (topicVerdict(topic.code) !== 'described') {
      // The topic that returns under this name is another.
      this.forget(topic.topic)
      this.ids.left(topic.topic)
      return 'missing'
    }
    const described = this.ids.learn(topic.topic, topic.topicId)
    if (described === 'a former one') return described
    if (described === 'recreated') this.forget(topic.topic)
    const former = this.topics.get(topic.topic)
    // Partitions are never removed: a broker that lags behind may not know the last ones yet.
    const partitions = new Map<number, PartitionMetadata>(this.isBehind(topic) ? former?.partitions : [])
    for (const partition of topic.partitions) {
      const known = former?.partitions.get(partition.partition)
      // A broker that lags behind may still name the former leader.
      const older = known !== undefined && partition.leaderEpoch >= 0 && partition.leaderEpoch < known.leaderEpoch
      partitions.set(partition.partition, older ? known : partition)
    }
    this.topics.set(topic.topic, { internal: topic.internal, partitions })
    if (former?.internal !== topic.internal) this.matched = null
    return described === 'recreated' ? described : 'known'
  }

  /** Whether more partitions of this topic are known than the answer has: its broker lags behind. */
  isBehind({ topic, topicId, partitions }: TopicMetadata): boolean {
    return topicId !== null && this.ids.of(topic) === topicId && partitions.length < this.countOf(topic)
  }

  /** Whether the name is known with another ID. */
  isAnother({ topic, topicId }: TopicMetadata): boolean {
    return topicId !== null && this.ids.of(topic) !== null && this.ids.of(topic) !== topicId
  }

  /** The present partitions existed when the session began. */
  noteFirst(): void {
    this.atFirst ??= new Map()
    for (const [topic, { partitions }] of this.topics)
      if (!this.atFirst.has(topic)) this.atFirst.set(topic, partitions.size)
  }

  /** For an answer about all topics: a topic that it does not contain does not exist. */
  dropAbsent(metadata: ClusterMetadata): void {
    const present = new Set(metadata.topics.map(({ topic }) => topic))
    for (const topic of [...this.topics.keys()]) {
      if (present.has(topic)) continue
      this.forget(topic)
      this.ids.left(topic)
    }
  }

  private forget(topic: string): void {
    this.topics.delete(topic)
    this.matched = null
    this.atFirst?.delete(topic)
  }
}
