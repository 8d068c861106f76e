import { Kafka, type KafkaConfig, type Mechanism } from 'kafkajs'
import { connect as connectTls } from 'node:tls'
import { firstValueFrom, from, lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import { ack, type Cluster, consumer, eachPartition, produceTo, subscribe } from '../../src/index.js'
import { kafkajs } from '../../src/kafkajs.js'
import { collect, until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'

const user = 'alice'
const password = 'wonderland-7391'
const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url')
const token = (): string => {
  const now = Date.now() / 1_000
  return `${part({ alg: 'none' })}.${part({ sub: user, iat: now, exp: now + 3_600 })}.`
}

/** PLAIN as somebody would write it for a mechanism of their own. */
const provider = (called: () => void): Mechanism => ({
  mechanism: 'plain',
  authenticationProvider: ({ saslAuthenticate }) => ({
    authenticate: async () => {
      called()
      const message = Buffer.from(`\0${user}\0${password}`)
      const length = Buffer.alloc(4)
      length.writeInt32BE(message.length)
      const response = { decode: (raw: Buffer) => raw, parse: () => undefined }
      await saslAuthenticate({ request: { encode: () => Buffer.concat([length, message]) }, response })
    }
  })
})

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a kafkajs instance that speaks SASL over TLS',
  () => {
    let own: RunningKafka
    beforeAll(async () => {
      own = await startKafka({ sasl: { user, password }, properties: { 'connections.max.reauth.ms': 2_000 } })
    })
    afterAll(() => own.stop())

    const clusterOf = (sasl: KafkaConfig['sasl'], more: Partial<KafkaConfig> = {}): Cluster =>
      kafkajs(
        new Kafka({
          brokers: own.brokers.split(','),
          ssl: { ca: own.certificate },
          logCreator: () => () => undefined,
          ...(sasl === undefined ? {} : { sasl }),
          ...more
        })
      )

    const mechanisms: Readonly<Record<string, KafkaConfig['sasl']>> = {
      PLAIN: { mechanism: 'plain', username: user, password },
      'SCRAM-SHA-256': { mechanism: 'scram-sha-256', username: user, password },
      'SCRAM-SHA-512': { mechanism: 'scram-sha-512', username: user, password },
      OAUTHBEARER: { mechanism: 'oauthbearer', oauthBearerProvider: () => Promise.resolve({ value: token() }) }
    }

    it.each(Object.keys(mechanisms))('takes a user with %s: writing, reading, committing', async (mechanism) => {
      const cluster = clusterOf(mechanisms[mechanism])
      const topic = uniqueName('kafkajs')
      await cluster.createTopics([{ topic, partitions: 2 }])
      const records = Array.from({ length: 20 }, (_, number) => ({ key: String(number), value: String(number) }))
      await lastValueFrom(from(records).pipe(produceTo(cluster, { topic })))
      const reader = consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': 'earliest',
        subscription: subscribe(topic)
      })
      const run = collect(reader.pipe(eachPartition((p) => p.pipe(ack()))))
      await until(() => run.values.length === 20, 'all records')
      const { outcome } = await reader.drain()
      expect([outcome, await run.ended]).toEqual(['drained', 'complete'])
    })

    it('calls a provider and a socket factory of the user’s for each connection, and the provider for each renewal', async () => {
      const calls = { provider: 0, sockets: 0 }
      const mechanism = provider(() => calls.provider++)
      const cluster = clusterOf(mechanism, {
        socketFactory: ({ host, port, onConnect }) => {
          calls.sockets++
          return connectTls({ host, port, ca: own.certificate }, onConnect)
        }
      })
      const topic = uniqueName('kafkajs')
      await firstValueFrom(cluster.createTopics([{ topic, partitions: 1 }]))
      expect(calls.provider).toBe(calls.sockets)
      const reader = consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': 'earliest',
        subscription: subscribe(topic)
      })
      const run = collect(reader.pipe(eachPartition((p) => p.pipe(ack()))))
      await until(() => calls.provider > calls.sockets + 3, 'that sessions are renewed')
      await lastValueFrom(from([{ value: 'after' }]).pipe(produceTo(cluster, { topic })))
      await until(() => run.values.length === 1, 'the record')
      await reader.close()
      expect(await run.ended).toBe('complete')
    })

    it('ends a consumer of a wrong password with what the broker says', async () => {
      const cluster = clusterOf({ mechanism: 'plain', username: user, password: 'looking-glass-42' })
      const run = collect(consumer(cluster, { 'group.id': 'g', subscription: subscribe('orders') }))
      expect(await run.ended).toMatchObject({
        fault: {
          _tag: 'AuthenticationFault',
          broker: own.brokers,
          reason: expect.stringContaining('Invalid username or password')
        }
      })
    })

    it('ends a consumer that does not trust the certificate', async () => {
      const cluster = clusterOf({ mechanism: 'plain', username: user, password }, { ssl: true })
      const run = collect(consumer(cluster, { 'group.id': 'g', subscription: subscribe('orders') }))
      expect(await run.ended).toMatchObject({
        fault: { _tag: 'AuthenticationFault', broker: own.brokers, reason: expect.stringMatching(/self[- ]signed/) }
      })
    })
  }
)
