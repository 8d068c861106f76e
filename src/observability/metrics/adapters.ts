import { problemsWith, refuseWrong, withMethods } from '../../model/check-arguments.js'
import { metricCatalog, type MetricName } from './catalog.js'
import type { Metrics } from './metrics.js'
import type { Labels } from './samples.js'

/** The part of prom-client's `Registry` that is needed. */
export interface PromRegistry {
  registerMetric(metric: never): void
}

/**
 * Adds these metrics to a registry of prom-client (14 and later).
 *
 * @throws ConsumerError with a `ConfigFault`
 *
 * @example
 * registerWith(promClient.register, metrics({ consumers: [orders] }))
 */
export const registerWith = (registry: PromRegistry, metrics: Metrics): void => {
  refuseWrong(
    problemsWith('registerWith: registry', registry, withMethods('a Registry of prom-client', 'registerMetric')),
    problemsWith('registerWith: metrics', metrics, measured)
  )
  for (const name of Object.keys(metricCatalog) as MetricName[]) {
    const { type, help } = metricCatalog[name]
    const get = (): Promise<object> => {
      const samples = metrics.families().find((family) => family.name === name)?.samples ?? []
      const values = samples.map(({ suffix, labels, value }) => ({ labels, value, metricName: name + suffix }))
      return Promise.resolve({ name, help, type, values, aggregator: 'sum' })
    }
    registry.registerMetric({
      name,
      help,
      type,
      aggregator: 'sum',
      collect: undefined,
      get,
      reset: () => undefined
    } as never)
  }
}

interface Observer {
  observe(instrument: never, value: number, attributes: Labels): void
}

/** The part of OpenTelemetry's `Meter` that is needed. */
export interface OtelMeter {
  createObservableGauge(name: string, options: { readonly description: string; readonly unit: string }): object
  createObservableCounter(name: string, options: { readonly description: string; readonly unit: string }): object
  addBatchObservableCallback(callback: (result: never) => void, instruments: never[]): void
}

/**
 * Makes a meter of OpenTelemetry observe these metrics. Names have dots there; histograms are observed as their sum and
 * count.
 *
 * @throws ConsumerError with a `ConfigFault`
 *
 * @example
 * observeWith(metrics.getMeter('ackstream'), measured)
 */
export const observeWith = (meter: OtelMeter, metrics: Metrics): void => {
  const allowed = 'a Meter of OpenTelemetry'
  const methods = ['createObservableGauge', 'createObservableCounter', 'addBatchObservableCallback']
  refuseWrong(
    problemsWith('observeWith: meter', meter, withMethods(allowed, ...methods)),
    problemsWith('observeWith: metrics', metrics, measured)
  )
  const instruments = new Map<string, object>()
  for (const name of Object.keys(metricCatalog) as MetricName[]) {
    const { type, help: description, unit } = metricCatalog[name]
    const create = (suffix: string, isCounter: boolean): void => {
      const options = { description, unit }
      const known = otelName(name) + suffix
      instruments.set(
        name + suffix.replace('.', '_'),
        isCounter ? meter.createObservableCounter(known, options) : meter.createObservableGauge(known, options)
      )
    }
    if (type === 'histogram') for (const suffix of ['.sum', '.count']) create(suffix, true)
    else create('', type === 'counter')
  }
  const callback = (result: Observer): void => {
    for (const { name, samples } of metrics.families())
      for (const { suffix, labels, value } of samples) {
        const instrument = instruments.get(name + suffix)
        if (instrument !== undefined) result.observe(instrument as never, value, labels)
      }
  }
  meter.addBatchObservableCallback(callback, [...instruments.values()] as never[])
}

const measured = withMethods('metrics(…)', 'families', 'text')

/** `ackstream.consumer.delivered` of `ackstream_consumer_delivered_records_total`. */
const otelName = (name: MetricName): string => {
  const bare = name.replace(/_total$/, '').replace(/_(records|seconds|bytes)$/, '')
  const [library = '', of = '', ...rest] = bare.split('_')
  return [library, of, rest.join('_') + (name.includes('lag_seconds') ? '_time' : '')].join('.')
}
