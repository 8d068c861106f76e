import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import kafkajs, { type Producer, type RecordMetadata, type TopicMessages } from 'kafkajs'
import { Observable } from 'rxjs'
import type { ConnectionSettings } from '../../config/cluster-config.js'
import type { ProducerSettings } from '../../config/producer-config.js'
import { backoffDelay } from '../../core/backoff-delay.js'
import { errorCode as code } from '../../core/error-code.js'
import { Partitioner } from '../../core/partitioner.js'
import type { Clock } from '../../model/clock.js'
import type { Fault, ProduceFault } from '../../model/fault.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { OutgoingRecord, ProducerSession, WrittenRecord } from '../../ports/producer-session.js'
import type { Step } from '../../ports/step.js'
import { stepOf } from './kafka-calls.js'
import { BrokerLinks } from './network/broker-links.js'
import { saslOptions } from './network/kafkajs-internals.js'
import { socketFactory } from './network/socket-factory.js'
import { faultOf, WireError } from './network/wire-error.js'
import { metadataV8 } from './protocol/metadata-v8.js'

type Placed = OutgoingRecord & { readonly partition: number }

interface Waiting {
  readonly records: readonly OutgoingRecord[]
  readonly until: number
  readonly answer: (answer: Either<Fault, readonly WrittenRecord[]>) => void
}

const retryBackoffMs = 100
const retryBackoffMaxMs = 1_000

/**
 * A producer over kafkajs's. Sends are in flight one at a time, so that order per partition holds through retries; what is
 * sent meanwhile goes together in the next one. Partitions are chosen here, as Java's client does. Idempotence is off:
 * kafkajs's loses acknowledged records when a leader dies.
 */
export const kafkaProducer = (
  connection: ConnectionSettings,
  settings: ProducerSettings,
  clock: Clock,
  random: () => number
): ProducerSession => new KafkaJsProducer(connection, settings, clock, random)

class KafkaJsProducer implements ProducerSession {
  private readonly connection: ConnectionSettings
  private readonly settings: ProducerSettings
  private readonly clock: Clock
  private readonly random: () => number
  private readonly partitioner: Partitioner
  private readonly counts = new Map<string, number>()
  private queue: Waiting[] = []
  private links: BrokerLinks | null = null
  private producer: Promise<Producer> | null = null
  private working: Promise<void> | null = null

  constructor(connection: ConnectionSettings, settings: ProducerSettings, clock: Clock, random: () => number) {
    this.connection = connection
    this.settings = settings
    this.clock = clock
    this.random = random
    this.partitioner = new Partitioner(random)
  }

  send(records: readonly OutgoingRecord[]): Step<readonly WrittenRecord[]> {
    return new Observable((subscriber) => {
      const until = this.clock.now() + this.settings.deliveryTimeoutMs
      this.queue.push({
        records,
        until,
        answer: (answer) => {
          subscriber.next(answer)
          subscriber.complete()
        }
      })
      this.working ??= this.work().finally(() => {
        this.working = null
      })
    })
  }

  close(): Step<void> {
    return stepOf(async () => {
      await this.working
      this.links?.close()
      const producer = await this.producer?.catch(() => null)
      await producer?.disconnect().catch(() => undefined)
      this.producer = null
      this.links = null
    })
  }

  private async work(): Promise<void> {
    // The next turn: what is sent in this one goes in one request.
    await new Promise<void>((go) => this.clock.turn(go))
    while (this.queue.length > 0) {
      const taken = this.queue
      this.queue = []
      await this.sendAll(taken)
    }
  }

  /** Each send is answered on its own: one record that is too large does not fail what happened to travel with it. */
  private async sendAll(taken: readonly Waiting[]): Promise<void> {
    const ready: { readonly waiting: Waiting; readonly placed: readonly Placed[] }[] = []
    for (const waiting of taken) {
      const placed = await this.place(waiting)
      if (isLeft(placed)) waiting.answer(placed)
      else ready.push({ waiting, placed: placed.right })
    }
    if (ready.length === 0) return
    const until = Math.min(...ready.map(({ waiting }) => waiting.until))
    const all = ready.flatMap(({ placed }) => placed)
    const written = await this.write(all, until)
    if (isLeft(written) && ready.length > 1) {
      for (const { waiting, placed } of ready) waiting.answer(await this.write(placed, waiting.until))
      return
    }
    let at = 0
    for (const { waiting, placed } of ready) {
      if (isLeft(written)) waiting.answer(written)
      else waiting.answer(right(written.right.slice(at, at + placed.length)))
      at += placed.length
    }
  }

  private async place({ records, until }: Waiting): Promise<Either<Fault, readonly Placed[]>> {
    const placed: Placed[] = []
    for (const record of records) {
      const size = (record.key?.length ?? 0) + (record.value?.length ?? 0)
      if (size > this.settings.maxRequestSize)
        return refused(
          record.topic,
          `a record of ${String(size)} bytes, max.request.size is ${String(this.settings.maxRequestSize)}`
        )
      const count = await this.partitionsOf(record.topic, until)
      if (isLeft(count)) return count
      const partition = record.partition ?? this.partitioner.choose(record.topic, record.key, size, count.right)
      if (partition < 0 || partition >= count.right)
        return refused(record.topic, `there is no partition ${String(partition)}`)
      placed.push({ ...record, partition })
    }
    return right(placed)
  }

  private async partitionsOf(topic: string, until: number): Promise<Either<Fault, number>> {
    const known = this.counts.get(topic)
    if (known !== undefined) return right(known)
    const links = (this.links ??= new BrokerLinks(this.connection))
    for (let failures = 1; ; failures++) {
      let fault: Fault
      try {
        const metadata = await links.sendToAny(metadataV8, [topic])
        links.learn(metadata.brokers)
        const found = metadata.topics[0]
        if (found?.code === code.NONE) {
          this.counts.set(topic, found.partitions.length)
          return right(found.partitions.length)
        }
        if (found?.code === code.TOPIC_AUTHORIZATION_FAILED)
          return left({ _tag: 'AuthorizationFault', resource: 'topic', name: topic })
        if (found?.code === code.UNKNOWN_TOPIC_OR_PARTITION) return refused(topic, 'the topic does not exist')
        fault = {
          _tag: 'ProduceFault',
          topic,
          reason: `its metadata answers with code ${String(found?.code)}`,
          permanent: false
        }
      } catch (error) {
        fault = error instanceof WireError ? error.fault : faultOf(error, 'any broker')
        if (fault._tag !== 'ConnectionFault' && fault._tag !== 'FrameFault') return left(fault)
      }
      if (this.clock.now() >= until) return left(fault)
      await this.pause(failures)
    }
  }

  /** Writes until each partition is confirmed: an answer of kafkajs may lack partitions that were lost on the way. */
  private async write(records: readonly Placed[], until: number): Promise<Either<Fault, readonly WrittenRecord[]>> {
    const offsets = new Map<Placed, bigint>()
    let missing = records
    for (let failures = 1; ; failures++) {
      const outcome = await this.attempt(missing)
      for (const [key, base] of outcome.confirmed) {
        missing
          .filter((record) => partitionKey(record.topic, record.partition) === key)
          .forEach((record, index) => offsets.set(record, base < 0n ? -1n : base + BigInt(index)))
      }
      missing = missing.filter((record) => !outcome.confirmed.has(partitionKey(record.topic, record.partition)))
      if (missing.length === 0) {
        return right(
          records.map((record) => ({
            topic: record.topic,
            partition: record.partition,
            offset: offsets.get(record) ?? -1n
          }))
        )
      }
      const fault = outcome.fault ?? {
        _tag: 'ProduceFault',
        topic: missing[0]?.topic ?? '',
        reason: 'the answer lacks a partition that was written to',
        permanent: false
      }
      if (isPermanent(fault) || this.clock.now() >= until) return left(fault)
      await this.pause(failures)
    }
  }

  private async attempt(
    records: readonly Placed[]
  ): Promise<{ readonly confirmed: ReadonlyMap<string, bigint>; readonly fault: Fault | null }> {
    const { acks, compression, requestTimeoutMs } = this.settings
    try {
      const producer = await this.connected()
      const answer = await producer.sendBatch({
        acks: acks === 'all' ? -1 : acks,
        timeout: requestTimeoutMs,
        compression: compression === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None,
        topicMessages: topicMessages(records, this.clock)
      })
      return { confirmed: confirmedBy(answer, records, acks), fault: null }
    } catch (error) {
      return { confirmed: new Map(), fault: produceFault(error, records[0]?.topic ?? '') }
    }
  }

  private connected(): Promise<Producer> {
    this.producer ??= this.connect()
    this.producer.catch(() => {
      this.producer = null
    })
    return this.producer
  }

  private async connect(): Promise<Producer> {
    const { connection, settings } = this
    const client = new kafkajs.Kafka({
      clientId: connection.clientId,
      brokers: connection.brokers.map(({ host, port }) => `${host}:${String(port)}`),
      requestTimeout: settings.requestTimeoutMs,
      connectionTimeout: connection.connectionTimeoutMs,
      ssl: connection.tls !== null,
      socketFactory: socketFactory(connection.tls),
      ...(connection.sasl === null ? {} : { sasl: saslOptions(connection.sasl) }),
      // Retried here, where the whole answer is seen.
      retry: { retries: 0 },
      logCreator: () => () => undefined
    })
    const producer = client.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      retry: { retries: 0 },
      // Chosen by us already.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0
    })
    await producer.connect()
    return producer
  }

  private pause(failures: number): Promise<void> {
    const inMs = backoffDelay(failures, retryBackoffMs, retryBackoffMaxMs, this.random)
    return new Promise<void>((go) => this.clock.schedule(inMs, go))
  }
}

const topicMessages = (records: readonly Placed[], clock: Clock): TopicMessages[] => {
  const byTopic = new Map<string, Placed[]>()
  for (const record of records) byTopic.set(record.topic, [...(byTopic.get(record.topic) ?? []), record])
  const now = clock.wallTime()
  return [...byTopic].map(([topic, of]) => ({
    topic,
    messages: of.map(({ key, value, headers, partition, timestamp }) => ({
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      partition,
      timestamp: String(timestamp ?? now),
      headers: headersOf(headers)
    }))
  }))
}

/** kafkajs takes headers as an object: names that repeat become lists, so only their order among other names is lost. */
const headersOf = (headers: OutgoingRecord['headers']): Record<string, (Buffer | string)[] | Buffer> => {
  const found: Record<string, Buffer[]> = Object.create(null) as Record<string, Buffer[]>
  for (const { name, value } of headers) (found[name] ??= []).push(Buffer.from(value ?? new Uint8Array(0)))
  return found
}

const confirmedBy = (
  answer: readonly RecordMetadata[],
  records: readonly Placed[],
  acks: ProducerSettings['acks']
): ReadonlyMap<string, bigint> => {
  // Nobody confirms anything: sent is all that can be said.
  if (acks === 0) return new Map(records.map((record) => [partitionKey(record.topic, record.partition), -1n]))
  return new Map(
    answer
      .filter(({ errorCode }) => errorCode === code.NONE)
      .map(({ topicName, partition, baseOffset }) => [partitionKey(topicName, partition), BigInt(baseOffset ?? '-1')])
  )
}

const permanentCodes: ReadonlySet<number> = new Set([
  code.MESSAGE_TOO_LARGE,
  code.INVALID_TOPIC_EXCEPTION,
  code.TOPIC_AUTHORIZATION_FAILED,
  code.CLUSTER_AUTHORIZATION_FAILED
])

const produceFault = (thrown: unknown, topic: string): Fault => {
  const fault = faultOf(thrown, 'any broker')
  const given = codeOf(thrown)
  if (given === code.TOPIC_AUTHORIZATION_FAILED) return { _tag: 'AuthorizationFault', resource: 'topic', name: topic }
  if (given === null) return fault
  const reason = 'reason' in fault && typeof fault.reason === 'string' ? fault.reason : `code ${String(given)}`
  const refusal: ProduceFault = { _tag: 'ProduceFault', topic, reason, permanent: permanentCodes.has(given) }
  return refusal
}

const codeOf = (thrown: unknown): number | null => {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 10; depth++) {
    if (error.name === 'KafkaJSProtocolError' && 'code' in error && typeof error.code === 'number') return error.code
    error = error.cause ?? ('originalError' in error ? error.originalError : undefined)
  }
  return null
}

const isPermanent = (fault: Fault): boolean =>
  fault._tag === 'ProduceFault' ? fault.permanent : fault._tag !== 'ConnectionFault' && fault._tag !== 'FrameFault'

const refused = (topic: string, reason: string): Either<Fault, never> =>
  left({ _tag: 'ProduceFault', topic, reason, permanent: true })
