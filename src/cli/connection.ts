import { readFileSync } from 'node:fs'
import type { KafkaProperties } from '../config/kafka-properties.js'
import { reasonOf } from '../model/printable.js'
import { secret } from '../model/secret.js'
import type { FlagTable, Flags } from './flags.js'
import { foreignNames, fromJava, type PlainProperties } from './java-properties.js'
import { parseProperties } from './parse-properties.js'
import { UsageError } from './usage-error.js'

/** The connection flags of every command. */
export const connectionFlags: FlagTable = {
  brokers: { type: 'string', short: 'b' },
  properties: { type: 'string', short: 'c' },
  property: { type: 'string', short: 'X', multiple: true }
}

export const connectionUsage = `Connection (the first source that sets a property counts):
  -b, --brokers HOST:PORT[,…]   the bootstrap servers
  -X, --property KEY=VALUE      a property by Kafka's or librdkafka's name; no secrets here
      KAFKA_… variables         KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME,
                                KAFKA_SASL_PASSWORD, KAFKA_SASL_OAUTHBEARER_TOKEN, KAFKA_SSL_CA_LOCATION, …
  -c, --properties FILE         a .properties file, also one for Java's client (stores as PEM)
`

const numbers = /(\.ms|\.bytes)$/
const truths: ReadonlySet<string> = new Set(['allow.plaintext.sasl', 'dangerouslyDisableTlsVerification'])
const lists: ReadonlySet<string> = new Set(['allowed.broker.hosts'])
const secrets: ReadonlySet<string> = new Set([
  'sasl.password',
  'ssl.key.pem',
  'ssl.key.password',
  'sasl.jaas.config',
  'ssl.keystore.key',
  'sasl.oauthbearer.token'
])

/** Properties by the environment variables that can set them. */
const byVariable: ReadonlyMap<string, string> = new Map(
  [
    'bootstrap.servers',
    'client.id',
    'security.protocol',
    'sasl.mechanism',
    'sasl.username',
    'sasl.password',
    'sasl.oauthbearer.token',
    'ssl.ca.pem',
    'ssl.certificate.pem',
    'ssl.key.pem',
    'ssl.key.password',
    'ssl.server.name',
    'allow.plaintext.sasl',
    'allowed.broker.hosts',
    'connections',
    'request.timeout.ms',
    'socket.connection.setup.timeout.ms',
    ...foreignNames
  ].map((name) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, name])
)

/**
 * The properties of the cluster, from flags, environment variables and a file.
 *
 * @throws UsageError if no brokers are given, a file cannot be read, or a secret is on the command line
 */
export const propertiesOf = (flags: Flags, env: Readonly<Record<string, string | undefined>>): KafkaProperties => {
  const file = flags.text('properties')
  const fromEnvironment = new Map<string, string>()
  for (const [variable, name] of byVariable) {
    const value = env[variable]
    if (value !== undefined && value !== '') fromEnvironment.set(name, value)
  }
  const brokers = flags.text('brokers')
  const plain: PlainProperties = {
    ...(file === undefined ? {} : fromJava(parseProperties(read(file)))),
    ...fromJava(fromEnvironment),
    ...fromJava(new Map(flags.texts('property').map(keyAndValue))),
    ...(brokers === undefined ? {} : fromJava(new Map([['bootstrap.servers', brokers]])))
  }
  if (plain['bootstrap.servers'] === undefined)
    throw new UsageError(
      'no brokers are named: --brokers HOST:PORT, KAFKA_BOOTSTRAP_SERVERS, or bootstrap.servers in a file of --properties'
    )
  return { 'client.id': 'ackstream-cli', ...typed(plain) } as KafkaProperties
}

const keyAndValue = (given: string): readonly [string, string] => {
  const at = given.indexOf('=')
  if (at < 1) throw new UsageError('--property takes KEY=VALUE')
  const name = given.slice(0, at)
  if (secrets.has(name))
    throw new UsageError(
      `${name} does not belong on the command line, where every process can read it: put it into a file of --properties or a KAFKA_… variable`
    )
  return [name, given.slice(at + 1)]
}

/**
 * Converts texts to the types that the library expects. An invalid number stays a text, which the library refuses with a
 * reason.
 */
const typed = (plain: PlainProperties): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(plain).map(([name, value]): readonly [string, unknown] => {
      if (name === 'sasl.oauthbearer.token') return [name, () => Promise.resolve({ value })]
      if (secrets.has(name)) return [name, secret(value)]
      if (truths.has(name)) return [name, value === 'true' ? true : value === 'false' ? false : value]
      if (lists.has(name)) return [name, value.split(',').map((one) => one.trim())]
      if (numbers.test(name) && /^\d+$/.test(value)) return [name, Number(value)]
      return [name, value]
    })
  )

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--properties: ${reasonOf(error)}`)
  }
}
