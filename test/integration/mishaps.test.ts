import { createServer, type Socket } from 'node:net'
import { lastValueFrom, type Observable, of } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { freePort, startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import {
  type Cluster,
  commit,
  type Committed,
  consumer,
  type ConsumerConfig,
  eachPartition,
  logTo,
  type PartitionStream,
  produceTo,
  subscribe
} from '../../src/index.js'
import { kafka, type KafkaProperties } from '../../src/kafka.js'
import { collect, until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'
import { mishap } from '../support/mishaps.js'
import { credentials, password, unsecured, user } from '../support/sasl-credentials.js'

interface Heard {
  readonly config?: Partial<ConsumerConfig>
  readonly pipeline?: (partition: PartitionStream) => Observable<Committed>
  readonly whenRunning?: () => void
}

const acknowledging = (partition: PartitionStream): Observable<Committed> => partition.pipe(commit())

/** Waits for the first line that is about trouble, and asks for the status. */
const firstLineOf = async (
  cluster: Cluster,
  { config = {}, pipeline = acknowledging, whenRunning }: Heard = {}
): Promise<{ readonly line: string; readonly status: string }> => {
  const topic = uniqueName('mishap')
  const member = consumer(cluster, {
    'group.id': topic,
    'auto.offset.reset': 'earliest',
    subscription: subscribe(topic),
    ...config
  })
  const lines: string[] = []
  const write = (text: string): void => void lines.push(text.slice(text.indexOf(': ') + 2))
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: write,
    error: write,
    table: write,
    groupEnd: write
  }
  const log = logTo(member, logger)
  const run = collect(member.pipe(eachPartition(pipeline)))
  onTestFinished(async () => {
    log.unsubscribe()
    await member.close()
    await run.ended
  })
  if (whenRunning !== undefined) {
    await until(() => member.status().partitions.length > 0, 'partitions')
    whenRunning()
  }
  await until(() => lines.length > 0, 'a line')
  return { line: lines[0] ?? '', status: JSON.stringify(member.status()) }
}

/** A server of the test's that is none of Kafka's. */
const listening = async (answer: (socket: Socket) => void): Promise<string> => {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => {
      answer(socket)
    })
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  return `127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}`
}

const says = (name: string, { line, status }: { readonly line: string; readonly status: string }): void => {
  const row = mishap(name)
  expect(line).toMatch(row.pattern)
  for (const words of row.status) expect(status).toContain(words)
}

const brokers = inject('kafkaBrokers') ?? ''

describe.skipIf(brokers === '')('the first line that a mishap is told by, on sockets and real Kafka', () => {
  const at = (servers: string, more: Partial<KafkaProperties> = {}): Cluster =>
    kafka({ 'bootstrap.servers': servers, ...more })

  // The first group of a broker has it make the topic of the offsets, which is told of too.
  beforeAll(async () => {
    const name = uniqueName('first')
    const first = consumer(at(brokers), { 'group.id': name, subscription: subscribe(name) })
    const run = collect(first)
    await until(() => first.status().generation >= 0, 'a group')
    await first.close()
    await run.ended
  })

  it('broker down', async () => {
    says('broker down', await firstLineOf(at(`127.0.0.1:${String(await freePort())}`)))
  })
  it('wrong port', async () => {
    const http = await listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'))
    says('wrong port', await firstLineOf(at(http)))
  })
  it('wrong host', async () => {
    says('wrong host', await firstLineOf(at('no-such-host.invalid:9092')))
  })
  it('broker hung', async () => {
    const hung = await listening(() => undefined)
    says('broker hung', await firstLineOf(at(hung, { 'socket.connection.setup.timeout.ms': 500 })))
  })
  it('TLS to a plaintext port', async () => {
    says('TLS to a plaintext port', await firstLineOf(at(brokers, { 'security.protocol': 'SSL' })))
  })
  it('topic missing', async () => {
    says('topic missing', await firstLineOf(at(brokers)))
  })
  it('group id taken by another protocol', async () => {
    const cluster = at(brokers)
    const topic = uniqueName('protocols')
    await cluster.createTopics([{ topic, partitions: 1 }])
    const config = { 'group.id': topic, subscription: subscribe(topic) }
    const range = consumer(cluster, { ...config, 'partition.assignment.strategy': ['range'] })
    const first = collect(range.pipe(eachPartition(acknowledging)))
    await until(() => range.status().phase === 'running' && range.status().partitions.length === 1, 'the first member')
    const other = { ...config, 'partition.assignment.strategy': ['roundrobin'] } as const
    says('group id taken by another protocol', await firstLineOf(cluster, { config: other }))
    await range.close()
    await first.ended
  })
  it('static id taken', async () => {
    const cluster = at(brokers)
    const topic = uniqueName('static')
    await cluster.createTopics([{ topic, partitions: 1 }])
    const config = { 'group.id': topic, subscription: subscribe(topic), 'group.instance.id': 'pod-1' }
    const taker = consumer(cluster, config)
    let second: ReturnType<typeof collect> | undefined
    const whenRunning = (): void => void (second = collect(taker.pipe(eachPartition(acknowledging))))
    const heard = await firstLineOf(cluster, { config, whenRunning })
    says('static id taken', heard)
    await taker.close()
    await second?.ended
  })
  it('record too large', async () => {
    const cluster = at(brokers)
    const topic = uniqueName('large')
    await cluster.createTopics([
      { topic, partitions: 1 },
      { topic: `${topic}-small`, partitions: 1, config: { 'max.message.bytes': '1000' } }
    ])
    await lastValueFrom(of({ value: 'x'.repeat(5_000) }).pipe(produceTo(cluster, { topic })))
    const pipeline = (p: PartitionStream): Observable<Committed> =>
      p.pipe(produceTo(cluster, { topic: `${topic}-small` }), commit())
    says('record too large', await firstLineOf(cluster, { config: { subscription: subscribe(topic) }, pipeline }))
  })
})

describe.skipIf(brokers === '' || process.env['KAFKA_BROKERS'] !== undefined)(
  'the first line that a mishap is told by, at a broker with TLS, SASL and permissions',
  () => {
    let own: RunningKafka
    beforeAll(async () => {
      own = await startKafka({
        sasl: { user, password },
        properties: {
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users': `User:${user};User:ANONYMOUS`
        }
      })
    })
    afterAll(() => own.stop())

    const at = (more: Partial<KafkaProperties> = {}): Cluster =>
      kafka({
        'bootstrap.servers': own.brokers,
        'security.protocol': 'SASL_SSL',
        'ssl.ca.pem': own.certificate,
        ...credentials.PLAIN,
        ...more
      })
    const nobody = {
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.oauthbearer.token': () => Promise.resolve(unsecured(3_600_000, 'nobody'))
    } as const

    it('plaintext to a TLS port', async () => {
      says('plaintext to a TLS port', await firstLineOf(kafka({ 'bootstrap.servers': own.brokers })))
    })
    it('wrong CA', async () => {
      const cluster = kafka({ 'bootstrap.servers': own.brokers, 'security.protocol': 'SASL_SSL', ...credentials.PLAIN })
      says('wrong CA', await firstLineOf(cluster))
    })
    it('wrong password', async () => {
      says('wrong password', await firstLineOf(at({ 'sasl.password': 'through-the-looking-glass' })))
    })
    it('mechanism not enabled', async () => {
      const mechanism = { name: 'AWS_MSK_IAM', authenticate: () => () => new Uint8Array(1) }
      says('mechanism not enabled', await firstLineOf(at({ 'sasl.mechanism': mechanism })))
    })
    it('no permission for the topic, and for the group', async () => {
      const topic = uniqueName('secret')
      await at().createTopics([{ topic, partitions: 1 }])
      const config = { subscription: subscribe(topic) }
      says('no permission for the topic', await firstLineOf(at(nobody), { config }))
      const admin = at().admin()
      await admin.createAcls([
        {
          resource: 'TOPIC',
          name: topic,
          pattern: 'LITERAL',
          principal: 'User:nobody',
          host: '*',
          operation: 'READ',
          permission: 'ALLOW'
        }
      ])
      says('no permission for the group', await firstLineOf(at(nobody), { config }))
      admin.close()
    })
  }
)
