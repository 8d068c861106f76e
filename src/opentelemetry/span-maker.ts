import type { OperationChannel, OperationMessage } from '../internal/operation-channel.js'
import { realClock } from '../internal/real-clock.js'
import {
  processing,
  type ProcessMessage,
  receiving,
  type SendMessage,
  sending,
  type SettleMessage,
  settling,
  working,
  type WorkerMessage
} from '../internal/trace-channels.js'
import type { Carried } from '../model/carried.js'
import { ConsumerError, faultOfError } from '../model/consumer-error.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import { reasonOf } from '../model/printable.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { OpenTelemetryApi, OtelContext, OtelLink, OtelSpan, OtelTracer, Setter } from './api.js'
import { Contexts } from './contexts.js'
import {
  carrierOf,
  errorAttributes,
  factAttributes,
  operationAttributes,
  type OperationFacts,
  type OperationType,
  spanKind,
  spanName,
  statusError
} from './conventions.js'
import type { Tracing, TracingOptions } from './tracing.js'

/** Creates a span for each operation in the library's channels. */
export class SpanMaker implements Tracing {
  private readonly api: OpenTelemetryApi
  private readonly tracer: OtelTracer
  private readonly contexts: Contexts
  private readonly childOfProducer: boolean
  private readonly spans = new WeakMap<object, OtelSpan>()
  private readonly stops: (() => void)[] = []

  constructor(api: OpenTelemetryApi, { tracer, operations, childOfProducer = true }: TracingOptions) {
    this.api = api
    this.tracer = tracer ?? api.trace.getTracer('ackstream')
    this.contexts = new Contexts(api)
    this.childOfProducer = childOfProducer
    const has = (type: OperationType): boolean => operations === undefined || operations.includes(type)
    if (has('send')) this.listen(sending, (message) => this.send(message), factsSent)
    if (has('receive')) this.listenToDeliveries()
    if (has('process')) this.listen(processing, (message) => this.process(message))
    this.addListener(working, {
      start: (message) => {
        this.work(message)
      }
    })
    if (has('settle')) this.listen(settling, (message) => this.settle(message))
  }

  contextOf(carried: Carried<unknown>): OtelContext {
    return this.contexts.of(carried)
  }

  unsubscribe(): void {
    for (const stop of this.stops.splice(0)) stop()
  }

  /** A span from the start of each operation to its end. */
  private listen<M extends OperationMessage>(
    channel: OperationChannel<M>,
    begin: (message: M) => OtelSpan,
    facts: (message: M) => OperationFacts = () => ({})
  ): void {
    this.addListener(channel, {
      start: (message) => {
        this.spans.set(message, begin(message))
      },
      asyncEnd: (message) => {
        const span = this.spans.get(message)
        this.spans.delete(message)
        if (span === undefined) return
        span.setAttributes(factAttributes(facts(message)))
        if ('error' in message) fail(span, message.error)
        span.end()
      }
    })
  }

  private addListener<M extends OperationMessage>(
    channel: OperationChannel<M>,
    listeners: Parameters<OperationChannel<M>['listen']>[0]
  ): void {
    const stop = channel.listen(listeners)
    if (stop === null) {
      this.unsubscribe()
      const reason = 'traces need node:diagnostics_channel and process.getBuiltinModule: Node 20.16, 22.3 or later'
      throw new ConsumerError({ _tag: 'UsageFault', reason })
    }
    this.stops.push(stop)
  }

  private send(message: SendMessage): OtelSpan {
    const { api, contexts } = this
    const { carried, topic, partition } = message
    const parent = carried === null ? api.context.active() : contexts.of(carried)
    const own = this.ownContext(message)
    const links = own === null ? [] : [own]
    const span = this.span('send', { topic, partition }, spanKind.producer, parent, links)
    // A context that the user added stays: the span links to it.
    if (own === null) api.propagation.inject(api.trace.setSpan(parent, span), {}, setterOf(message))
    return span
  }

  /** The context in its headers, unless it was copied from the record from which it was made. */
  private ownContext({ carried, headers }: SendMessage): OtelLink | null {
    if (headers.length === 0) return null
    const { api, contexts } = this
    const carrier = carrierOf(headers)
    if (!api.propagation.fields().some((name) => name in carrier)) return null
    const context = contexts.spanIn(contexts.extracted(headers))
    if (context === null || (carried !== null && contexts.isFrom(carried, context))) return null
    return { context }
  }

  /** The delivered records are known at the end; a turn without any has no span. */
  private listenToDeliveries(): void {
    const begun = new WeakMap<object, number>()
    this.addListener(receiving, {
      start: (message) => {
        begun.set(message, realClock.wallTime())
      },
      asyncEnd: (message) => {
        const { topic, partition, groupId, records } = message
        if (records.length === 0) return
        const facts = { topic, partition, groupId, count: records.length }
        const links = this.contexts.linksTo(records)
        this.span('receive', facts, spanKind.client, this.api.ROOT_CONTEXT, links, begun.get(message)).end()
      }
    })
  }

  private process(message: ProcessMessage): OtelSpan {
    const { api, contexts } = this
    const { carried, records, groupId } = message
    const [first] = records
    const isSingle = records.length === 1
    const parent = isSingle && this.childOfProducer && first !== undefined ? contexts.created(first) : api.ROOT_CONTEXT
    const links = contexts.linksTo(records)
    const facts = { ...(isSingle ? factsOf(first) : commonFacts(records)), groupId }
    const span = this.span('process', facts, spanKind.consumer, parent, links)
    const context = api.trace.setSpan(parent, span)
    contexts.note(carried, context)
    message.around((call) => api.context.with(context, call))
    return span
  }

  private work(message: WorkerMessage): void {
    const { api, contexts } = this
    api.propagation.inject(contexts.of(message.carried), {}, setterOf(message))
  }

  private settle({ groupId, offsets }: SettleMessage): OtelSpan {
    const [first] = offsets
    const facts = { ...(offsets.length === 1 ? first : commonFacts(offsets)), groupId }
    return this.span('settle', facts, spanKind.client, this.api.ROOT_CONTEXT, [])
  }

  private span(
    type: OperationType,
    facts: OperationFacts,
    kind: number,
    parent: OtelContext,
    links: OtelLink[],
    startTime?: number
  ): OtelSpan {
    const attributes = operationAttributes(type, facts)
    const options = { kind, attributes, links, ...(startTime === undefined ? {} : { startTime }) }
    return this.tracer.startSpan(spanName(type, facts.topic), options, parent)
  }
}

const setterOf = (message: SendMessage | WorkerMessage): Setter => ({
  set: (_carrier, name, value) => {
    message.setHeader(name, value)
  }
})

const fail = (span: OtelSpan, error: unknown): void => {
  const type = faultOfError(error)?._tag ?? (error instanceof Error ? error.name : 'error')
  span.setAttributes(errorAttributes(type))
  span.setStatus({ code: statusError, message: reasonOf(error) })
}

const factsSent = ({ partition, offset }: SendMessage): OperationFacts => ({ partition, offset })

const factsOf = (record: ConsumerRecord<unknown, unknown> | undefined): OperationFacts =>
  record === undefined
    ? {}
    : {
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
        isTombstone: record.source.value === null
      }

/** What all partitions have in common. */
const commonFacts = (places: readonly TopicPartition[]): OperationFacts => {
  const [first] = places
  const count = places.length
  if (first === undefined) return { count }
  const { topic, partition } = first
  const isOfTopic = places.every((one) => one.topic === topic)
  const isOfPartition = isOfTopic && places.every((one) => one.partition === partition)
  return { count, ...(isOfTopic ? { topic } : {}), ...(isOfPartition ? { partition } : {}) }
}
