import { Subscription } from 'rxjs'
import { realClock } from '../../internal/real-clock.js'
import { nameOfSource } from '../../internal/source-names.js'
import { listOf, optional, problemsWithOptions, refuseWrong, truth, withMethods } from '../../model/check-arguments.js'
import type { ConsumerStatus, PartitionStatus } from '../../model/consumer-status.js'
import type { ProducerStatus } from '../../model/producer-status.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import type { ConsumerSource } from '../log-to.js'
import { Counters } from './counters.js'
import { isShareConsumer, MeasuredShare, type MeasuredShareConsumer } from './measured-share.js'
import { prometheusText } from './prometheus-text.js'
import { type Labels, type MetricFamily, Samples } from './samples.js'
import type { ShareScalingSignal } from './share-scaling.js'
import { ScalingMeter, type ScalingOptions, scalingRules, type ScalingSignal } from './scaling.js'

/** The part of a consumer that is measured. */
export interface MeasuredConsumer extends ConsumerSource {
  status(): ConsumerStatus
}

/** The part of a producer that is measured. */
export interface MeasuredProducer {
  status(): ProducerStatus
}

/** What `metrics` measures. */
export interface MetricsOptions extends ScalingOptions {
  /** consumers and share consumers */
  readonly consumers?: readonly (MeasuredConsumer | MeasuredShareConsumer)[]
  readonly producers?: readonly MeasuredProducer[]
  /** Whether values have a label for their partition: many partitions make many series. @default false */
  readonly partitions?: boolean
}

/** The measurements, at any time. */
export interface Metrics {
  /** All values now. */
  families(): readonly MetricFamily[]
  /** All values now in Prometheus's text format; its Content-Type is `prometheusContentType`. */
  text(): string
  /** The scaling signal of all consumers together, for KEDA's metrics-api scaler. */
  scaling(): {
    readonly membersNeeded: number
    readonly consumers: readonly (ScalingSignal | ShareScalingSignal)[]
  }
  /** Stops counting. */
  close(): void
}

/**
 * Measures consumers, share consumers and producers. Counters count from this call on; gauges are read when they are requested. There is
 * no cost per record. Labels are groups, topics and, if enabled, partitions: never keys or values.
 *
 * @throws ConsumerError with a `ConfigFault`
 *
 * @example
 * const measured = metrics({ consumers: [orders], producers: [invoices] })
 * createServer((_, answer) => answer.setHeader('Content-Type', prometheusContentType).end(measured.text()))
 */
export const metrics = (options: MetricsOptions): Metrics => {
  refuseWrong(
    problemsWithOptions('metrics', options, {
      consumers: optional(listOf(aConsumer, 'a list of consumers')),
      producers: optional(listOf(aProducer, 'a list of producers')),
      partitions: optional(truth),
      ...scalingRules
    })
  )
  return new Measured(options)
}

const buckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

class Measured implements Metrics {
  private readonly consumers: readonly (MeasuredOne | MeasuredShare)[]
  private readonly producers: readonly (readonly [MeasuredProducer, Labels])[]

  constructor({ consumers = [], producers = [], partitions = false, ...scaling }: MetricsOptions) {
    this.consumers = consumers.map((consumer) =>
      isShareConsumer(consumer)
        ? new MeasuredShare(consumer)
        : new MeasuredOne(consumer, partitions, new ScalingMeter(scaling))
    )
    this.producers = producers.map((producer, index) => [
      producer,
      { producer: `${nameOfSource(producer) ?? 'producer'} ${String(index)}` }
    ])
  }

  families(): readonly MetricFamily[] {
    const samples = new Samples()
    for (const consumer of this.consumers) consumer.collect(samples)
    for (const [producer, labels] of this.producers) collectProducer(producer.status(), labels, samples)
    return samples.all
  }

  text(): string {
    return prometheusText(this.families())
  }

  scaling(): ReturnType<Metrics['scaling']> {
    const consumers = this.consumers.map((one): ScalingSignal | ShareScalingSignal => one.scaling())
    return { membersNeeded: consumers.reduce((sum, { membersNeeded }) => sum + membersNeeded, 0), consumers }
  }

  close(): void {
    for (const consumer of this.consumers) consumer.close()
  }
}

class MeasuredOne {
  private readonly consumer: MeasuredConsumer
  private readonly byPartition: boolean
  private readonly meter: ScalingMeter
  private readonly counters: Counters
  /** delivered and settled records of each reading, as counted so far */
  private readonly counted = new Map<string, readonly [delivered: number, settled: number]>()
  private readonly subscriptions = new Subscription()
  private readonly group: Labels

  constructor(consumer: MeasuredConsumer, byPartition: boolean, meter: ScalingMeter) {
    this.consumer = consumer
    this.byPartition = byPartition
    this.meter = meter
    this.group = { group: consumer.status().groupId ?? '' }
    this.counters = new Counters(this.group)
    this.subscriptions.add(
      consumer.commits.subscribe(({ _tag }) => {
        this.counters.count('ackstream_consumer_commits_total', { outcome: _tag })
      })
    )
    this.subscriptions.add(
      consumer.events.subscribe(({ _tag }) => {
        this.counters.count('ackstream_consumer_events_total', { event: _tag })
      })
    )
    this.subscriptions.add(
      consumer.rebalances.subscribe((event) => {
        this.rebalanced(event)
      })
    )
  }

  collect(samples: Samples): void {
    const status = this.consumer.status()
    const { group } = this
    this.countRecords(status.partitions)
    this.counters.collect(samples)
    samples.add('ackstream_consumer_phase', { ...group, phase: status.phase }, 1)
    for (const { for: kind } of status.waits) samples.add('ackstream_consumer_waits', { ...group, for: kind }, 1)
    for (const one of status.partitions) {
      const labels = this.labelsOf(one)
      samples.add('ackstream_consumer_assigned_partitions', { ...group, topic: one.topic }, 1)
      samples.add('ackstream_consumer_in_flight_records', labels, one.inFlight)
      if (one.lag !== null) samples.add('ackstream_consumer_lag_records', labels, one.lag)
      if (one.behind !== null) samples.add('ackstream_consumer_behind_records', labels, one.behind)
      if (one.lagMs !== null) samples.most('ackstream_consumer_lag_seconds', labels, one.lagMs / 1_000)
      samples.most('ackstream_consumer_oldest_unsettled_seconds', labels, (one.oldest?.ageMs ?? 0) / 1_000)
    }
    samples.add('ackstream_consumer_members_needed', group, this.meter.update(status, realClock.now()).membersNeeded)
  }

  scaling(): ScalingSignal {
    return this.meter.update(this.consumer.status(), realClock.now())
  }

  close(): void {
    this.subscriptions.unsubscribe()
  }

  private labelsOf({ topic, partition }: PartitionStatus): Labels {
    return { ...this.group, topic, ...(this.byPartition ? { partition: String(partition) } : {}) }
  }

  private rebalanced(event: RebalanceEvent): void {
    // Partitions are counted before they are gone.
    if (event._tag === 'revoking' || event._tag === 'lost') this.countRecords(this.consumer.status().partitions)
    if (event._tag !== 'revoking') this.counters.count('ackstream_consumer_rebalances_total', { kind: event._tag })
    if (event._tag !== 'assigned' || event.rebalance === null) return
    const { drainMs, joinMs, syncMs } = event.rebalance
    const seconds = (drainMs + joinMs + syncMs) / 1_000
    const name = 'ackstream_consumer_rebalance_duration_seconds'
    for (const le of [...buckets, Infinity])
      this.counters.count(name, { le: le === Infinity ? '+Inf' : String(le) }, seconds <= le ? 1 : 0, '_bucket')
    this.counters.count(name, {}, seconds, '_sum')
    this.counters.count(name, {}, 1, '_count')
  }

  private countRecords(partitions: readonly PartitionStatus[]): void {
    for (const one of partitions) {
      const key = `${one.topic}/${String(one.partition)}`
      const [delivered, settled] = this.counted.get(key) ?? [0, 0]
      const { topic } = one
      const labels = { topic, ...(this.byPartition ? { partition: String(one.partition) } : {}) }
      // A new reading of it counts from 0.
      this.counters.count(
        'ackstream_consumer_delivered_records_total',
        labels,
        one.delivered < delivered ? one.delivered : one.delivered - delivered
      )
      this.counters.count(
        'ackstream_consumer_settled_records_total',
        labels,
        one.settled < settled ? one.settled : one.settled - settled
      )
      this.counted.set(key, [one.delivered, one.settled])
    }
    const kept = new Set(partitions.map(({ topic, partition }) => `${topic}/${String(partition)}`))
    for (const key of this.counted.keys()) if (!kept.has(key)) this.counted.delete(key)
  }
}

const collectProducer = (status: ProducerStatus, labels: Labels, samples: Samples): void => {
  samples.add('ackstream_producer_confirmed_records_total', labels, status.confirmed)
  samples.add('ackstream_producer_failed_records_total', labels, status.failed)
  samples.add('ackstream_producer_retries_total', labels, status.retries)
  samples.add('ackstream_producer_queued_records', labels, status.queued)
  samples.add('ackstream_producer_in_flight_records', labels, status.inFlight)
  samples.add('ackstream_producer_oldest_seconds', labels, (status.oldestMs ?? 0) / 1_000)
  samples.add('ackstream_producer_buffer_bytes', labels, status.bufferBytes)
  samples.add('ackstream_producer_buffer_limit_bytes', labels, status.bufferMemory)
}

const aProducer = withMethods('a producer', 'status')
const aConsumer = {
  allowed: 'a consumer',
  holds: (given: unknown): boolean =>
    aProducer.holds(given) &&
    [
      ['events', 'commits', 'rebalances'],
      ['events', 'acknowledgements']
    ].some((names) => names.every((name) => name in (given as object)))
}
