import { isLeft } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import { retryDelay } from '../../core/scheduling/backoff-delay.js'
import { errorName, isFatal } from '../../core/protocol/error-code.js'
import { topicVerdict } from '../../core/protocol/topic-verdict.js'
import { TopicIds } from '../../core/fetching/topic-ids.js'
import { produceFault } from '../../core/producing/produce-verdict.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ClusterMetadata, PartitionOfTopic, ProducedBatch, TopicMetadata } from '../../ports/kafka-calls.js'
import type { ProducerContext } from './producer-context.js'

/** The known metadata of a topic. */
export interface KnownTopic {
  /** distinguishes the topic from others of its name; null if the brokers have no IDs */
  readonly topicId: string | null
  /** node id of each partition's leader, -1 if there is none */
  readonly leaders: readonly number[]
  /** the partitions that have a leader */
  readonly available: readonly number[]
  readonly knownAt: number
}

/** Receives what is learned about topics. */
export interface LeadersListener {
  learned(): void
  /** The topic is unknown; the next request is in `inMs`. */
  missing(topic: string, fault: Fault, inMs: number): void
  /** The topic cannot be written to; its metadata is forgotten. */
  refused(topic: string, fault: Fault): void
  /** The topic was deleted and recreated. */
  recreated(topic: string): void
  /** This cluster permanently cannot answer. */
  fatal(fault: Fault): void
}

/**
 * The leaders of topics' partitions: requested when a topic is first used, when an answer shows that a leader has moved, and by
 * age.
 */
export class TopicLeaders {
  private readonly context: ProducerContext
  private readonly listener: LeadersListener
  private readonly known = new Map<string, KnownTopic>()
  /** what was known of topics that have to be requested before the next record */
  private readonly outdated = new Map<string, KnownTopic>()
  private readonly ids = new TopicIds()
  /** Topics to request. */
  private readonly requested = new Set<string>()
  /** The last faults of unknown topics. */
  private readonly faults = new Map<string, Fault>()
  private failures = 0
  /** The last answer was insufficient for a record. */
  private lacking = false
  private current: Subscription | null = null

  constructor(context: ProducerContext, listener: LeadersListener) {
    this.context = context
    this.listener = listener
  }

  /** Why the topic is unknown, if an answer has said so. */
  troubleOf(topic: string): Fault | null {
    return this.faults.get(topic) ?? null
  }

  /**
   * The topic; undefined if unknown, in which case it is requested. A topic without writes for `metadata.max.age.ms` may have
   * other partitions by now, so it counts as unknown.
   */
  of(topic: string, now = this.context.clock.now()): KnownTopic | undefined {
    const known = this.known.get(topic)
    const isOld = known !== undefined && this.isOld(known, now) && !this.requested.has(topic)
    if (isOld) {
      this.known.delete(topic)
      this.outdated.set(topic, known)
    }
    if (known === undefined || isOld) this.refresh(topic)
    return isOld ? undefined : known
  }

  /** The partition with the ID of its topic, if known. */
  identified({ topic, partition }: TopicPartition): PartitionOfTopic {
    return { topic, topicId: this.known.get(topic)?.topicId ?? null, partition }
  }

  leaderOf(topic: string, partition: number): number {
    return this.known.get(topic)?.leaders[partition] ?? -1
  }

  /** A broker that was assumed to be the leader names another one, which counts if nothing else was learned since. */
  moved({ topic, partition, currentLeader }: ProducedBatch, from: number): boolean {
    const known = this.known.get(topic)
    if (known === undefined || currentLeader === undefined || currentLeader.nodeId === from) return false
    if (known.leaders[partition] === from)
      this.known.set(topic, { ...known, leaders: known.leaders.with(partition, currentLeader.nodeId) })
    return true
  }

  /** Requests the topic; its known metadata is used until then. */
  refresh(topic: string): void {
    this.requested.add(topic)
    if (this.current === null) this.ask()
  }

  /** The known metadata is insufficient: it is requested again, but not at once. */
  refreshLater(topic: string): void {
    this.lacking = true
    this.refresh(topic)
  }

  /** No record waits for the topic any more. */
  forget(topic: string): void {
    if (this.known.has(topic)) return
    this.requested.delete(topic)
    this.faults.delete(topic)
  }

  /** Requested topics that are unknown. */
  get missing(): readonly string[] {
    return [...this.faults.keys()]
  }

  /** Requests topics that were last requested longer than `metadata.max.age.ms` ago. */
  refreshOld(topics: Iterable<string>, now: number): void {
    for (const topic of topics) {
      const known = this.known.get(topic)
      if (known !== undefined && this.isOld(known, now)) this.refresh(topic)
    }
  }

  close(): void {
    this.current?.unsubscribe()
  }

  private isOld({ knownAt }: KnownTopic, now: number): boolean {
    return now - knownAt >= this.context.settings.metadataMaxAgeMs
  }

  private ask(): void {
    const { calls, clock, random, settings } = this.context
    const current = new Subscription()
    this.current = current
    const send = (): void => {
      const topics = [...this.requested]
      // No record waits any more.
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
    for (const topic of this.requested) {
      const fault = this.known.has(topic) ? undefined : this.faults.get(topic)
      if (fault !== undefined) this.listener.missing(topic, fault, inMs)
    }
    // On a later turn at the earliest: topics that are wanted meanwhile are requested at once.
    current.add(inMs === 0 ? clock.turn(send) : clock.schedule(inMs, send))
  }

  /** Requests topics that are wanted since, or still unknown. */
  private askAgain(): void {
    if (this.requested.size > 0 && this.current === null) this.ask()
  }

  private failed(fault: Fault): void {
    for (const topic of this.requested) if (!this.known.has(topic)) this.faults.set(topic, fault)
    this.failures++
    if (!isFatal(fault)) return
    this.requested.clear()
    this.listener.fatal(fault)
  }

  private learn(queried: readonly string[], { topics }: ClusterMetadata): void {
    const answered = new Map(topics.map((topic) => [topic.topic, topic]))
    let complete = true
    const refused: (readonly [string, Fault])[] = []
    const recreated: string[] = []
    for (const topic of queried) {
      const former = this.ids.of(topic)
      const fault = this.learnOne(topic, answered.get(topic))
      if (fault !== null) refused.push([topic, fault])
      const known = this.known.get(topic)
      if (fault === null && known?.available.length !== known?.leaders.length) complete = false
      if (former !== null && this.ids.of(topic) !== former) recreated.push(topic)
    }
    // A topic with partitions without a leader is requested again as soon as a record waits for it, but not at once.
    this.failures = complete && this.requested.size === 0 && !this.lacking ? 0 : this.failures + 1
    this.lacking = false
    for (const [topic, fault] of refused) this.listener.refused(topic, fault)
    for (const topic of recreated) this.listener.recreated(topic)
    this.listener.learned()
  }

  /** Returns a fault if the topic cannot be written to. A topic that has to be requested again stays wanted. */
  private learnOne(topic: string, found: TopicMetadata | undefined): Fault | null {
    const now = this.context.clock.now()
    const refuse = (fault: Fault): Fault => {
      this.requested.delete(topic)
      this.faults.delete(topic)
      this.known.delete(topic)
      return fault
    }
    if (found === undefined) return this.notAvailable(topic, 'the answer does not name the topic')
    switch (topicVerdict(found.code)) {
      case 'described': {
        // A broker that lags behind describes a topic that has been recreated since: its leaders are useless.
        if (this.ids.learn(topic, found.topicId) === 'a former one') return null
        const former = this.known.get(topic) ?? this.outdated.get(topic)
        // Partitions are never removed: a broker that lags behind may not know the last ones yet.
        const leaders = found.topicId !== null && former?.topicId === found.topicId ? [...former.leaders] : []
        while (leaders.length < found.partitions.length) leaders.push(-1)
        for (const { partition, leader } of found.partitions) leaders[partition] = leader
        const available = leaders.flatMap((leader, partition) => (leader < 0 ? [] : [partition]))
        this.known.set(topic, { topicId: found.topicId, leaders, available, knownAt: now })
        this.outdated.delete(topic)
        this.requested.delete(topic)
        this.faults.delete(topic)
        return null
      }
      case 'unauthorized':
        return refuse({ _tag: 'AuthorizationFault', resource: 'topic', name: topic })
      case 'invalid name':
        return refuse(produceFault({ topic }, 'unknown topic', 'no topic can have this name', { permanent: true }))
      case 'unknown':
        this.known.delete(topic)
        this.outdated.delete(topic)
        if (this.requested.has(topic)) this.faults.set(topic, { _tag: 'UnknownTopicFault', topic })
        return null
      case 'without leader':
      case 'not available':
        return this.notAvailable(topic, errorName(found.code))
    }
  }

  /** Nothing is known about the topic for now. What was known before still counts. */
  private notAvailable(topic: string, reason: string): null {
    if (this.requested.has(topic) && !this.known.has(topic))
      this.faults.set(topic, produceFault({ topic }, 'not reachable', reason, { permanent: false }))
    return null
  }
}
