import { type Either, map } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { ConfigFault, ConfigProblem } from '../model/fault.js'
import { printableValue } from '../model/printable.js'
import type { OAuthToken, SaslMechanism, SaslSettings } from './sasl.js'
import { bootstrapServers } from './bootstrap-servers.js'
import { namesOfClusters } from './other-names.js'
import type { ConnectionSettings, TlsSettings } from './connection-settings.js'
import { type HostRules, isLoopback } from './broker-hosts.js'
import { kindOf, shownAddresses, shownUnlessObject } from './shown-value.js'
import {
  anyFunction,
  bytes,
  decodeProperties,
  type Decoded,
  functionOf,
  listOf,
  milliseconds,
  name,
  oneOf,
  orNull,
  type Property,
  property,
  required,
  secretProperty,
  truth
} from './property.js'

const tokenProvider = functionOf<() => Promise<OAuthToken>>()
const certificateProvider = functionOf<NonNullable<TlsSettings['provider']>>()

const isMechanism = (value: unknown): value is SaslMechanism =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  name.is(value.name) &&
  'authenticate' in value &&
  anyFunction.is(value.authenticate)

const kafkasMechanisms = oneOf('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER')

const mechanisms = new t.Type<typeof kafkasMechanisms._A | SaslMechanism, unknown>(
  `${kafkasMechanisms.name}, or an object with name and authenticate`,
  (value): value is typeof kafkasMechanisms._A | SaslMechanism => kafkasMechanisms.is(value) || isMechanism(value),
  (value, context) => (kafkasMechanisms.is(value) || isMechanism(value) ? t.success(value) : t.failure(value, context)),
  t.identity
)

const pems = t.union([name, listOf(name)], 'a PEM text, or a list of them')

/** PEM texts. Faults do not show them, since a key may have been passed as a certificate. */
const pemText = <A>(codec: t.Type<A, unknown>): Property<A | null> => ({
  ...property(orNull(codec), null),
  shown: kindOf
})

const properties = {
  'bootstrap.servers': { ...required(bootstrapServers), shown: shownAddresses },
  'client.id': property(name, 'ackstream'),
  'security.protocol': property(oneOf('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'), 'PLAINTEXT'),
  'sasl.mechanism': { ...property(orNull(mechanisms), null), shown: shownUnlessObject },
  'sasl.username': { ...property(orNull(name), null), shown: kindOf },
  'sasl.password': secretProperty,
  'sasl.oauthbearer.token': { ...property<(() => Promise<OAuthToken>) | null>(tokenProvider, null), shown: kindOf },
  'ssl.ca.pem': pemText<string | readonly string[]>(pems),
  'ssl.certificate.pem': pemText(name),
  'ssl.key.pem': secretProperty,
  'ssl.key.password': secretProperty,
  'ssl.certificate.provider': { ...property<TlsSettings['provider']>(certificateProvider, null), shown: kindOf },
  'ssl.server.name': property(orNull(name), null),
  dangerouslyDisableTlsVerification: property(truth, false),
  'allow.plaintext.sasl': property(truth, false),
  'allowed.broker.hosts': property<readonly string[] | null>(orNull(listOf(name)), null),
  'client.dns.lookup': property(oneOf('use_all_dns_ips'), 'use_all_dns_ips'),
  'metadata.recovery.strategy': property(oneOf('rebootstrap', 'none'), 'rebootstrap'),
  'request.timeout.ms': property(milliseconds(1), 30_000),
  'socket.connection.setup.timeout.ms': property(milliseconds(1), 10_000),
  'socket.connection.setup.timeout.max.ms': property(milliseconds(1), 30_000),
  'connections.max.idle.ms': property(milliseconds(1), 540_000),
  'reconnect.backoff.ms': property(milliseconds(1), 50),
  'reconnect.backoff.max.ms': property(milliseconds(1), 1_000),
  connections: property(oneOf('fast', 'few'), 'fast'),
  'max.frame.bytes': property(bytes(1_024), 104_857_600)
} as const

/** Checks certificates and keys; passed in, since this folder has no access to `node:crypto`. */
export type InspectTls = (tls: TlsSettings) => readonly ConfigProblem[]

/** Decodes the connection settings, before anything is connected. */
export const decodeClusterConfig = (
  input: unknown,
  inspectTls: InspectTls = () => []
): Either<ConfigFault, ConnectionSettings> =>
  map(settingsOf)(
    decodeProperties(
      properties,
      input,
      (config) => [...check(config), ...tlsProblems(config, inspectTls)],
      namesOfClusters
    )
  )

type DecodedConfig = Decoded<typeof properties>

const check = (config: DecodedConfig): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  const need = (key: keyof DecodedConfig, allowed: string): void => {
    if (config[key] === null) problems.push({ property: key, given: 'left out', allowed })
  }
  const given = config['sasl.mechanism']
  const mechanism = typeof given === 'object' && given !== null ? given.name : given
  const protocol = config['security.protocol']
  const sasl = protocol.startsWith('SASL')
  if (sasl) need('sasl.mechanism', `one, since security.protocol is ${protocol}`)
  else if (mechanism !== null)
    problems.push({
      property: 'security.protocol',
      given: printableValue(protocol),
      allowed: `SASL_SSL or SASL_PLAINTEXT, since sasl.mechanism is ${mechanism}`
    })
  const credentials = (['sasl.username', 'sasl.password', 'sasl.oauthbearer.token'] as const).filter(
    (key) => config[key] !== null
  )
  if (!sasl && mechanism === null && credentials.length > 0)
    problems.push({
      property: 'security.protocol',
      given: printableValue(protocol),
      allowed: `SASL_SSL or SASL_PLAINTEXT, with a sasl.mechanism, since ${credentials.join(' and ')} ${credentials.length > 1 ? 'are' : 'is'} given`
    })
  if (given === 'OAUTHBEARER') need('sasl.oauthbearer.token', 'a function that returns a token')
  else if (typeof given === 'string') {
    need('sasl.username', `one, since sasl.mechanism is ${given}`)
    need('sasl.password', `one, since sasl.mechanism is ${given}`)
  }
  const readable = readableMechanism(config)
  if (readable !== null && config['bootstrap.servers'].addresses.some(({ host }) => !isLoopback(host)))
    problems.push({
      property: 'security.protocol',
      given: printableValue(protocol),
      allowed: `SASL_SSL, since ${readable} sends credentials that anybody on the network can read; or 'allow.plaintext.sasl': true`
    })
  return problems
}

const tlsProblems = (config: DecodedConfig, inspect: InspectTls): readonly ConfigProblem[] => {
  const pems = (['ssl.ca.pem', 'ssl.certificate.pem', 'ssl.key.pem', 'ssl.certificate.provider'] as const).filter(
    (key) => config[key] !== null
  )
  const protocol = config['security.protocol']
  // Without TLS a configured certificate would verify nothing and encrypt nothing.
  if (!protocol.endsWith('SSL') && pems.length > 0)
    return [
      {
        property: 'security.protocol',
        given: printableValue(protocol),
        allowed: `SSL or SASL_SSL, since ${pems.join(' and ')} ${pems.length > 1 ? 'are' : 'is'} given`
      }
    ]
  const [certificate, key] = [config['ssl.certificate.pem'] !== null, config['ssl.key.pem'] !== null]
  if (config['ssl.certificate.provider'] !== null && (certificate || key))
    return [
      {
        property: 'ssl.certificate.provider',
        given: 'a function',
        allowed: 'either this, or ssl.certificate.pem with ssl.key.pem'
      }
    ]
  if (certificate && !key)
    return [{ property: 'ssl.key.pem', given: 'left out', allowed: 'the key of ssl.certificate.pem' }]
  if (key && !certificate)
    return [{ property: 'ssl.certificate.pem', given: 'left out', allowed: 'the certificate of ssl.key.pem' }]
  return protocol.endsWith('SSL') ? inspect(tlsOf(config)) : []
}

/** The mechanism with readable credentials, if that is not allowed. */
const readableMechanism = (config: DecodedConfig): string | null => {
  const mechanism = config['sasl.mechanism']
  const isReadable = mechanism === 'PLAIN' || mechanism === 'OAUTHBEARER'
  const isOpen = config['security.protocol'] === 'SASL_PLAINTEXT' && !config['allow.plaintext.sasl']
  return isOpen && isReadable ? mechanism : null
}

/** Configured hosts are always allowed. */
const hostRulesOf = (config: DecodedConfig): HostRules => {
  const allowed = config['allowed.broker.hosts']
  const given = config['bootstrap.servers'].addresses.map(({ host }) => host)
  return { allowed: allowed === null ? null : [...given, ...allowed], readable: readableMechanism(config) }
}

const settingsOf = (config: DecodedConfig): ConnectionSettings => ({
  brokers: config['bootstrap.servers'].addresses,
  locate: config['bootstrap.servers'].locate,
  recovery: config['metadata.recovery.strategy'],
  clientId: config['client.id'],
  tls: config['security.protocol'].endsWith('SSL') ? tlsOf(config) : null,
  sasl: saslOf(config),
  hosts: hostRulesOf(config),
  requestTimeoutMs: config['request.timeout.ms'],
  connectionTimeoutMs: config['socket.connection.setup.timeout.ms'],
  connectionTimeoutMaxMs: config['socket.connection.setup.timeout.max.ms'],
  maxIdleMs: config['connections.max.idle.ms'],
  reconnectBackoffMs: config['reconnect.backoff.ms'],
  reconnectBackoffMaxMs: config['reconnect.backoff.max.ms'],
  connections: config.connections,
  maxFrameBytes: config['max.frame.bytes']
})

const tlsOf = (config: DecodedConfig): TlsSettings => ({
  ca: config['ssl.ca.pem'],
  cert: config['ssl.certificate.pem'],
  key: config['ssl.key.pem'],
  passphrase: config['ssl.key.password'],
  provider: config['ssl.certificate.provider'],
  serverName: config['ssl.server.name'],
  verify: !config.dangerouslyDisableTlsVerification
})

const saslOf = (config: DecodedConfig): SaslSettings | null => {
  const token = config['sasl.oauthbearer.token']
  const username = config['sasl.username']
  const password = config['sasl.password']
  const mechanism = config['sasl.mechanism']
  if (typeof mechanism === 'object' && mechanism !== null) return { mechanism: 'custom', custom: mechanism }
  if (mechanism === 'OAUTHBEARER') return token === null ? null : { mechanism, token }
  if (mechanism === null || username === null || password === null) return null
  return { mechanism, username, password }
}

export { properties as clusterProperties }
