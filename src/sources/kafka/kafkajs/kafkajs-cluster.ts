import { isLeft } from 'fp-ts/lib/Either.js'
import type { Admin as KafkajsAdmin } from 'kafkajs'
import { decodeClusterConfig } from '../../../config/cluster-config.js'
import type { KafkaProperties } from '../../../config/kafka-properties.js'
import { refuseWrong } from '../../../model/check-arguments.js'
import { ConsumerError } from '../../../model/consumer-error.js'
import type { ConfigProblem } from '../../../model/fault.js'
import { printableValue } from '../../../model/printable.js'
import type { Cluster } from '../../../ports/cluster.js'
import { wireCluster } from '../wire-cluster.js'
import { connectionsOf, type KafkajsInstance } from './kafkajs-instance.js'
import { bootstrap, openByKafkajs } from './open-kafkajs-connection.js'

const own = [
  'request.timeout.ms',
  'socket.connection.setup.timeout.ms',
  'socket.connection.setup.timeout.max.ms',
  'reconnect.backoff.ms',
  'reconnect.backoff.max.ms',
  'connections.max.idle.ms',
  'max.frame.bytes',
  'connections'
] as const

/** The properties that a kafkajs instance does not have: times, and the size limit of answers. */
export type KafkajsProperties = Pick<KafkaProperties, (typeof own)[number]>

/**
 * The same cluster as `kafka(…)`, on connections that a `Kafka` of kafkajs makes: for custom socket factories and
 * `authenticationProvider`s. The package is not imported: any version with the same internal structure works (tried: 1.16, 2.0,
 * 2.2).
 *
 * - The instance opens each socket: brokers (a function too), socket factory, `ssl`, `connectionTimeout` and `clientId` are its
 *   own. Then the socket is taken over: requests, their deadlines, throttling, SASL and its renewal are those of `kafka(…)`.
 *   The instance's `requestTimeout`, `retry`, `authenticationTimeout` and `reauthenticationThreshold` do nothing.
 * - Kafka's own mechanisms run in this library, with the credentials that the instance has at the moment. An
 *   `authenticationProvider` is called for each connection and each renewal; if it throws, the connection is made again.
 * - These connections cannot try all addresses of a host (unless the socket factory does), resume TLS sessions, or say whether
 *   TCP or TLS took too long. Answers are copied once more than over `kafka(…)` without TLS.
 * - `admin()` is the instance's own admin client, with its `retry`, beside our requests.
 *
 * @throws ConsumerError with a `ConfigFault` if `client` is not a `Kafka` of kafkajs, or a property is wrong
 *
 * @example
 * const cluster = kafkajs(new Kafka({ brokers: ['broker:9093'], ssl: true, sasl: { mechanism: 'AWS_MSK_IAM', authenticationProvider } }))
 */
export const kafkajs = (client: KafkajsInstance, properties: KafkajsProperties = {}): Cluster => {
  const given: unknown = client
  const make = typeof given === 'object' && given !== null ? connectionsOf(given) : null
  const notItsOwn = problemsWith(properties)
  if (make === null) {
    const allowed = 'an instance of Kafka from kafkajs'
    refuseWrong([
      {
        property: 'kafkajs: client',
        given: given === undefined ? 'left out' : printableValue(typeof given === 'object' ? {} : given),
        allowed
      },
      ...notItsOwn
    ])
    throw new Error(allowed)
  }
  refuseWrong(notItsOwn)
  const settings = decodeClusterConfig({ ...properties, 'bootstrap.servers': `${bootstrap.host}:1` })
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  return wireCluster(
    { ...settings.right, brokers: [bootstrap] },
    { open: openByKafkajs(make), resolve: (host) => Promise.resolve([host]) },
    () => Promise.resolve(client.admin() as KafkajsAdmin)
  )
}

const problemsWith = (properties: unknown): readonly ConfigProblem[] => {
  if (typeof properties !== 'object' || properties === null)
    return [{ property: 'kafkajs: properties', given: printableValue(properties), allowed: 'an object of properties' }]
  const known: readonly string[] = own
  return Object.keys(properties)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      property: key,
      given: 'given',
      allowed: `one of ${own.join(', ')}; everything else is configured at the instance`
    }))
}
