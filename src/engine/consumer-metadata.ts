import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import type { PartitionRacks } from '../core/group/assignors/assignor.js'
import { brokerFault } from '../core/protocol/error-code.js'
import { topicVerdict } from '../core/protocol/topic-verdict.js'
import type { Fault } from '../model/fault.js'
import type { Subscription as Subscribed } from '../config/subscription.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { ClusterMetadata, CurrentLeader, TopicMetadata } from '../ports/kafka-calls.js'
import type { Step } from '../ports/step.js'
import { describedPartitions } from './group/partition-racks.js'
import { KnownTopics } from './known-topics.js'
import { type MetadataRequest, MetadataRequests, type TakenMetadata } from './metadata-requests.js'
import { retrying } from './retrying.js'
import type { MetadataContext } from './session-context.js'
import { SubscribedTopics } from './subscribed-topics.js'

/** Receives changes of metadata. */
export interface TopicListener {
  /** The metadata may have changed. */
  readonly changed: () => void
  /** The topic was deleted and recreated; called before `changed`. */
  readonly recreated: (topic: string) => void
  readonly fatal: (fault: Fault) => void
}

/**
 * What the session knows about its topics: partitions and leaders. `MetadataRequests` refreshes it by age, and whenever an
 * answer shows that it is outdated.
 */
export class ConsumerMetadata {
  private readonly context: MetadataContext
  private readonly listener: TopicListener
  private readonly known = new KnownTopics()
  private readonly subscription: SubscribedTopics
  private readonly missing = new Set<string>()
  /** topics outside of the subscription that are watched too */
  private watched: ReadonlySet<string> = new Set()
  /** the topics and subscription of the last answer, or those known before */
  private answered: { readonly watched: ReadonlySet<string>; readonly subscription: Subscribed | null } = {
    watched: this.watched,
    subscription: null
  }
  private readonly requests: MetadataRequests

  constructor(context: MetadataContext, listener: TopicListener) {
    this.context = context
    this.listener = listener
    this.subscription = new SubscribedTopics(context.settings, this.known)
    this.requests = new MetadataRequests(context, () => this.next(), listener.fatal)
  }

  /** The known topics of the subscription: all named ones, and those that match a pattern. */
  get subscribed(): readonly string[] {
    return this.subscription.all
  }

  countOf(topic: string): number {
    return this.known.countOf(topic)
  }

  racksOf(topic: string): PartitionRacks {
    return this.known.racksOf(topic)
  }

  /** node ID; null while there is no leader */
  leaderOf(place: TopicPartition): number | null {
    return this.known.leaderOf(place)
  }

  /** Why the partition has no known leader: there is no such topic, no such partition, or it has no leader. */
  whyNoLeader(place: TopicPartition): Fault {
    return this.known.whyNoLeader(place)
  }

  /** Learns the leader from the answer of a broker that is not the leader; false if that is not newer than what is known. */
  learnLeader(place: TopicPartition, leader: CurrentLeader): boolean {
    return this.known.learnLeader(place, leader)
  }

  /** Whether the user names the topic: it does not only match a pattern. */
  isNamed(topic: string): boolean {
    return this.subscription.isNamed(topic)
  }

  leaderEpochOf(place: TopicPartition): number {
    return this.known.leaderEpochOf(place)
  }

  /** The ID that distinguishes the topic from others of its name; null if unknown. */
  idOf(topic: string): string | null {
    return this.known.idOf(topic)
  }

  /** The names of the known topics, by ID. */
  get names(): ReadonlyMap<string, string> {
    return this.known.names
  }

  /** Whether the partition was created since the session began, alone or with its topic. */
  isNew(place: TopicPartition): boolean {
    return this.known.isNew(place)
  }

  /** False if the topic or the partition is known not to exist. */
  exists(place: TopicPartition): boolean {
    return this.known.exists(place)
  }

  /** Whether the topic existed and does not any more, as far as known. A topic that returns under its name is another topic. */
  isGone(topic: string): boolean {
    return this.known.isGone(topic)
  }

  /** Whether the subscription has any partition to assign. */
  get hasPartitions(): boolean {
    return this.subscribed.some((topic) => this.known.countOf(topic) > 0)
  }

  /** False until the current subscription has an answer. */
  get knowsSubscription(): boolean {
    return this.answered.subscription === this.context.settings.subscription
  }

  /** Watches these topics in addition to the subscription, instead of those watched before. Requests unknown ones. */
  watch(topics: readonly string[]): void {
    if (topics.length === this.watched.size && topics.every((topic) => this.watched.has(topic))) return
    this.watched = new Set(topics)
    if (topics.every((topic) => this.known.has(topic))) this.answered = { ...this.answered, watched: this.watched }
    else this.refresh()
  }

  /** False until the watched topics have an answer. */
  get knowsWatched(): boolean {
    return this.answered.watched === this.watched
  }

  /** Sends a request now, or as soon as the one in flight is answered. */
  refresh(): void {
    this.requests.send()
  }

  /** Retries until there is an answer. Used by the leader, whose group may subscribe to more topics than it does itself. */
  partitionsOf(topics: readonly string[]): Step<ReadonlyMap<string, PartitionRacks>> {
    return retrying(this.context, () => this.context.calls.metadata(topics).pipe(map(settled))).pipe(
      map((answer) => {
        if (isLeft(answer)) return answer
        this.noteRecreated(answer.right)
        const behind = answer.right.topics.filter((topic) => this.known.isBehind(topic))
        const known = behind.map(({ topic }) => [topic, this.known.racksOf(topic)] as const)
        return right(new Map([...describedPartitions(answer.right), ...known]))
      })
    )
  }

  close(): void {
    this.requests.close()
  }

  /** The request for all topics that matter now. */
  private next(): MetadataRequest {
    const { watched } = this
    const { subscription } = this.context.settings
    return {
      topics: this.requestedTopics(),
      take: (metadata) => {
        const isFirst = this.answered.subscription !== subscription
        this.answered = { watched, subscription }
        return this.learned(metadata, isFirst)
      }
    }
  }

  private requestedTopics(): readonly string[] | 'all' {
    return this.subscription.patterns.length > 0 ? 'all' : [...new Set([...this.subscribed, ...this.watched])]
  }

  private learned(metadata: ClusterMetadata, isFirst: boolean): TakenMetadata {
    this.known.learnRacks(metadata)
    let isComplete = true
    const { subscription } = this
    const { patterns } = subscription
    for (const topic of metadata.topics) {
      if (topic.internal && !subscription.isNamed(topic.topic) && !this.watched.has(topic.topic)) continue
      const verdict = topicVerdict(topic.code)
      if (verdict === 'unauthorized') {
        // A pattern covers only the topics that the user may read; a name refers to exactly one topic.
        if (subscription.isNamed(topic.topic)) {
          this.listener.fatal({ _tag: 'AuthorizationFault', resource: 'topic', name: topic.topic })
          return 'refused'
        }
        continue
      }
      if (verdict === 'invalid name' && subscription.isNamed(topic.topic)) {
        const allowed = 'letters, digits, dots, dashes and underscores, at most 249'
        const problem = { property: 'subscription', given: JSON.stringify(topic.topic), allowed }
        this.listener.fatal({ _tag: 'ConfigFault', problems: [problem] })
        return 'refused'
      }
      if (this.learnTopic(topic)) isComplete = false
    }
    if (patterns.length > 0) {
      this.known.dropAbsent(metadata)
      this.tellUnmatched(patterns)
    }
    // The topics of a new subscription existed before: they do not count as new.
    if (isFirst) this.known.noteFirst()
    this.listener.changed()
    return isComplete ? 'complete' : 'incomplete'
  }

  /** True if the topic has to be requested again soon. */
  private learnTopic(topic: TopicMetadata): boolean {
    const learned = this.known.learn(topic)
    if (learned === 'missing') {
      this.missing.add(topic.topic)
      const inMs = this.context.settings.retryBackoffMaxMs
      const fault: Fault = { _tag: 'UnknownTopicFault', topic: topic.topic }
      if (this.subscription.isNamed(topic.topic))
        this.context.handlers.event({ _tag: 'waiting', reason: missingTopic(topic.topic), fault, inMs })
      return true
    }
    if (this.missing.delete(topic.topic) && this.subscription.isNamed(topic.topic))
      this.context.handlers.event({ _tag: 'recovered', from: 'waiting', what: missingTopic(topic.topic), afterMs: 0 })
    if (learned === 'a former one') return true
    if (learned === 'recreated') this.listener.recreated(topic.topic)
    return this.known.isBehind(topic) || topic.partitions.some((partition) => partition.leader < 0)
  }

  /** A recreated topic becomes known before it is assigned: offsets committed by then belong to the new one. */
  private noteRecreated({ topics }: ClusterMetadata): void {
    const others = topics.filter((topic) => this.known.isAnother(topic))
    if (this.requests.isClosed || others.length === 0) return
    for (const topic of others) this.learnTopic(topic)
    this.listener.changed()
  }

  /** Reports patterns that match no topic, if there is nothing to read and no named topic to report as missing. */
  private tellUnmatched(patterns: readonly RegExp[]): void {
    const { handlers, settings } = this.context
    const shown = patterns.map(String).join(', ')
    const reason = `no topic matches ${shown}`
    if (this.subscribed.length > 0) handlers.event({ _tag: 'recovered', from: 'waiting', what: reason, afterMs: 0 })
    else
      handlers.event({
        _tag: 'waiting',
        reason,
        fault: { _tag: 'UnknownTopicFault', topic: shown },
        inMs: settings.metadataMaxAgeMs
      })
  }
}

const missingTopic = (topic: string): string => `topic ${topic} does not exist`

/** A topic without leaders still has partitions: their number is known once they have leaders. */
const settled = (answer: Either<Fault, ClusterMetadata>): Either<Fault, ClusterMetadata> => {
  if (isLeft(answer)) return answer
  const unsettled = answer.right.topics.find(({ code }) => topicVerdict(code) === 'without leader')
  return unsettled === undefined ? answer : left(brokerFault('Metadata', unsettled.code, unsettled.topic))
}
