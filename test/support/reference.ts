import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { clusterProperties } from '../../src/config/cluster-config.js'
import { consumerProperties } from '../../src/config/consumer-config.js'
import { shareConsumerProperties } from '../../src/config/share-consumer-config.js'
import { producerProperties } from '../../src/config/producer-config.js'
import { transactionalProperties } from '../../src/config/transactional-config.js'
import type { Properties } from '../../src/config/property.js'
import { eventsToDo, faultsToDo } from './what-to-do.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Defaults of Java's clients 4.1, where they are others than ours, or have no counterpart. */
const javas: Readonly<Record<string, string>> = {
  'client.id': 'empty',
  'heartbeat.interval.ms': '3000',
  'session.timeout.ms': '45000',
  'partition.assignment.strategy': 'range, cooperative-sticky',
  'allowed.broker.hosts': '–',
  'allow.plaintext.sasl': '–',
  dangerouslyDisableTlsVerification: '–',
  connections: '–',
  'max.frame.bytes': '–',
  'ssl.server.name': '–',
  'ssl.certificate.provider': '–',
  'sasl.username': 'in `sasl.jaas.config`',
  'sasl.password': 'in `sasl.jaas.config`',
  'sasl.oauthbearer.token': '–',
  'sasl.mechanism': 'GSSAPI',
  'offset.out.of.range': '–',
  'offset.reset.max.records': '–',
  'offset.reset.max.ms': '–',
  startFrom: '–',
  subscription: '–',
  'drain.timeout.ms': '–',
  'max.decompressed.bytes': '–',
  'enable.partition.eof': '–',
  'commit.timeout.ms': '–',
  'unreachable.timeout.ms': '–',
  maxInFlight: '–',
  maxInFlightBytes: '–',
  maxUncommitted: '–',
  'enable.idempotence': 'true',
  'transactional.id': 'none'
}

/** What properties mean that the code says no more of than Kafka's own documentation. */
const asInKafka: Readonly<Record<string, string>> = {
  'client.id': 'The name of the client in the logs of brokers, and for quotas.',
  'security.protocol': 'Whether the connection uses TLS, and whether a SASL mechanism authenticates the client.',
  'sasl.username': 'The user name, for PLAIN and SCRAM.',
  'sasl.password': 'The password, for PLAIN and SCRAM.',
  'ssl.certificate.pem': 'The client’s certificate, and the chain to an authority.',
  'ssl.key.pem': 'Its private key.',
  'ssl.key.password': 'The password of an encrypted key.',
  'request.timeout.ms': 'How long an answer may take.',
  'reconnect.backoff.ms': 'The pause before a broker is tried again, doubled with each failure.',
  'reconnect.backoff.max.ms': 'The longest such pause.',
  'auto.commit.interval.ms': 'How often acknowledged records are committed, with `enable.auto.commit`.',
  'metadata.max.age.ms': 'How soon new partitions, and new topics that match a pattern, are noticed.',
  'fetch.min.bytes': 'The least amount of data with which a broker answers a fetch.',
  'fetch.max.wait.ms': 'How long a fetch waits for `fetch.min.bytes`.',
  'max.partition.fetch.bytes': 'The most data of one partition in an answer; a larger batch comes alone.',
  'retry.backoff.ms': 'The pause before a request is sent again, doubled with each failure.',
  'retry.backoff.max.ms': 'The longest such pause.',
  'max.in.flight.requests.per.connection': 'How many produce requests may be unanswered at once.'
}

/** The comments of an interface on its properties. */
const commentsIn = (file: string): ReadonlyMap<string, string> => {
  const comments = new Map<string, string>()
  const found = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*readonly '?([\w.]+)'?\??:/g
  for (const [, comment = '', name = ''] of readFileSync(`${root}src/config/${file}.ts`, 'utf8').matchAll(found))
    if (!comments.has(name)) comments.set(name, comment)
  return comments
}

/** What a comment says of the default, where the code that decodes the property leaves it open. */
const defaultIn = (comment: string): string | undefined =>
  /@default ((?:(?!@example)[^])*)/
    .exec(comment)?.[1]
    ?.replace(/\s*\n\s*\* ?/g, ' ')
    .trim()

const plain = (comment: string): string =>
  comment
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/@default.*$/s, '')
    .replace(/@example.*$/s, '')
    .replace(/\s+/g, ' ')
    .replace(/\{@link (\w+)\}/g, '$1')
    .trim()

const cell = (text: string): string => text.replaceAll('|', '\\|')
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')

const shown = (fallback: unknown): string => {
  if (fallback === undefined) return 'needed'
  if (fallback === null) return 'none'
  if (Array.isArray(fallback)) return fallback.join(', ')
  return fallback === '' ? 'empty' : JSON.stringify(fallback).replaceAll('"', '')
}

const propertyTable = (properties: Properties, file: string): string => {
  const comments = commentsIn(file)
  return table(
    ['property', 'default', 'Java’s default', 'allowed', 'meaning'],
    Object.entries(properties).map(([name, { codec, fallback }]) => {
      const comment = comments.get(name) ?? ''
      const own = shown(fallback)
      return [
        `\`${name}\``,
        fallback === null ? (defaultIn(comment) ?? own) : own,
        javas[name] ?? own,
        'name' in codec ? codec.name : '',
        plain(comment) || (asInKafka[name] ?? '')
      ]
    })
  )
}

/** `docs/properties.md`, as the decoders have it. */
export const propertiesPage = (): string => `# Every property

Properties have Kafka's names. A wrong configuration throws one \`ConsumerError\` that lists all mistakes. A dash (–) means that Java's client has no such property. A test keeps these tables equal to the code that decodes properties.

## Of a cluster: \`kafka(properties)\`

${propertyTable(clusterProperties, 'kafka-properties')}

## Of a consumer: \`consumer(cluster, properties)\`

${propertyTable(consumerProperties, 'consumer-config')}

## Of a share consumer: \`shareConsumer(cluster, properties)\`

${propertyTable(shareConsumerProperties, 'share-consumer-config')}

## Of a producer: \`producer(cluster, properties)\`, \`produceTo\`

${propertyTable(producerProperties, 'producer-config')}

## Of a transactional producer: \`transactionalProducer(cluster, properties)\`, \`transactional\`

All properties of a producer but \`acks\` and \`enable.idempotence\`, which are fixed, and these:

${propertyTable(transactionalProperties, 'transactional-config')}
`

const listOf = (entries: Readonly<Record<string, readonly [string, string]>>): string =>
  table(
    ['`_tag`', 'what happened', 'what to do'],
    Object.entries(entries)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([tag, [happened, advice]]) => [`\`${tag}\``, happened, advice])
  )

/** `docs/events-and-faults.md`: the compiler holds the entries to the unions, a test the page to the entries. */
export const eventsPage = (): string => `# Every event and every fault

Both are tagged data. \`consumer.events\` emits the events. A fault is in the \`ConsumerError\` with which a stream errors, in an event, or in a Left; \`describeFault(fault)\` puts it into one sentence. [Troubleshooting](troubleshooting.md) has the log lines of common mishaps.

## Events of a consumer

${listOf(eventsToDo)}

## Faults

${listOf(faultsToDo)}
`
