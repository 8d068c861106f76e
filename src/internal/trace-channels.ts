import { recordsOf } from '../model/aggregate.js'
import type { Carried } from '../model/carried.js'
import type { Committed } from '../model/committed.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { Header } from '../model/header.js'
import type { OperatorName } from '../model/operator-name.js'
import type { Wire } from '../model/producer-record.js'
import type { TopicPartition } from '../model/topic-partition.js'
import { OperationChannel, type OperationMessage } from './operation-channel.js'

/** A header as sent. */
export interface SentHeader {
  readonly name: string
  readonly value: Wire
}

/** One written record, from the call to its confirmation. `tracing:ackstream.send:*` */
export class SendMessage implements OperationMessage {
  readonly topic: string
  readonly transactional: boolean
  /** the pipeline's value from which it was made (`produceTo`, dead letters); null for a producer's own calls */
  readonly carried: Carried<unknown> | null
  /** the partition that the record names; once written, the partition that contains it */
  partition: number | undefined
  /** -1 until it is written, and under acks 0 */
  offset = -1n
  declare error?: unknown
  private list: readonly SentHeader[]

  constructor(
    record: {
      readonly topic: string
      readonly partition?: number | undefined
      readonly headers: readonly SentHeader[]
    },
    transactional: boolean,
    carried: Carried<unknown> | null
  ) {
    this.topic = record.topic
    this.partition = record.partition
    this.list = record.headers
    this.transactional = transactional
    this.carried = carried
  }

  /** The headers that are sent. */
  get headers(): readonly SentHeader[] {
    return this.list
  }

  /** Within `start`: adds a header, and replaces those of this name. The caller's list stays unchanged. */
  setHeader(name: string, value: string): void {
    this.list = withHeaders(this.list, [{ name, value }])
  }
}

/** A Fetch request, from sending it to its answer. `tracing:ackstream.fetch:*` */
export interface FetchMessage extends OperationMessage {
  readonly groupId: string | null
  /** the broker's ID */
  readonly node: number
  /** after the answer: the topics of its records */
  topics: readonly string[]
  /** after the answer: the number of records, by the headers of its batches */
  records: number
  bytes: number
}

/** The records of a partition that a pipeline gets in one turn. `tracing:ackstream.receive:*` */
export interface ReceiveMessage extends OperationMessage, TopicPartition {
  readonly groupId: string | null
  /** complete at the end */
  readonly records: ConsumerRecord[]
}

/** One call of a handler, or of a sink's `write`: an attempt. `tracing:ackstream.process:*` */
export class ProcessMessage implements OperationMessage {
  readonly operator: OperatorName
  /** the argument of the handler: a record, or a value made from several */
  readonly carried: Carried<unknown>
  readonly groupId: string | null
  /** 1 for the first */
  readonly attempt: number
  declare error?: unknown
  private wrap: ((call: () => unknown) => unknown) | null = null

  constructor(operator: OperatorName, carried: Carried<unknown>, groupId: string | null, attempt: number) {
    this.operator = operator
    this.carried = carried
    this.groupId = groupId
    this.attempt = attempt
  }

  get records(): readonly ConsumerRecord<unknown, unknown>[] {
    return recordsOf(this.carried)
  }

  /** Within `start`: the handler is called by `wrap`, which has to call its argument. Several nest. */
  around(wrap: <A>(call: () => A) => A): void {
    const { wrap: inner } = this
    this.wrap = inner === null ? wrap : (call) => inner(() => wrap(call))
  }

  /** Calls it through the functions passed to `around`. */
  run<A>(call: () => A): A {
    return this.wrap === null ? call() : (this.wrap(call) as A)
  }
}

/** A task for a worker thread. Its headers are those of each of its records. `tracing:ackstream.worker:*` */
export class WorkerMessage implements OperationMessage {
  readonly carried: Carried<unknown>
  readonly added: SentHeader[] = []
  declare error?: unknown

  constructor(carried: Carried<unknown>) {
    this.carried = carried
  }

  /** Within `start`: adds this header to each record for the thread, and replaces those of this name. */
  setHeader(name: string, value: string): void {
    this.added.push({ name, value })
  }
}

/** A commit of offsets, or of a transaction, from the request to its answer. `tracing:ackstream.settle:*` */
export interface SettleMessage extends OperationMessage {
  readonly groupId: string | null
  readonly transactionalId: string | null
  /** empty for a transaction: offsets of its groups were sent before */
  readonly offsets: readonly Committed[]
}

export const sending = new OperationChannel<SendMessage>('ackstream.send')
export const fetching = new OperationChannel<FetchMessage>('ackstream.fetch')
export const receiving = new OperationChannel<ReceiveMessage>('ackstream.receive')
export const processing = new OperationChannel<ProcessMessage>('ackstream.process')
export const working = new OperationChannel<WorkerMessage>('ackstream.worker')
export const settling = new OperationChannel<SettleMessage>('ackstream.settle')

/** A turn of deliveries begins: checks whether there are subscribers to it, and to handlers. */
export const lookForListeners = (): void => {
  receiving.look()
  processing.look()
  working.look()
}

/** Replaces headers of the same names. */
export const withHeaders = <H extends SentHeader | Header>(
  headers: readonly H[],
  added: readonly H[]
): readonly H[] => [...headers.filter(({ name }) => added.every((one) => one.name !== name)), ...added]
