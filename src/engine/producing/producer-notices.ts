import { type Observable, Subject, type Subscription } from 'rxjs'
import { produceFault } from '../../core/producing/produce-verdict.js'
import { describeFault } from '../../model/describe-fault.js'
import type { Fault } from '../../model/fault.js'
import type { ProducerStatus } from '../../model/producer-status.js'
import type { ProducerEvent } from '../../model/producer-event.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import { noticeMs } from '../../core/scheduling/waits.js'
import type { ProducerContext } from './producer-context.js'
import type { WaitingRecord } from './waiting-records.js'

interface Wait {
  readonly since: number
  readonly for: Recovered['from']
  readonly what: string
  toldAt: number
}

const memory = ''
const late = ' late'

/** The batch that has waited longest. */
interface Oldest extends TopicPartition {
  readonly createdAt: number
}

/** Tells what records wait for, as it begins and every ten seconds, and why those fail that have waited for `max.block.ms`. */
export class ProducerNotices {
  private readonly context: ProducerContext
  private readonly said = new Subject<ProducerEvent>()
  private readonly throttles: Subscription | undefined
  private readonly waits = new Map<string, Wait>()
  /** brokers, by their nodes */
  private readonly unreachedAt = new Map<number, string>()
  private latePlace: string | null = null

  constructor(context: ProducerContext) {
    this.context = context
    this.throttles = context.throttles?.subscribe((throttled) => {
      this.said.next(throttled)
    })
  }

  get events(): Observable<ProducerEvent> {
    return this.said.asObservable()
  }

  /** What takes time at the moment, as far as it was told. */
  get open(): ProducerStatus['waits'] {
    return [...this.waits.values()]
      .filter(({ toldAt }) => toldAt > -Infinity)
      .map(({ for: kind, what, since }) => ({ for: kind, what, forMs: this.now - since }))
  }

  close(): void {
    this.throttles?.unsubscribe()
    this.said.complete()
  }

  /** Gives for how long nothing has been known of the topic. */
  topicMissing(topic: string, fault: Fault, inMs: number): number {
    const wait = this.wait('waiting for topic', topic)
    if (this.isDue(wait)) this.say({ _tag: 'waiting for topic', topic, fault, inMs, forMs: this.now - wait.since })
    return this.now - wait.since
  }

  topicFound(topic: string): void {
    this.ended('waiting for topic', topic, topic)
  }

  partitionMissing(topic: string, partition: number, partitions: number): void {
    const wait = this.wait('waiting for partition', partitionKey(topic, partition))
    if (this.isDue(wait))
      this.say({ _tag: 'waiting for partition', topic, partition, partitions, forMs: this.now - wait.since })
  }

  partitionFound(topic: string, partition: number): void {
    const place = partitionKey(topic, partition)
    this.ended('waiting for partition', place, place)
  }

  /** That memory is used up for a moment is how a producer is held back; for ten seconds something is wrong. */
  memoryUsedUp(forMs: number): void {
    if (forMs < noticeMs) this.ended('waiting for memory', memory, 'buffer.memory')
    else if (this.isDue(this.wait('waiting for memory', memory, 'buffer.memory')))
      this.say({ _tag: 'waiting for memory', bytes: this.context.settings.bufferMemory, forMs })
  }

  /** A request to this node was not answered, or could not be sent. */
  unreached(node: number, fault: Fault): void {
    if (fault._tag !== 'ConnectionFault' && fault._tag !== 'FrameFault') return
    this.unreachedAt.set(node, fault.broker)
    if (this.isDue(this.wait('reconnecting', ` ${fault.broker}`, fault.broker)))
      this.said.next({ _tag: 'reconnecting', broker: fault.broker, fault })
  }

  reached(node: number): void {
    const broker = this.unreachedAt.get(node)
    if (broker === undefined) return
    this.unreachedAt.delete(node)
    this.ended('reconnecting', ` ${broker}`, broker)
  }

  /** What has waited longest for its confirmation; null if nothing waits. */
  oldest(oldest: Oldest | null): void {
    if (oldest === null) for (const node of [...this.unreachedAt.keys()]) this.reached(node)
    const forMs = oldest === null ? 0 : this.now - oldest.createdAt
    if (oldest === null || forMs < noticeMs) {
      const place = this.latePlace
      this.latePlace = null
      if (place !== null) this.ended('late', late, place)
      return
    }
    const { topic, partition } = oldest
    this.latePlace ??= partitionKey(topic, partition)
    const wait = this.wait('late', late, this.latePlace, oldest.createdAt)
    const atMostMs = this.context.settings.deliveryTimeoutMs
    if (this.isDue(wait)) this.said.next({ _tag: 'late', topic, partition, forMs, atMostMs })
  }

  /** When `oldest` will have something to say. */
  lateAt(oldest: Oldest | null): number {
    return oldest === null ? Infinity : Math.max(oldest.createdAt, this.waits.get(late)?.toldAt ?? -Infinity) + noticeMs
  }

  unknownTopic(topic: string): Fault {
    return produceFault({ topic }, 'unknown topic', `${this.over}: the topic does not exist`, { permanent: true })
  }

  /** The fault of a record that has waited too long. */
  late({ content: { topic, partition }, waitsFor }: WaitingRecord, partitions: number, trouble: Fault | null): Fault {
    switch (waitsFor) {
      case 'memory': {
        const { bufferMemory } = this.context.settings
        return produceFault(
          { topic },
          'buffer full',
          `${this.over}: buffer.memory (${String(bufferMemory)} bytes) is used up`,
          { permanent: false }
        )
      }
      case 'partition':
        return produceFault(
          { topic },
          'unknown partition',
          `${this.over}: there is no partition ${String(partition)}, the topic has ${String(partitions)}`,
          { permanent: true }
        )
      default: {
        if (trouble?._tag === 'UnknownTopicFault') return this.unknownTopic(topic)
        const after = trouble === null ? '' : `: ${describeFault(trouble)}`
        return produceFault({ topic }, 'not reachable', `${this.over}, and nothing is known of the topic${after}`, {
          permanent: false
        })
      }
    }
  }

  private get now(): number {
    return this.context.clock.now()
  }

  private get over(): string {
    return `max.block.ms (${String(this.context.settings.maxBlockMs)}) is over`
  }

  private wait(kind: Recovered['from'], key: string, what = key, since = this.now): Wait {
    const wait = this.waits.get(key) ?? { for: kind, what, since, toldAt: -Infinity }
    this.waits.set(key, wait)
    return wait
  }

  private isDue(wait: Wait): boolean {
    if (this.now - wait.toldAt < noticeMs) return false
    wait.toldAt = this.now
    return true
  }

  private ended(from: Recovered['from'], key: string, what: string): void {
    const wait = this.waits.get(key)
    this.waits.delete(key)
    if (wait === undefined || wait.toldAt === -Infinity) return
    this.said.next({ _tag: 'recovered', from, what, afterMs: this.now - wait.since })
  }

  private say(event: Untimed<ProducerEvent & { readonly _tag: Waited }>): void {
    this.said.next({ ...event, atMostMs: this.context.settings.maxBlockMs })
  }
}

type Recovered = ProducerEvent & { readonly _tag: 'recovered' }
type Waited = 'waiting for topic' | 'waiting for partition' | 'waiting for memory'

/** An event but for what all have alike. */
type Untimed<E> = E extends ProducerEvent ? Omit<E, 'atMostMs'> : never
