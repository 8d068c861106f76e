import { gzipSync } from 'node:zlib'
import { Observable } from 'rxjs'
import type { ConnectionSettings } from '../../config/cluster-config.js'
import type { ProducerSettings } from '../../config/producer-config.js'
import { backoffDelay } from '../../core/backoff-delay.js'
import { errorCode as code, errorName } from '../../core/error-code.js'
import { Partitioner } from '../../core/partitioner.js'
import { produceFault } from '../../core/producing/produce-verdict.js'
import type { Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { OutgoingRecord, ProducerSession, WrittenRecord } from '../../ports/producer-session.js'
import type { Step } from '../../ports/step.js'
import { stepOf } from './kafka-calls.js'
import { BrokerLinks } from './network/broker-links.js'
import { faultOf, WireError } from './network/wire-error.js'
import { batchOf, type Compress, type PendingRecord, PendingSend, ProduceQueue } from './produce-queue.js'
import { metadataV8 } from './protocol/metadata-v8.js'
import { type ProducedBatch, produceV7 } from './protocol/produce-v7.js'

const retryBackoffMs = 100
const retryBackoffMaxMs = 1_000
/** What a record takes besides its key and value, at most, as far as a batch's size is concerned. */
const recordOverhead = 64

/**
 * A producer: one request a broker in flight, so that the order of a partition holds through retries; what is sent meanwhile
 * goes together in the next one. Each partition's answer counts by itself: only what was not confirmed is sent again.
 */
export const kafkaProducer = (
  connection: ConnectionSettings,
  settings: ProducerSettings,
  clock: Clock,
  random: () => number
): ProducerSession => new QueueingProducer(connection, settings, clock, random)

type Batch = { readonly queue: ProduceQueue; readonly head: readonly PendingRecord[] }

class QueueingProducer implements ProducerSession {
  private readonly connection: ConnectionSettings
  private readonly settings: ProducerSettings
  private readonly clock: Clock
  private readonly random: () => number
  private readonly partitioner: Partitioner
  private readonly compress: Compress | undefined
  private readonly queues = new Map<string, ProduceQueue>()
  /** For each topic, the leader of each partition; -1 where there is none. */
  private readonly leaders = new Map<string, readonly number[]>()
  private unplaced: { readonly records: readonly OutgoingRecord[]; readonly send: PendingSend }[] = []
  private links: BrokerLinks | null = null
  private working: Promise<void> | null = null
  private failures = 0

  constructor(connection: ConnectionSettings, settings: ProducerSettings, clock: Clock, random: () => number) {
    this.connection = connection
    this.settings = settings
    this.clock = clock
    this.random = random
    this.partitioner = new Partitioner(random)
    this.compress = settings.compression === 'gzip' ? { codec: 1, run: (records) => gzipSync(records) } : undefined
  }

  send(records: readonly OutgoingRecord[]): Step<readonly WrittenRecord[]> {
    return new Observable((subscriber) => {
      const until = this.clock.now() + this.settings.deliveryTimeoutMs
      const send = new PendingSend(records.length, until, (answer) => {
        subscriber.next(answer)
        subscriber.complete()
      })
      if (send.isOver) return
      this.unplaced.push({ records, send })
      this.working ??= this.work().finally(() => {
        this.working = null
      })
    })
  }

  close(): Step<void> {
    return stepOf(async () => {
      await this.working
      this.links?.close()
      this.links = null
    })
  }

  private async work(): Promise<void> {
    // The next turn: what is sent in this one goes in one request.
    await new Promise<void>((go) => this.clock.turn(go))
    while (this.unplaced.length > 0 || this.ready().length > 0) {
      await this.placeAll()
      const fault = await this.round()
      if (fault === null) {
        this.failures = 0
        continue
      }
      this.failures++
      const now = this.clock.now()
      for (const queue of this.queues.values()) queue.expire(now, fault)
      const inMs = backoffDelay(this.failures, retryBackoffMs, retryBackoffMaxMs, this.random)
      await new Promise<void>((go) => this.clock.schedule(inMs, go))
    }
  }

  private ready(): readonly ProduceQueue[] {
    return [...this.queues.values()].filter((queue) => !queue.isEmpty)
  }

  private async placeAll(): Promise<void> {
    const taken = this.unplaced
    this.unplaced = []
    for (const { records, send } of taken) {
      const topics = new Set(records.map(({ topic }) => topic))
      for (const topic of topics) {
        const fault = await this.learn(topic, send.until)
        if (fault !== null) send.failed(fault)
      }
      if (hasFailed(send)) continue
      const placed = records.map((record, index) => this.place(record, send, index))
      // All or nothing: half of a call is not written when the rest of it cannot be.
      if (hasFailed(send)) continue
      for (const { queue, pending } of placed) queue.push(pending)
    }
  }

  private place(
    record: OutgoingRecord,
    send: PendingSend,
    index: number
  ): { readonly queue: ProduceQueue; readonly pending: PendingRecord } {
    const { maxRequestSize } = this.settings
    const size = (record.key?.length ?? 0) + (record.value?.length ?? 0)
    const headers = record.headers.reduce((sum, { name, value }) => sum + name.length + (value?.length ?? 0), 0)
    const count = this.leaders.get(record.topic)?.length ?? 0
    const partition = record.partition ?? this.partitioner.choose(record.topic, record.key, { count })
    if (size > maxRequestSize)
      send.failed(
        refusal(record.topic, `a record of ${String(size)} bytes, max.request.size is ${String(maxRequestSize)}`)
      )
    if (partition < 0 || partition >= count)
      send.failed(refusal(record.topic, `there is no partition ${String(partition)}`))
    if (record.key === null) this.partitioner.placed(record.topic, size, true, () => ({ count }))
    const key = partitionKey(record.topic, partition)
    const queue = this.queues.get(key) ?? new ProduceQueue(record.topic, partition)
    this.queues.set(key, queue)
    return { queue, pending: { record, bytes: size + headers + recordOverhead, send, index } }
  }

  /** Sends what is ready, one request to each leader. Gives a fault if something has to be tried again. */
  private async round(): Promise<Fault | null> {
    const byLeader = new Map<number, Batch[]>()
    let again: Fault | null = null
    for (const queue of this.ready()) {
      const leader = this.leaders.get(queue.topic)?.[queue.partition] ?? -1
      if (leader < 0) again = transient(queue.topic, queue.partition, 'it has no leader')
      else
        byLeader.set(leader, [
          ...(byLeader.get(leader) ?? []),
          { queue, head: queue.head(this.settings.maxRequestSize) }
        ])
    }
    const faults = await Promise.all([...byLeader].map(([leader, batches]) => this.produce(leader, batches)))
    again = faults.find((fault) => fault !== null) ?? again
    // Leaders may have moved; what is known is asked for anew.
    if (again !== null) this.leaders.clear()
    if (again !== null) await this.relearn()
    return again
  }

  private async produce(leader: number, batches: readonly Batch[]): Promise<Fault | null> {
    const { acks, requestTimeoutMs } = this.settings
    const now = this.clock.wallTime()
    const request = {
      acks: acks === 'all' ? -1 : acks,
      timeoutMs: requestTimeoutMs,
      batches: batches.map(({ queue, head }) => ({
        topic: queue.topic,
        partition: queue.partition,
        bytes: batchOf(head, now, this.compress)
      }))
    }
    let answer: readonly ProducedBatch[]
    try {
      const links = this.connected()
      const address = links.addressOf(leader)
      if (address === undefined) return transient(batches[0]?.queue.topic ?? '', -1, 'its leader is not in the cluster')
      const produced = await links.sendTo(address, 'produce', produceV7, request)
      // Nobody confirms anything under acks 0: sent is all that can be said.
      answer = produced ?? batches.map(({ queue: { topic, partition } }) => ({ topic, partition, code: code.NONE, baseOffset: -1n })) // prettier-ignore
    } catch (error) {
      const fault = error instanceof WireError ? error.fault : faultOf(error, `node ${String(leader)}`)
      if (canHeal(fault)) return fault
      for (const { queue, head } of batches) queue.refused(head, fault)
      return null
    }
    const codes = new Map(answer.map((entry) => [partitionKey(entry.topic, entry.partition), entry]))
    let again: Fault | null = null
    for (const batch of batches)
      again = this.answered(batch, codes.get(partitionKey(batch.queue.topic, batch.queue.partition))) ?? again
    return again
  }

  private answered({ queue, head }: Batch, produced: ProducedBatch | undefined): Fault | null {
    const { topic, partition } = queue
    if (produced === undefined) return transient(topic, partition, 'the answer lacks it')
    switch (produced.code) {
      case code.NONE:
        queue.confirmed(head, produced.baseOffset)
        return null
      case code.MESSAGE_TOO_LARGE:
        queue.tooLarge(head, refusal(topic, 'larger than the topic allows (MESSAGE_TOO_LARGE)'))
        return null
      case code.TOPIC_AUTHORIZATION_FAILED:
        queue.refused(head, { _tag: 'AuthorizationFault', resource: 'topic', name: topic })
        return null
      default:
        if (retriable.has(produced.code)) return transient(topic, partition, errorName(produced.code))
        queue.refused(head, refusal(topic, errorName(produced.code)))
        return null
    }
  }

  /** Looks the leaders of a topic up until they are known. Gives the fault if it cannot be written to. */
  private async learn(topic: string, until: number): Promise<Fault | null> {
    for (let failures = 1; !this.leaders.has(topic); failures++) {
      const fault = await this.look(topic)
      if (fault === null) return null
      if (!canHeal(fault) || this.clock.now() >= until) return fault
      const inMs = backoffDelay(failures, retryBackoffMs, retryBackoffMaxMs, this.random)
      await new Promise<void>((go) => this.clock.schedule(inMs, go))
    }
    return null
  }

  private async relearn(): Promise<void> {
    for (const topic of new Set(this.ready().map((queue) => queue.topic))) await this.look(topic)
  }

  private async look(topic: string): Promise<Fault | null> {
    const links = this.connected()
    try {
      const metadata = await links.sendToAny(metadataV8, [topic])
      links.learn(metadata.brokers)
      const found = metadata.topics[0]
      switch (found?.code) {
        case code.NONE: {
          const leaders = found.partitions.map(() => -1)
          for (const { partition, leader } of found.partitions) leaders[partition] = leader
          this.leaders.set(topic, leaders)
          return null
        }
        case code.TOPIC_AUTHORIZATION_FAILED:
          return { _tag: 'AuthorizationFault', resource: 'topic', name: topic }
        case code.UNKNOWN_TOPIC_OR_PARTITION:
          return refusal(topic, 'the topic does not exist')
        case code.INVALID_TOPIC_EXCEPTION:
          return refusal(topic, 'no topic can have this name')
        default:
          return transient(topic, -1, found === undefined ? 'the answer lacks it' : errorName(found.code))
      }
    } catch (error) {
      return error instanceof WireError ? error.fault : faultOf(error, 'any broker')
    }
  }

  private connected(): BrokerLinks {
    return (this.links ??= new BrokerLinks(this.connection))
  }
}

/** What Java's client tries again, besides what the network does. */
const retriable: ReadonlySet<number> = new Set([
  code.CORRUPT_MESSAGE,
  code.UNKNOWN_TOPIC_OR_PARTITION,
  code.LEADER_NOT_AVAILABLE,
  code.NOT_LEADER_OR_FOLLOWER,
  code.REQUEST_TIMED_OUT,
  code.NETWORK_EXCEPTION,
  code.NOT_ENOUGH_REPLICAS,
  code.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  code.KAFKA_STORAGE_ERROR
])

/** Asked anew each time: it may have failed meanwhile. */
const hasFailed = (send: PendingSend): boolean => send.isOver

const canHeal = (fault: Fault): boolean =>
  fault._tag === 'ConnectionFault' || fault._tag === 'FrameFault' || (fault._tag === 'ProduceFault' && !fault.permanent)

const refusal = (topic: string, reason: string): Fault =>
  produceFault({ topic }, 'refused', reason, { permanent: true })

const transient = (topic: string, partition: number, reason: string): Fault =>
  produceFault(partition < 0 ? { topic } : { topic, partition }, 'not reachable', reason, { permanent: false })
