import { type Observable, Subject, type Subscription } from 'rxjs'
import { produceFault } from '../../core/producing/produce-verdict.js'
import { describeFault } from '../../model/describe-fault.js'
import type { Fault } from '../../model/fault.js'
import type { ProducerEvent } from '../../model/producer-event.js'
import type { Throttled } from '../../model/throttled.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { ProducerContext } from './producer-context.js'
import type { WaitingRecord } from './waiting-records.js'

/** How often a wait that goes on is told of. */
export const noticeMs = 10_000

interface Wait {
  readonly since: number
  toldAt: number
}

const memory = ''

/** Tells what records wait for, as it begins and every ten seconds, and why those fail that have waited for `max.block.ms`. */
export class ProducerNotices {
  private readonly context: ProducerContext
  private readonly said = new Subject<ProducerEvent>()
  private readonly throttles: Subscription | undefined
  private readonly waits = new Map<string, Wait>()

  constructor(context: ProducerContext) {
    this.context = context
    this.throttles = context.throttles?.subscribe((throttled) => {
      this.said.next(throttled)
    })
  }

  get events(): Observable<ProducerEvent> {
    return this.said.asObservable()
  }

  close(): void {
    this.throttles?.unsubscribe()
    this.said.complete()
  }

  /** Gives for how long nothing has been known of the topic. */
  topicMissing(topic: string, fault: Fault, inMs: number): number {
    const wait = this.wait(topic)
    if (this.isDue(wait)) this.say({ _tag: 'waiting for topic', topic, fault, inMs, forMs: this.now - wait.since })
    return this.now - wait.since
  }

  topicFound(topic: string): void {
    this.waits.delete(topic)
  }

  partitionMissing(topic: string, partition: number, partitions: number): void {
    const wait = this.wait(partitionKey(topic, partition))
    if (this.isDue(wait))
      this.say({ _tag: 'waiting for partition', topic, partition, partitions, forMs: this.now - wait.since })
  }

  partitionFound(topic: string, partition: number): void {
    this.waits.delete(partitionKey(topic, partition))
  }

  /** That memory is used up for a moment is how a producer is held back; for ten seconds something is wrong. */
  memoryUsedUp(forMs: number): void {
    if (forMs < noticeMs) this.waits.delete(memory)
    else if (this.isDue(this.wait(memory)))
      this.say({ _tag: 'waiting for memory', bytes: this.context.settings.bufferMemory, forMs })
  }

  unknownTopic(topic: string): Fault {
    return produceFault({ topic }, 'unknown topic', `${this.over}: the topic does not exist`, { permanent: true })
  }

  /** The fault of a record that has waited too long. */
  late({ content: { topic, partition }, waitsFor }: WaitingRecord, partitions: number, trouble: Fault | null): Fault {
    switch (waitsFor) {
      case 'memory': {
        const { bufferMemory } = this.context.settings
        return produceFault({ topic }, 'buffer full', `${this.over}: buffer.memory (${String(bufferMemory)} bytes) is used up`, { permanent: false }) // prettier-ignore
      }
      case 'partition':
        return produceFault({ topic }, 'unknown partition', `${this.over}: there is no partition ${String(partition)}, the topic has ${String(partitions)}`, { permanent: true }) // prettier-ignore
      default: {
        if (trouble?._tag === 'UnknownTopicFault') return this.unknownTopic(topic)
        const after = trouble === null ? '' : `: ${describeFault(trouble)}`
        return produceFault({ topic }, 'not reachable', `${this.over}, and nothing is known of the topic${after}`, { permanent: false }) // prettier-ignore
      }
    }
  }

  private get now(): number {
    return this.context.clock.now()
  }

  private get over(): string {
    return `max.block.ms (${String(this.context.settings.maxBlockMs)}) is over`
  }

  private wait(what: string): Wait {
    const wait = this.waits.get(what) ?? { since: this.now, toldAt: -Infinity }
    this.waits.set(what, wait)
    return wait
  }

  private isDue(wait: Wait): boolean {
    if (this.now - wait.toldAt < noticeMs) return false
    wait.toldAt = this.now
    return true
  }

  private say(event: Untimed<Exclude<ProducerEvent, Throttled>>): void {
    this.said.next({ ...event, atMostMs: this.context.settings.maxBlockMs })
  }
}

/** An event but for what all have alike. */
type Untimed<E> = E extends ProducerEvent ? Omit<E, 'atMostMs'> : never
