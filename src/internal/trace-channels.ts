import { recordsOf } from '../model/aggregate.js'
import type { Carried } from '../model/carried.js'
import type { Committed } from '../model/committed.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { Header } from '../model/header.js'
import type { OperatorName } from '../model/operator-name.js'
import type { Wire } from '../model/producer-record.js'
import type { TopicPartition } from '../model/topic-partition.js'
import { OperationChannel, type OperationMessage } from './operation-channel.js'

/** A header as it is sent. */
export interface SentHeader {
  readonly name: string
  readonly value: Wire
}

/** One record that is written: from the call to its confirmation. `tracing:ackstream.send:*` */
export class SendMessage implements OperationMessage {
  readonly topic: string
  readonly transactional: boolean
  /** what it was made of in a pipeline (`produceTo`, dead letters); null for a producer's own calls */
  readonly carried: Carried<unknown> | null
  /** the partition that the record names; once it is written, the one that it is in */
  partition: number | undefined
  /** -1 before it is written, and under acks 0 */
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

  /** Within `start`: adds a header in place of those of this name. The list that the caller gave stays as it is. */
  setHeader(name: string, value: string): void {
    this.list = withHeaders(this.list, [{ name, value }])
  }
}

/** A Fetch request: from sending it to its answer. `tracing:ackstream.fetch:*` */
export interface FetchMessage extends OperationMessage {
  readonly groupId: string | null
  /** the broker's id */
  readonly node: number
  /** once it is answered: the topics that records came of */
  topics: readonly string[]
  /** once it is answered: as the headers of its batches say */
  records: number
  bytes: number
}

/** Records of a partition that a pipeline gets in one turn. `tracing:ackstream.receive:*` */
export interface ReceiveMessage extends OperationMessage, TopicPartition {
  readonly groupId: string | null
  /** complete at the end */
  readonly records: ConsumerRecord[]
}

/** One call of a handler, or of a sink's `write`: an attempt. `tracing:ackstream.process:*` */
export class ProcessMessage implements OperationMessage {
  readonly operator: OperatorName
  /** what the handler is called with: a record, or what was made of several */
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

  /** The records in it. */
  get records(): readonly ConsumerRecord<unknown, unknown>[] {
    return recordsOf(this.carried)
  }

  /** Within `start`: the handler is called by this function, which has to call what it is given. Several nest. */
  around(wrap: <A>(call: () => A) => A): void {
    const { wrap: inner } = this
    this.wrap = inner === null ? wrap : (call) => inner(() => wrap(call))
  }

  /** Calls it as `around` says. */
  run<A>(call: () => A): A {
    return this.wrap === null ? call() : (this.wrap(call) as A)
  }
}

/** A task that a worker thread gets. Its headers are those of each record in it. `tracing:ackstream.worker:*` */
export class WorkerMessage implements OperationMessage {
  readonly carried: Carried<unknown>
  readonly added: SentHeader[] = []
  declare error?: unknown

  constructor(carried: Carried<unknown>) {
    this.carried = carried
  }

  /** Within `start`: the thread finds this header in each record, in place of those of this name. */
  setHeader(name: string, value: string): void {
    this.added.push({ name, value })
  }
}

/** Offsets that are committed, or a transaction: from the request to its answer. `tracing:ackstream.settle:*` */
export interface SettleMessage extends OperationMessage {
  readonly groupId: string | null
  readonly transactionalId: string | null
  /** none of a transaction: those of each group were sent before */
  readonly offsets: readonly Committed[]
}

export const sending = new OperationChannel<SendMessage>('ackstream.send')
export const fetching = new OperationChannel<FetchMessage>('ackstream.fetch')
export const receiving = new OperationChannel<ReceiveMessage>('ackstream.receive')
export const processing = new OperationChannel<ProcessMessage>('ackstream.process')
export const working = new OperationChannel<WorkerMessage>('ackstream.worker')
export const settling = new OperationChannel<SettleMessage>('ackstream.settle')

/** A turn of deliveries begins: finds out whether somebody listens to it, and to what its handlers do. */
export const lookForListeners = (): void => {
  receiving.look()
  processing.look()
  working.look()
}

/** These headers in place of those of their names. */
export const withHeaders = <H extends SentHeader | Header>(
  headers: readonly H[],
  added: readonly H[]
): readonly H[] => [...headers.filter(({ name }) => added.every((one) => one.name !== name)), ...added]
