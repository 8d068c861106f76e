import { type Observable, Subject, type Subscription } from 'rxjs'
import { faultOfAnswer, produceVerdict, type ProduceVerdict } from '../../core/producing/produce-verdict.js'
import type { Fault } from '../../model/fault.js'
import type { ProducerStatus } from '../../model/producer-status.js'
import type { ProducerEvent } from '../../model/producer-event.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import { noticeMs } from '../../core/scheduling/waits.js'
import type { ProducedBatch } from '../../ports/kafka-calls.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { ProducerBatch } from '../../core/producing/producer-batch.js'
import { statusFault } from '../../model/status-fault.js'
import type { ProducerContext } from './producer-context.js'

interface Wait {
  readonly since: number
  readonly for: Recovered['from']
  readonly what: string
  reportedAt: number
  fault: Fault | null
}

const memory = ''
const late = ' late'
/** A new leader is usually found within this time; until then refusals by the former one are not reported. */
const leaderMs = 2_000

/** The batch that has waited longest. */
interface Oldest extends TopicPartition {
  readonly createdAt: number
}

/** Reports what records wait for, when a wait begins and every ten seconds. */
export class ProducerNotices {
  private readonly context: ProducerContext
  private readonly subject = new Subject<ProducerEvent>()
  private readonly throttles: Subscription | undefined
  private readonly waits = new Map<string, Wait>()
  /** unreachable brokers, by their nodes */
  private readonly unreachedAt = new Map<number, string>()
  private latePlace: string | null = null

  constructor(context: ProducerContext) {
    this.context = context
    this.throttles = context.throttles?.subscribe((event) => {
      if (event._tag === 'throttled')
        this.wait('throttled', ` throttled ${event.broker}`, event.broker).reportedAt = this.now
      else this.waits.delete(` throttled ${event.what}`)
      this.subject.next(event)
    })
  }

  get events(): Observable<ProducerEvent> {
    return this.subject.asObservable()
  }

  /** The current waits, as far as they were reported. */
  get open(): ProducerStatus['waits'] {
    return [...this.waits.values()]
      .filter(({ reportedAt }) => reportedAt > -Infinity)
      .map(({ for: kind, what, since, fault }) => ({
        for: kind,
        what,
        forMs: this.now - since,
        fault: statusFault(fault)
      }))
  }

  close(): void {
    this.throttles?.unsubscribe()
    this.subject.complete()
  }

  /** Returns how long nothing has been known about the topic. */
  topicMissing(topic: string, fault: Fault, inMs: number): number {
    const wait = this.wait('waiting for topic', topic)
    wait.fault = fault
    if (this.isDue(wait))
      this.reportWait({ _tag: 'waiting for topic', topic, fault, inMs, forMs: this.now - wait.since })
    return this.now - wait.since
  }

  topicFound(topic: string): void {
    this.ended('waiting for topic', topic, topic)
  }

  recreated(topic: string): void {
    this.subject.next({ _tag: 'recreated', topic })
  }

  partitionMissing(topic: string, partition: number, partitions: number): void {
    const wait = this.wait('waiting for partition', partitionKey(topic, partition))
    if (this.isDue(wait))
      this.reportWait({ _tag: 'waiting for partition', topic, partition, partitions, forMs: this.now - wait.since })
  }

  partitionFound(topic: string, partition: number): void {
    const place = partitionKey(topic, partition)
    this.ended('waiting for partition', place, place)
  }

  /** A momentarily full memory is the normal backpressure of a producer; after ten seconds it is reported. */
  memoryUsedUp(forMs: number): void {
    if (forMs < noticeMs) this.ended('waiting for memory', memory, 'buffer.memory')
    else if (this.isDue(this.wait('waiting for memory', memory, 'buffer.memory')))
      this.reportWait({ _tag: 'waiting for memory', bytes: this.context.settings.bufferMemory, forMs })
  }

  unreached(node: number, fault: Fault): void {
    if (fault._tag !== 'ConnectionFault' && fault._tag !== 'FrameFault') return
    this.unreachedAt.set(node, fault.broker)
    const wait = this.wait('reconnecting', ` ${fault.broker}`, fault.broker)
    wait.fault = fault
    if (this.isDue(wait)) this.subject.next({ _tag: 'reconnecting', broker: fault.broker, fault })
  }

  reached(node: number): void {
    const broker = this.unreachedAt.get(node)
    if (broker === undefined) return
    this.unreachedAt.delete(node)
    this.ended('reconnecting', ` ${broker}`, broker)
  }

  /** Reports if a broker does not accept records for now, or accepts them again. */
  answered(batch: ProducerBatch, answer: ProducedBatch): ProduceVerdict {
    const verdict = produceVerdict(answer.code)
    const { topic, partition, createdAt } = batch
    const place = partitionKey(topic, partition)
    if (verdict._tag !== 'retry') this.ended('retrying', ` retrying ${place}`, place)
    else if (!verdict.moved || answer.code === errorCode.KAFKA_STORAGE_ERROR || this.now - createdAt >= leaderMs) {
      const wait = this.wait('retrying', ` retrying ${place}`, place)
      wait.fault = faultOfAnswer(batch, answer, false)
      const atMostMs = this.context.settings.deliveryTimeoutMs
      if (this.isDue(wait)) this.subject.next({ _tag: 'retrying', topic, partition, fault: wait.fault, atMostMs })
    }
    return verdict
  }

  /** The batch that has waited longest for its confirmation; null if none waits. */
  oldest(oldest: Oldest | null): void {
    if (oldest === null) {
      for (const node of [...this.unreachedAt.keys()]) this.reached(node)
      for (const [key, { for: kind, what }] of this.waits) if (kind === 'retrying') this.ended(kind, key, what)
    }
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
    if (this.isDue(wait)) this.subject.next({ _tag: 'late', topic, partition, forMs, atMostMs })
  }

  /** When `oldest` will have an event to emit. */
  lateAt(oldest: Oldest | null): number {
    return oldest === null
      ? Infinity
      : Math.max(oldest.createdAt, this.waits.get(late)?.reportedAt ?? -Infinity) + noticeMs
  }

  private get now(): number {
    return this.context.clock.now()
  }

  private wait(kind: Recovered['from'], key: string, what = key, since = this.now): Wait {
    const wait = this.waits.get(key) ?? { for: kind, what, since, reportedAt: -Infinity, fault: null }
    this.waits.set(key, wait)
    return wait
  }

  private isDue(wait: Wait): boolean {
    if (this.now - wait.reportedAt < noticeMs) return false
    wait.reportedAt = this.now
    return true
  }

  private ended(from: Recovered['from'], key: string, what: string): void {
    const wait = this.waits.get(key)
    this.waits.delete(key)
    if (wait === undefined || wait.reportedAt === -Infinity) return
    this.subject.next({ _tag: 'recovered', from, what, afterMs: this.now - wait.since })
  }

  private reportWait(event: Untimed<ProducerEvent & { readonly _tag: Waited }>): void {
    this.subject.next({ ...event, atMostMs: this.context.settings.maxBlockMs })
  }
}

type Recovered = ProducerEvent & { readonly _tag: 'recovered' }
type Waited = 'waiting for topic' | 'waiting for partition' | 'waiting for memory'

/** An event without the fields that all events have. */
type Untimed<E> = E extends ProducerEvent ? Omit<E, 'atMostMs'> : never
