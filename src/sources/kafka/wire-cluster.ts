import type { Admin as KafkajsAdmin } from 'kafkajs'
import { Subject } from 'rxjs'
import type { ProducerSettings } from '../../config/producer-config.js'
import type { ConnectionSettings } from '../../config/connection-settings.js'
import type { ClientKind } from '../../core/telemetry/client-meter.js'
import { realClock } from '../../internal/real-clock.js'
import type { ClusterEvent } from '../../model/cluster-event.js'
import type { Throttled, ThrottleOver } from '../../model/throttled.js'
import { administering } from '../../ports/administering.js'
import { creatingTopics } from '../../ports/creating-topics.js'
import type { Cluster } from '../../ports/cluster.js'
import { openSession } from '../../engine/open-session.js'
import { openShareSession } from '../../engine/share/open-share-session.js'
import { openTransactions } from '../../engine/transactions/open-transactions.js'
import { openProducer } from '../../engine/producing/open-producer.js'
import { kafkaAdmin } from './admin/kafka-admin.js'
import { checksum } from './checksum.js'
import { compressorOf } from './compress.js'
import { createMissingTopics } from './create-topics.js'
import { decompress } from './decompress.js'
import { kafkaCalls } from './kafka-calls.js'
import { BrokerPool, type PoolRim } from './network/broker-pool.js'
import { produceCalls } from './produce-calls.js'
import type { KnownSecrets } from './sasl/known-secrets.js'
import { ClientTelemetry, type TelemetryLabels } from './telemetry/client-telemetry.js'
import { consumerLabels, observedHandlers } from './telemetry/observed-handlers.js'
import { shareCalls } from './share-calls.js'

const throttledTo =
  (handlers: { readonly event: (throttled: Throttled | ThrottleOver) => void }) =>
  (throttled: Throttled | ThrottleOver): void => {
    handlers.event(throttled)
  }

/** A cluster over connections. `made` opens them; `kafkajsAdmin` creates an admin client that is not connected yet. */
export const wireCluster = (
  connection: ConnectionSettings,
  made: Partial<PoolRim>,
  kafkajsAdmin: (secrets: KnownSecrets) => Promise<KafkajsAdmin>
): Cluster => {
  const random = Math.random
  const events = new Subject<ClusterEvent>()
  const report = (event: ClusterEvent): void => {
    events.next(event)
  }
  const rim = { pool: new BrokerPool(connection, { ...made, report }) }
  const observing = (enabled: boolean, kind: ClientKind, labels: TelemetryLabels): ClientTelemetry | null =>
    enabled ? new ClientTelemetry(kind, labels, connection, rim.pool) : null
  const writing = (producer: ProducerSettings, labels: TelemetryLabels) => {
    const compressor = compressorOf(producer.compression)
    const throttles = new Subject<Throttled | ThrottleOver>()
    const calls = produceCalls(connection, producer, compressor?.load, {
      ...rim,
      observer: observing(producer.metricsPush, 'producer', labels),
      throttled: (throttled) => {
        throttles.next(throttled)
      }
    })
    return { calls, clock: realClock, random, settings: producer, compressor, checksum, throttles }
  }
  const reading = { clock: realClock, random, decompress, checksum }
  return {
    _tag: 'Cluster',
    clock: realClock,
    random,
    events: events.asObservable(),
    openConsumer: (consumer, handlers) => {
      const observer = observing(consumer.metricsPush, 'consumer', consumerLabels(consumer))
      const calls = kafkaCalls(connection, consumer, { ...rim, observer, throttled: throttledTo(handlers) })
      const observed = observer === null ? handlers : observedHandlers(handlers, observer)
      return openSession({
        ...reading,
        calls,
        settings: consumer,
        connections: connection.connections,
        handlers: observed
      })
    },
    openShareConsumer: (consumer, handlers) => {
      const calls = shareCalls(connection, { ...rim, throttled: throttledTo(handlers) })
      return openShareSession({ ...reading, calls, settings: consumer, handlers })
    },
    openProducer: (producer) => openProducer(writing(producer, {})),
    openTransactions: (producer, transactions) => {
      const labels = { transactional_id: transactions.transactionalId }
      return openTransactions({ ...writing(producer, labels), ...transactions })
    },
    ...creatingTopics((topics) => createMissingTopics(connection, rim, topics)),
    ...administering((properties) => kafkaAdmin(connection, rim, kafkajsAdmin, properties))
  }
}
