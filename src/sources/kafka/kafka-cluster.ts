import { isLeft } from 'fp-ts/lib/Either.js'
import { Subject } from 'rxjs'
import { decodeClusterConfig, type KafkaProperties } from '../../config/cluster-config.js'
import { problemsWithAdmin } from '../../config/check-admin.js'
import { refuseWrong } from '../../model/check-arguments.js'
import { checkedAdmin } from '../../ports/checked-admin.js'
import { checkedTopics } from '../../ports/checked-topics.js'
import { realClock } from '../../internal/real-clock.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { Throttled } from '../../model/throttled.js'
import type { Cluster } from '../../ports/cluster.js'
import { openSession } from '../session/open-session.js'
import { openProducer } from '../session/producing/open-producer.js'
import { kafkaAdmin } from './admin/kafka-admin.js'
import { checksum } from './checksum.js'
import { compressorOf } from './compress.js'
import { createTopics } from './create-topics.js'
import { decompress } from './decompress.js'
import { kafkaCalls } from './kafka-calls.js'
import { produceCalls } from './produce-calls.js'
import { tlsProblems } from './tls-problems.js'
import { warnOfSettings } from './warn-of-settings.js'

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
  const random = Math.random
  return {
    _tag: 'Cluster',
    clock: realClock,
    random,
    openConsumer: (consumer, handlers) =>
      openSession({
        calls: kafkaCalls(connection, consumer, {
          throttled: (throttled) => {
            handlers.event(throttled)
          }
        }),
        clock: realClock,
        random,
        settings: consumer,
        handlers,
        decompress,
        checksum
      }),
    openProducer: (producer) => {
      const compressor = compressorOf(producer.compression)
      const throttles = new Subject<Throttled>()
      const calls = produceCalls(connection, producer, compressor?.load, {
        throttled: (throttled) => {
          throttles.next(throttled)
        }
      })
      return openProducer({ calls, clock: realClock, random, settings: producer, compressor, checksum, throttles })
    },
    createTopics: (topics) => checkedTopics(topics, () => createTopics(connection, realClock, topics)),
    admin: (properties = {}) => {
      refuseWrong(problemsWithAdmin(properties))
      return checkedAdmin(kafkaAdmin(connection, realClock, properties))
    }
  }
}
