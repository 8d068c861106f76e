// Metrics as others read them: a parser of Prometheus' text, prom-client's registry, OpenTelemetry's SDK.
import assert from 'node:assert/strict'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { commit, consumer, eachPartition, handle, producer, subscribe } from 'ackstream'
import { metricCatalog, metrics, observeWith, registerWith } from 'ackstream/metrics'
import { memoryCluster } from 'ackstream/testing'
import parse from 'parse-prometheus-text-format'
import client from 'prom-client'
import { firstValueFrom } from 'rxjs'

const records = 100
const topic = 'orders "in" EU\\x'.replaceAll(/[^a-z]/gi, '-')
const cluster = memoryCluster({ topics: { [topic]: 2 } })
const orders = consumer(cluster, { 'group.id': 'a "quoted" \\ name', 'auto.offset.reset': 'earliest', subscription: subscribe(topic) })
const writer = producer(cluster)
const measured = metrics({ consumers: [orders], producers: [writer], partitions: true })
const done = new Promise((resolve) => {
  let handled = 0
  orders
    .pipe(eachPartition((p) => p.pipe(handle(() => (++handled === records ? setTimeout(resolve, 200) : undefined)), commit({ every: 1 }))))
    .subscribe()
})
for (let number = 0; number < records; number++) await firstValueFrom(writer.send({ topic, key: String(number), value: 'x' }))
await done

const sum = (samples) => samples.reduce((all, { value }) => all + Number(value), 0)

const families = new Map(parse(measured.text()).map((family) => [family.name, family]))
for (const [name, { type }] of Object.entries(metricCatalog)) {
  const family = families.get(name)
  if (family === undefined) continue
  assert.equal(family.type, type.toUpperCase(), name)
  assert.ok(family.help.length > 10, name)
}
const delivered = families.get('ackstream_consumer_delivered_records_total')
assert.equal(sum(delivered.metrics), records)
assert.equal(delivered.metrics.length, 2)
assert.equal(delivered.metrics[0].labels.group, 'a "quoted" \\ name')

registerWith(client.register, measured)
const registered = await client.register.getMetricsAsJSON()
assert.equal(sum(registered.find(({ name }) => name === 'ackstream_consumer_delivered_records_total').values), records)
const again = new Map(parse(await client.register.metrics()).map((family) => [family.name, family]))
for (const [name, family] of families) {
  assert.equal(again.get(name)?.type, family.type, name)
  assert.equal(again.get(name).metrics.length, family.metrics.length, name)
}

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 })
const provider = new MeterProvider({ readers: [reader] })
observeWith(provider.getMeter('ackstream'), measured)
await reader.forceFlush()
const points = new Map(
  exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all.map((one) => [one.descriptor.name, one])))
)
assert.equal(sum(points.get('ackstream.consumer.delivered').dataPoints), records)
assert.equal(points.get('ackstream.consumer.delivered').isMonotonic, true)
assert.ok(points.has('ackstream.consumer.lag'))
await provider.shutdown()
await orders.drain()
await writer.close()
console.log('fine')
