import type { Fault } from '../../model/fault.js'
import type { BatchAnswer } from './batch-answer.js'
import { BatchMemory } from './batch-memory.js'
import type { DeliveryCallbacks } from './delivery-callbacks.js'
import type { RecordContent } from '../records/batch-builder.js'
import { PartitionQueue } from './partition-queue.js'
import { capacityFor, ProducerBatch, type ProducerIdentity } from './producer-batch.js'
import type { QueueSettings } from './queue-settings.js'
import type { Settled } from './settled.js'

/** How records are collected in batches. */
export interface AccumulatorSettings extends QueueSettings {
  /** The bytes that all batches may use together. */
  readonly bufferMemory: number
  /** The size limit of a request, in bytes; a single batch that is larger is sent alone. */
  readonly maxRequestSize: number
}

/** A record that the producer has accepted. */
export interface AcceptedRecord {
  readonly content: RecordContent
  /** The maximum of bytes that it takes in a batch (`recordBound`). */
  readonly bound: number
  readonly callbacks: DeliveryCallbacks
  readonly index: number
  /** When it was added: `delivery.timeout.ms` begins there. */
  readonly acceptedAt: number
  readonly generation: number
}

/** The result of an addition; `full`: no memory is left, and the record was not added. */
export type Added = 'added' | 'batch full' | 'full'

/** The maximum size of a batch that waits, as a multiple of `batchSize`. */
const growth = 16

/** The batches for one node, at most one for each partition. */
export interface NodeRequest {
  readonly node: number
  readonly batches: readonly ProducerBatch[]
}

/**
 * Collects records in batches, decides what to send to which node, and accounts for the memory of the records until they are
 * settled. It has no clock and sends nothing: the caller passes in the time, and the answers.
 */
export class Accumulator {
  private readonly settings: AccumulatorSettings
  /** by topic and partition number; sparse, since not all partitions are written to */
  private readonly topics = new Map<string, (PartitionQueue | undefined)[]>()
  /** the queues with batches; a queue that was served moves to the end */
  private readonly busy = new Set<PartitionQueue>()
  private readonly memory: BatchMemory
  private used = 0
  private identity: ProducerIdentity | null = null

  constructor(settings: AccumulatorSettings) {
    this.settings = settings
    this.memory = new BatchMemory(settings.batchSize, settings.bufferMemory / 4)
  }

  /** Bytes reserved for batches that are not settled. */
  get usedBytes(): number {
    return this.used
  }

  get isEmpty(): boolean {
    return this.busy.size === 0
  }

  /** Whether a queue waits for a producer id. */
  get needsIdentity(): boolean {
    for (const queue of this.busy) if (queue.needsOtherThan(this.identity)) return true
    return false
  }

  /** The batch that has waited longest to be settled; null if there is none. */
  get oldest(): ProducerBatch | null {
    let oldest: ProducerBatch | null = null
    for (const { head } of this.busy)
      if (head !== undefined && head.createdAt < (oldest?.createdAt ?? Infinity)) oldest = head
    return oldest
  }

  /** Records in flight. */
  get recordsOnWire(): number {
    let records = 0
    for (const queue of this.busy) records += queue.recordsOnWire
    return records
  }

  /** Topics that records wait for, each with the highest partition. */
  get waitingTopics(): ReadonlyMap<string, number> {
    const highest = new Map<string, number>()
    for (const { topic, partition } of this.busy) highest.set(topic, Math.max(partition, highest.get(topic) ?? 0))
    return highest
  }

  add(topic: string, partition: number, timestamp: number, record: AcceptedRecord): Added {
    const { content, bound, generation } = record
    const queue = this.queue(topic, partition)
    let { open } = queue
    if (open === undefined || open.generation !== generation || !open.hasRoomFor(bound, this.largestBatch)) {
      const memory = capacityFor(bound, this.settings.batchSize)
      if (!this.hasMemory(memory)) return 'full'
      const deadline = record.acceptedAt + this.settings.deliveryTimeoutMs
      open = new ProducerBatch(queue, memory, this.memory, { createdAt: record.acceptedAt, deadline, generation })
      this.used += memory
      queue.push(open)
      this.busy.add(queue)
    } else {
      if (!this.hasMemory(open.growthFor(bound))) return 'full'
      this.used += open.growFor(bound)
    }
    open.append(content, timestamp, record.callbacks, record.index)
    return open.isFull ? 'batch full' : 'added'
  }

  /** An empty buffer accepts a batch of any size; otherwise that batch would wait for ever. */
  private hasMemory(more: number): boolean {
    return more === 0 || this.used === 0 || this.used + more <= this.settings.bufferMemory
  }

  /**
   * The maximum size of a batch that waits for its turn. A broker answers the requests of a connection one after the other,
   * with one batch for each partition, so only larger batches increase the throughput.
   */
  private get largestBatch(): number {
    return Math.min(this.settings.batchSize * growth, this.settings.maxRequestSize)
  }

  /** How many batches each of these partitions has. */
  queued(topic: string, partitions: readonly number[]): readonly number[] {
    const queues = this.topics.get(topic)
    return partitions.map((partition) => queues?.[partition]?.length ?? 0)
  }

  /** Sets the producer id and epoch of queues without one, and with `everywhere` of all queues. */
  identify(identity: ProducerIdentity, everywhere = false): void {
    this.identity = identity
    if (!everywhere) return
    for (const queues of this.topics.values()) for (const queue of queues) queue?.adopt(identity)
  }

  /**
   * Returns what to send now: for each node with room one request, with one batch for each partition. Call it until it returns
   * nothing. `leaderOf` returns -1 for a partition without a leader.
   */
  take(
    now: number,
    hurry: boolean,
    leaderOf: (topic: string, partition: number) => number,
    hasRoom: (node: number) => boolean
  ): readonly NodeRequest[] {
    const requests = new Map<number, { readonly batches: ProducerBatch[]; bytes: number }>()
    const served: PartitionQueue[] = []
    for (const queue of this.busy) {
      const batch = queue.ready(now, hurry, this.identity)
      if (batch === null) continue
      const node = leaderOf(queue.topic, queue.partition)
      if (node < 0 || !hasRoom(node)) continue
      const request = requests.get(node) ?? { batches: [], bytes: 0 }
      if (request.batches.length > 0 && request.bytes + batch.size > this.settings.maxRequestSize) continue
      requests.set(node, request)
      request.batches.push(batch)
      request.bytes += batch.size
      queue.sent(batch)
      served.push(queue)
    }
    for (const queue of served) {
      this.busy.delete(queue)
      this.busy.add(queue)
    }
    return [...requests].map(([node, { batches }]) => ({ node, batches }))
  }

  /** When the next batch is due to be sent or given up; answers may change that. */
  wakeAt(now: number): number {
    let wake = Infinity
    for (const queue of this.busy) wake = Math.min(wake, queue.wakeAt(now))
    return wake
  }

  answered(batch: ProducerBatch, answer: BatchAnswer, retryAt: number): readonly Settled[] {
    return this.changed(batch, (queue) => queue.answered(batch, answer, retryAt))
  }

  unanswered(batch: ProducerBatch, fault: Fault, sent: boolean, retryAt: number): readonly Settled[] {
    return this.changed(batch, (queue) => queue.unanswered(batch, fault, sent, retryAt))
  }

  refuse(batch: ProducerBatch, fault: Fault): readonly Settled[] {
    return this.changed(batch, (queue) => queue.refuse(batch, fault))
  }

  /** Gives up batches that have waited longer than `delivery.timeout.ms`. */
  expire(now: number): readonly Settled[] {
    return [...this.busy].flatMap((queue) => {
      const { head } = queue
      return head === undefined || now < head.deadline ? [] : this.settled(queue, queue.expire(now))
    })
  }

  /** The topic was deleted and recreated: its leaders do not know the producer. */
  recreated(topic: string): void {
    for (const queue of this.topics.get(topic) ?? []) if (queue !== undefined) queue.known = false
  }

  /** Gives up all batches, or those of one topic. */
  failAll(fault: Fault, topic?: string): readonly Settled[] {
    const concerned = [...this.busy].filter((queue) => topic === undefined || queue.topic === topic)
    return concerned.flatMap((queue) => this.settled(queue, queue.failAll(fault)))
  }

  private changed(batch: ProducerBatch, change: (queue: PartitionQueue) => readonly Settled[]): readonly Settled[] {
    const queue = this.queue(batch.topic, batch.partition)
    const wasAbandoned = queue.hasAbandoned(batch)
    const settled = this.settled(queue, change(queue))
    // A batch that was given up in flight uses its memory until its request has ended.
    if (wasAbandoned) this.used -= batch.memory
    return settled
  }

  private settled(queue: PartitionQueue, settled: readonly Settled[]): readonly Settled[] {
    for (const one of settled) {
      const { batch } = one
      if (!batch.onWire) this.used -= batch.memory
      // Without an offset no broker has answered (acks 0), and the socket may still read the bytes.
      if (one._tag === 'written' && one.baseOffset >= 0n) batch.release()
    }
    if (queue.isEmpty) this.busy.delete(queue)
    return settled
  }

  private queue(topic: string, partition: number): PartitionQueue {
    const known = this.topics.get(topic)
    const queues = known ?? []
    if (known === undefined) this.topics.set(topic, queues)
    return (queues[partition] ??= new PartitionQueue({ topic, partition }, this.settings))
  }
}
