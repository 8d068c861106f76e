import { isLeft } from 'fp-ts/lib/Either.js'
import { decodeClusterConfig } from '../../config/cluster-config.js'
import type { KafkaProperties } from '../../config/kafka-properties.js'
import { realClock } from '../../internal/real-clock.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { Cluster } from '../../ports/cluster.js'
import { loadKafkajsAdmin } from './admin/load-kafkajs-admin.js'
import { tlsProblems } from './tls-problems.js'
import { warnOfSettings } from './warn-of-settings.js'
import { wireCluster } from './wire-cluster.js'

/**
 * A Kafka cluster. Nothing is connected before a consumer is subscribed to or a record is produced, and no socket is kept
 * once the last of them has ended.
 *
 * @throws ConsumerError with a `ConfigFault` that lists everything that is wrong with the properties
 *
 * @example
 * const cluster = kafka({ 'bootstrap.servers': 'localhost:9092', 'client.id': 'billing' })
 */
export const kafka = (properties: KafkaProperties): Cluster => {
  const settings = decodeClusterConfig(properties, (tls) => tlsProblems(tls, realClock.wallTime()))
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  const connection = settings.right
  warnOfSettings(connection)
  return wireCluster(connection, {}, (secrets) => loadKafkajsAdmin(connection, realClock, secrets))
}
