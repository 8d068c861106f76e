/** How to read a metric. */
export type MetricType = 'counter' | 'gauge' | 'histogram'

/** The description of a metric. */
export interface MetricDescription {
  readonly type: MetricType
  readonly help: string
  /** in UCUM, as OpenTelemetry names units */
  readonly unit: string
  readonly labels: readonly string[]
}

const ofTopic = ['group', 'topic', 'partition'] as const
const ofGroup = ['group'] as const
const ofProducer = ['producer'] as const

/**
 * Every metric, by its name in Prometheus. In OpenTelemetry a name has dots, and neither unit nor `_total`. The label
 * `partition` is present only if it is enabled.
 *
 * @example
 * for (const [name, { type, help }] of Object.entries(metricCatalog)) console.log(name, type, help)
 */
// prettier-ignore
export const metricCatalog = {
  ackstream_consumer_delivered_records_total: { type: 'counter', unit: '{record}', labels: ofTopic, help: 'Records delivered to the pipeline.' },
  ackstream_consumer_settled_records_total: { type: 'counter', unit: '{record}', labels: ofTopic, help: 'Records acknowledged, filtered out, skipped or dead-lettered.' },
  ackstream_consumer_lag_records: { type: 'gauge', unit: '{record}', labels: ofTopic, help: 'Log end minus committed offset, as kafka-consumer-groups.sh counts.' },
  ackstream_consumer_behind_records: { type: 'gauge', unit: '{record}', labels: ofTopic, help: 'Log end minus position: not delivered yet.' },
  ackstream_consumer_lag_seconds: { type: 'gauge', unit: 's', labels: ofTopic, help: 'Age of the record delivered last, by its timestamp; 0 when all are delivered. The maximum of the partitions.' },
  ackstream_consumer_in_flight_records: { type: 'gauge', unit: '{record}', labels: ofTopic, help: 'Delivered records whose credit is not returned.' },
  ackstream_consumer_oldest_unsettled_seconds: { type: 'gauge', unit: 's', labels: ofTopic, help: 'For how long the first unsettled record has been delivered. The maximum of the partitions.' },
  ackstream_consumer_assigned_partitions: { type: 'gauge', unit: '{partition}', labels: ['group', 'topic'], help: 'Partitions assigned to the member.' },
  ackstream_consumer_phase: { type: 'gauge', unit: '1', labels: ['group', 'phase'], help: '1 for the phase that the consumer is in.' },
  ackstream_consumer_waits: { type: 'gauge', unit: '{wait}', labels: ['group', 'for'], help: 'What it waits for: reconnecting, waiting, joining, throttled.' },
  ackstream_consumer_commits_total: { type: 'counter', unit: '{commit}', labels: ['group', 'outcome'], help: 'Commits, by outcome: stored, retrying, dropped.' },
  ackstream_consumer_rebalances_total: { type: 'counter', unit: '{rebalance}', labels: ['group', 'kind'], help: 'Rebalance events: assigned, revoked, lost.' },
  ackstream_consumer_events_total: { type: 'counter', unit: '{event}', labels: ['group', 'event'], help: 'All other events, by kind.' },
  ackstream_consumer_rebalance_duration_seconds: { type: 'histogram', unit: 's', labels: ofGroup, help: 'Time from the notice of a rebalance to the assignment.' },
  ackstream_consumer_members_needed: { type: 'gauge', unit: '{member}', labels: ofGroup, help: 'How many members the work of this one needs; the sum over all members is what the group needs.' },
  ackstream_share_consumer_delivered_records_total: { type: 'counter', unit: '{record}', labels: ofGroup, help: 'Records of a share group delivered to the pipeline.' },
  ackstream_share_consumer_acknowledged_records_total: { type: 'counter', unit: '{record}', labels: ['group', 'topic', 'as'], help: 'Records by outcome: accepted, released, rejected; lost: the lock was lost, or the acknowledgement refused.' },
  ackstream_share_consumer_lag_records: { type: 'gauge', unit: '{record}', labels: ['group', 'topic'], help: 'Records of the whole share group that are neither acknowledged nor archived, as kafka-share-groups.sh counts; every member reports the same.' },
  ackstream_share_consumer_in_flight_records: { type: 'gauge', unit: '{record}', labels: ofGroup, help: 'Records that are acquired and not acknowledged.' },
  ackstream_share_consumer_oldest_seconds: { type: 'gauge', unit: 's', labels: ofGroup, help: 'For how long the oldest record in flight has been acquired.' },
  ackstream_share_consumer_assigned_partitions: { type: 'gauge', unit: '{partition}', labels: ['group', 'topic'], help: 'Partitions that the member fetches from; other members may fetch from them too.' },
  ackstream_share_consumer_phase: { type: 'gauge', unit: '1', labels: ['group', 'phase'], help: '1 for the phase that the share consumer is in.' },
  ackstream_share_consumer_events_total: { type: 'counter', unit: '{event}', labels: ['group', 'event'], help: 'Its events, by kind.' },
  ackstream_share_consumer_members_needed: { type: 'gauge', unit: '{member}', labels: ofGroup, help: 'How many members the work of this one needs; the sum over all members is what the share group needs.' },
  ackstream_producer_confirmed_records_total: { type: 'counter', unit: '{record}', labels: ofProducer, help: 'Records confirmed by Kafka.' },
  ackstream_producer_failed_records_total: { type: 'counter', unit: '{record}', labels: ofProducer, help: 'Records that failed.' },
  ackstream_producer_retries_total: { type: 'counter', unit: '{batch}', labels: ofProducer, help: 'Batches that were sent again.' },
  ackstream_producer_queued_records: { type: 'gauge', unit: '{record}', labels: ofProducer, help: 'Records accepted by send and not sent.' },
  ackstream_producer_in_flight_records: { type: 'gauge', unit: '{record}', labels: ofProducer, help: 'Records sent and not answered.' },
  ackstream_producer_oldest_seconds: { type: 'gauge', unit: 's', labels: ofProducer, help: 'For how long the oldest batch has waited to be confirmed.' },
  ackstream_producer_buffer_bytes: { type: 'gauge', unit: 'By', labels: ofProducer, help: 'Bytes of batches that are not settled.' },
  ackstream_producer_buffer_limit_bytes: { type: 'gauge', unit: 'By', labels: ofProducer, help: 'buffer.memory.' }
} as const satisfies Readonly<Record<string, MetricDescription>>

/** The name of a metric of `metricCatalog`. */
export type MetricName = keyof typeof metricCatalog
