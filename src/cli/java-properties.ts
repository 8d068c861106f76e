import { readFileSync } from 'node:fs'
import { reasonOf } from '../model/printable.js'
import { UsageError } from './usage-error.js'

/** Properties as texts, by this library's names. */
export type PlainProperties = Readonly<Record<string, string>>

/** Java properties of consumers, producers, serializers and logs, which do not concern the connection. */
const ofOthers =
  /^(key\.|value\.|group\.|share\.|auto\.|allow\.auto\.|internal\.|enable\.|acks$|retries$|linger\.|batch\.|buffer\.|compression\.|max\.(?!frame)|fetch\.|session\.|heartbeat\.|isolation\.|metrics?\.|metric\.|default\.|delivery\.|partition\.|partitioner\.|interceptor\.|check\.|transaction(?:al)?\.|retry\.|exclude\.|receive\.|send\.|metadata\.max|metadata\.recovery\.rebootstrap|client\.rack|sasl\.login\.|sasl\.kerberos\.|sasl\.client\.|ssl\.(protocol|enabled\.protocols|cipher\.suites|provider|engine|keymanager|trustmanager|secure)|security\.providers|schema\.registry\.|basic\.auth\.)/

/** Properties with file names in librdkafka and this library, whose content is read. */
const fromFiles: ReadonlyMap<string, string> = new Map([
  ['ssl.ca.location', 'ssl.ca.pem'],
  ['ssl.certificate.location', 'ssl.certificate.pem'],
  ['ssl.key.location', 'ssl.key.pem']
])

/** All names that are accepted besides those of the library. */
export const foreignNames: readonly string[] = [
  ...fromFiles.keys(),
  'sasl.jaas.config',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.endpoint.identification.algorithm'
]

/**
 * The properties of a file for Java's client or librdkafka, by our names. Key stores have to be PEM (KIP-651), since JKS and
 * PKCS12 are Java's own formats. Properties of consumers and producers are left out.
 *
 * @throws UsageError for a property that cannot be converted
 */
export const fromJava = (given: ReadonlyMap<string, string>): PlainProperties => {
  const found: Record<string, string> = {}
  const trimmed = new Map([...given].map(([name, value]) => [name, untrimmed.has(name) ? value : value.trim()]))
  for (const [name, value] of trimmed) {
    const target = fromFiles.get(name)
    if (target !== undefined) found[target] = contentOf(name, value)
    else if (name === 'sasl.jaas.config') Object.assign(found, loginOf(value))
    else if (!name.startsWith('ssl.truststore.') && !name.startsWith('ssl.keystore.') && !isIgnored(name, value))
      found[name] = asOurs.get(name)?.(value) ?? value
  }
  return { ...found, ...storesOf(trimmed) }
}

/**
 * Values that are not trimmed: a password may end with a space. Java's client, which trims every value (`ConfigDef.parseType`),
 * does not have this property.
 */
const untrimmed: ReadonlySet<string> = new Set(['sasl.password'])

/** Java ignores empty addresses, and a protocol before an address (`ClientUtils.parseAndValidateAddresses`). */
const addressesOf = (value: string): string =>
  value
    .split(',')
    .map((address) => address.trim().replace(/^[a-zA-Z0-9_.%-]*:\/\//, ''))
    .filter((address) => address !== '')
    .join(',')

/** Properties whose values Java accepts in more than one form. */
const asOurs: ReadonlyMap<string, (value: string) => string> = new Map([
  ['bootstrap.servers', addressesOf],
  ['security.protocol', (value) => value.toUpperCase()]
])

const isIgnored = (name: string, value: string): boolean => {
  // Java's default: no client ID.
  if (name === 'client.id' && value === '') return true
  if (name !== 'ssl.endpoint.identification.algorithm') return ofOthers.test(name)
  if (value.toLowerCase() === 'https') return true
  throw new UsageError(
    `${name} may only be https: to take certificates of any name set dangerouslyDisableTlsVerification=true, or ssl.server.name to the name in the certificate`
  )
}

const storesOf = (given: ReadonlyMap<string, string>): PlainProperties => {
  const found: Record<string, string> = {}
  for (const store of ['ssl.truststore', 'ssl.keystore'] as const) {
    const [location, type] = [given.get(`${store}.location`), given.get(`${store}.type`) ?? 'JKS']
    if (location !== undefined && type.toUpperCase() !== 'PEM')
      throw new UsageError(
        `${store}.location is a ${type} store, which only Java can read: convert it to PEM (keytool -importkeystore … -deststoretype pkcs12, then openssl pkcs12 -nokeys or -nodes) and set ${store}.type=PEM`
      )
    if (location === undefined) continue
    const pem = contentOf(`${store}.location`, location)
    if (store === 'ssl.truststore') found['ssl.ca.pem'] = pem
    else Object.assign(found, { 'ssl.certificate.pem': pem, 'ssl.key.pem': pem })
  }
  const inline = {
    'ssl.truststore.certificates': 'ssl.ca.pem',
    'ssl.keystore.certificate.chain': 'ssl.certificate.pem',
    'ssl.keystore.key': 'ssl.key.pem'
  }
  for (const [name, target] of Object.entries(inline)) {
    const value = given.get(name)
    if (value !== undefined) found[target] = value
  }
  return found
}

/** `org.apache.kafka.common.security.plain.PlainLoginModule required username="…" password="…";` */
const loginOf = (jaas: string): PlainProperties => {
  const option = (name: string): string | undefined => {
    const match = new RegExp(`\\b${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|'([^']*)'|([^\\s;]+))`).exec(jaas)
    return (match?.[1] ?? match?.[2] ?? match?.[3])?.replace(/\\(.)/g, '$1')
  }
  const [username, password] = [option('username'), option('password')]
  if (username === undefined || password === undefined)
    throw new UsageError(
      'sasl.jaas.config has no username and password: give sasl.username and sasl.password, or for OAUTHBEARER KAFKA_SASL_OAUTHBEARER_TOKEN'
    )
  return { 'sasl.username': username, 'sasl.password': password }
}

const contentOf = (name: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${name}: ${reasonOf(error)}`)
  }
}
