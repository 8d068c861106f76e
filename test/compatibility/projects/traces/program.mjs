// Spans in the in-memory exporter of OpenTelemetry's SDK.
import assert from 'node:assert/strict'
import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { commit, consumer, eachPartition, exponential, handle, produceTo, producer, subscribe } from 'ackstream'
import { traceWith } from 'ackstream/opentelemetry'
import { memoryCluster } from 'ackstream/testing'

const exporter = new InMemorySpanExporter()
const processor = new SimpleSpanProcessor(exporter)
const provider = new BasicTracerProvider({ spanProcessors: [processor] })
provider.addSpanProcessor?.(processor)
api.trace.setGlobalTracerProvider(provider)
api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
api.propagation.setGlobalPropagator(new W3CTraceContextPropagator())
const tracing = traceWith(api)

const cluster = memoryCluster({ topics: { orders: 1, invoices: 1 } })
const orders = consumer(cluster, { 'group.id': 'billing', 'auto.offset.reset': 'earliest', subscription: subscribe('orders') })
const writer = producer(cluster)
const active = []
let attempts = 0
const done = new Promise((resolve) => {
  orders
    .pipe(
      eachPartition((partition) =>
        partition.pipe(
          handle(
            async () => {
              await new Promise((later) => setTimeout(later, 1))
              active.push(api.trace.getActiveSpan().spanContext().spanId)
              if (++attempts === 1) throw new TypeError('once')
              return 'invoice'
            },
            { retry: { attempts: 2, backoff: exponential({ initialMs: 1, maxMs: 1 }) } }
          ),
          produceTo(cluster, { topic: 'invoices', record: ({ value }) => ({ value }) }),
          commit({ every: 1 })
        )
      )
    )
    .subscribe(resolve)
})
await api.trace.getTracer('test').startActiveSpan('request', async (request) => {
  await writer.send({ topic: 'orders', key: 'a', value: 'secret' })
  request.end()
})
await done
await orders.drain()
await writer.close()
tracing.unsubscribe()

// SDK 1.30 takes its processor in both ways, and exports each span twice.
const spans = [...new Set(exporter.getFinishedSpans())]
const named = (name) => spans.filter((span) => span.name === name)
const idOf = (span) => span.spanContext().spanId
const parentOf = (span) => span.parentSpanContext?.spanId ?? span.parentSpanId
const [request] = named('request')
const [sent] = named('send orders')
const [first, second] = named('process orders')
const [invoice] = named('send invoices')
const [delivered] = named('poll orders')
const [committed] = named('commit orders')
assert.equal(parentOf(sent), idOf(request))
assert.deepEqual([first, second].map(parentOf), [idOf(sent), idOf(sent)])
assert.deepEqual(active, [idOf(first), idOf(second)])
assert.equal(parentOf(invoice), idOf(second))
for (const span of [sent, first, second, invoice]) assert.equal(span.spanContext().traceId, request.spanContext().traceId)
assert.deepEqual([sent.kind, first.kind, delivered.kind, committed.kind], [
  api.SpanKind.PRODUCER, api.SpanKind.CONSUMER, api.SpanKind.CLIENT, api.SpanKind.CLIENT
]) // prettier-ignore
assert.equal(first.status.code, api.SpanStatusCode.ERROR)
assert.equal(first.attributes['error.type'], 'TypeError')
assert.equal(second.status.code, api.SpanStatusCode.UNSET)
assert.deepEqual(delivered.links.map(({ context }) => context.spanId), [idOf(sent)])
assert.deepEqual([sent, delivered, first, committed].map(({ attributes }) => attributes['messaging.operation.type']), [
  'send', 'receive', 'process', 'settle'
]) // prettier-ignore
for (const span of spans) {
  assert.ok(!JSON.stringify([span.name, span.attributes]).includes('secret'))
  assert.ok(span.name === 'request' || span.attributes['messaging.system'] === 'kafka')
}
const [{ headers }] = cluster.records({ topic: 'invoices', partition: 0 })
assert.equal(new TextDecoder().decode(headers[0].value), `00-${request.spanContext().traceId}-${idOf(invoice)}-01`)
console.log('fine')
