import { isLeft } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import { retryDelay } from '../../core/scheduling/backoff-delay.js'
import { errorCode, errorName, isFatal } from '../../core/protocol/error-code.js'
import { TopicIds } from '../../core/fetching/topic-ids.js'
import { produceFault } from '../../core/producing/produce-verdict.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ClusterMetadata, PartitionOfTopic, ProducedBatch, TopicMetadata } from '../../ports/kafka-calls.js'
import type { ProducerContext } from './producer-context.js'

/** What is known of a topic. */
export interface KnownTopic {
  /** tells it from others of its name; null where the brokers have no ids */
  readonly topicId: string | null
  /** node id of each partition's leader, -1 where there is none */
  readonly leaders: readonly number[]
  /** the partitions that have a leader */
  readonly available: readonly number[]
  readonly knownAt: number
}

/** Who wants to know what was learned. */
export interface LeadersListener {
  learned(): void
  /** Nothing is known of the topic, and that is asked again in so long. */
  missing(topic: string, fault: Fault, inMs: number): void
  /** The topic cannot be written to; nothing is known of it any more. */
  refused(topic: string, fault: Fault): void
  /** Nothing can be asked of this cluster, and that will not change. */
  fatal(fault: Fault): void
}

/** Where the partitions of topics are led: asked when a topic is first wanted, when an answer shows that it moved, and by age. */
export class TopicLeaders {
  private readonly context: ProducerContext
  private readonly listener: LeadersListener
  private readonly known = new Map<string, KnownTopic>()
  private readonly ids = new TopicIds()
  /** Topics to be asked about. */
  private readonly wanted = new Set<string>()
  /** What the last answer said of those of which nothing is known. */
  private readonly faults = new Map<string, Fault>()
  private failures = 0
  /** The last answer was not enough for somebody. */
  private lacking = false
  private current: Subscription | null = null

  constructor(context: ProducerContext, listener: LeadersListener) {
    this.context = context
    this.listener = listener
  }

  /** Why nothing is known of the topic, as far as that was said. */
  troubleOf(topic: string): Fault | null {
    return this.faults.get(topic) ?? null
  }

  /** undefined as long as nothing is known; then it is asked for. */
  of(topic: string): KnownTopic | undefined {
    const known = this.known.get(topic)
    if (known === undefined) this.refresh(topic)
    return known
  }

  /** The partition with the id of its topic, as far as that is known. */
  identified({ topic, partition }: TopicPartition): PartitionOfTopic {
    return { topic, topicId: this.known.get(topic)?.topicId ?? null, partition }
  }

  leaderOf(topic: string, partition: number): number {
    return this.known.get(topic)?.leaders[partition] ?? -1
  }

  /** A broker that was taken for the leader names another: that is where it is, if nothing else was learned since. */
  moved({ topic, partition, currentLeader }: ProducedBatch, from: number): boolean {
    const known = this.known.get(topic)
    if (known === undefined || currentLeader === undefined || currentLeader.nodeId === from) return false
    if (known.leaders[partition] === from)
      this.known.set(topic, { ...known, leaders: known.leaders.with(partition, currentLeader.nodeId) })
    return true
  }

  /** Asks about the topic; what is known of it stands until there is an answer. */
  refresh(topic: string): void {
    this.wanted.add(topic)
    if (this.current === null) this.ask()
  }

  /** What is known of the topic is not enough: it is asked about again, but not at once. */
  refreshLater(topic: string): void {
    this.lacking = true
    this.refresh(topic)
  }

  /** Nobody waits for it any more. */
  forget(topic: string): void {
    if (this.known.has(topic)) return
    this.wanted.delete(topic)
    this.faults.delete(topic)
  }

  /** Topics that were asked for, and of which nothing is known. */
  get missing(): readonly string[] {
    return [...this.faults.keys()]
  }

  /** Asks about what has not been asked for longer than `metadata.max.age.ms`. */
  refreshOld(topics: ReadonlySet<string>, now: number): void {
    for (const topic of topics) {
      const knownAt = this.known.get(topic)?.knownAt ?? now
      if (now - knownAt >= this.context.settings.metadataMaxAgeMs) this.refresh(topic)
    }
  }

  close(): void {
    this.current?.unsubscribe()
  }

  private ask(): void {
    const { calls, clock, random, settings } = this.context
    const current = new Subscription()
    this.current = current
    const send = (): void => {
      const topics = [...this.wanted]
      // Nobody waits any more.
      if (topics.length === 0) {
        this.current = null
        this.failures = 0
        return
      }
      current.add(
        calls.metadata(topics).subscribe((answer) => {
          this.current = null
          if (isLeft(answer)) this.failed(answer.left)
          else this.learn(topics, answer.right)
          this.askAgain()
        })
      )
    }
    const inMs = this.failures === 0 ? 0 : retryDelay(this.failures, settings, random)
    for (const topic of this.wanted) {
      const fault = this.known.has(topic) ? undefined : this.faults.get(topic)
      if (fault !== undefined) this.listener.missing(topic, fault, inMs)
    }
    // On a later turn at the earliest: what is wanted meanwhile is asked for at once.
    current.add(inMs === 0 ? clock.turn(send) : clock.schedule(inMs, send))
  }

  /** What was wanted meanwhile, or is still not known. */
  private askAgain(): void {
    if (this.wanted.size > 0 && this.current === null) this.ask()
  }

  private failed(fault: Fault): void {
    for (const topic of this.wanted) if (!this.known.has(topic)) this.faults.set(topic, fault)
    this.failures++
    if (!isFatal(fault)) return
    this.wanted.clear()
    this.listener.fatal(fault)
  }

  private learn(asked: readonly string[], { topics }: ClusterMetadata): void {
    const answered = new Map(topics.map((topic) => [topic.topic, topic]))
    let complete = true
    const refused: (readonly [string, Fault])[] = []
    for (const topic of asked) {
      const fault = this.learnOne(topic, answered.get(topic))
      if (fault !== null) refused.push([topic, fault])
      const known = this.known.get(topic)
      if (fault === null && known?.available.length !== known?.leaders.length) complete = false
    }
    // A topic that has no leader everywhere is asked about again as soon as somebody waits for it, but not at once.
    this.failures = complete && this.wanted.size === 0 && !this.lacking ? 0 : this.failures + 1
    this.lacking = false
    for (const [topic, fault] of refused) this.listener.refused(topic, fault)
    this.listener.learned()
  }

  /** Gives a fault if the topic cannot be written to. What has to be asked for again stays wanted. */
  private learnOne(topic: string, found: TopicMetadata | undefined): Fault | null {
    const now = this.context.clock.now()
    const refuse = (fault: Fault): Fault => {
      this.wanted.delete(topic)
      this.faults.delete(topic)
      this.known.delete(topic)
      return fault
    }
    switch (found?.code) {
      case errorCode.NONE: {
        // A broker that lags behind describes a topic that has been made again since: it would be written to in vain.
        if (this.ids.learn(topic, found.topicId) === 'a former one') return null
        const leaders = found.partitions.map(() => -1)
        for (const { partition, leader } of found.partitions) leaders[partition] = leader
        const available = leaders.flatMap((leader, partition) => (leader < 0 ? [] : [partition]))
        this.known.set(topic, { topicId: found.topicId, leaders, available, knownAt: now })
        this.wanted.delete(topic)
        this.faults.delete(topic)
        return null
      }
      case errorCode.TOPIC_AUTHORIZATION_FAILED:
        return refuse({ _tag: 'AuthorizationFault', resource: 'topic', name: topic })
      case errorCode.INVALID_TOPIC_EXCEPTION:
        return refuse(produceFault({ topic }, 'unknown topic', 'no topic can have this name', { permanent: true }))
      case errorCode.UNKNOWN_TOPIC_OR_PARTITION:
        this.known.delete(topic)
        if (this.wanted.has(topic)) this.faults.set(topic, { _tag: 'UnknownTopicFault', topic })
        return null
      default:
        if (this.wanted.has(topic) && !this.known.has(topic))
          this.faults.set(
            topic,
            produceFault(
              { topic },
              'not reachable',
              found === undefined ? 'the answer lacks the topic' : errorName(found.code),
              { permanent: false }
            )
          )
        return null
    }
  }
}
