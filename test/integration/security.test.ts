import { from, lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import { ack, type Cluster, consumer, ConsumerError, eachPartition, produceTo, subscribe } from '../../src/index.js'
import { kafka, type KafkaProperties } from '../../src/kafka.js'
import { collect, until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'
import { houseKey, houseMechanism, houseProperties, withHouse } from '../support/house-sasl.js'
import { credentials, password, unsecured, user } from '../support/sasl-credentials.js'

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a broker that speaks SASL over TLS',
  () => {
    let own: RunningKafka
    let house: ReturnType<typeof withHouse>
    beforeAll(async () => {
      house = withHouse()
      own = await startKafka({ sasl: { user, password }, properties: houseProperties, classes: house.classes })
    })
    afterAll(async () => {
      await own.stop()
      house.remove()
    })

    const trusted = (): Partial<KafkaProperties> => ({ 'ssl.ca.pem': own.certificate })
    const clusterOf = (more: Partial<KafkaProperties> = trusted()): Cluster =>
      kafka({
        'bootstrap.servers': own.brokers,
        'security.protocol': 'SASL_SSL',
        ...credentials.PLAIN,
        ...more
      })

    const read = (cluster: Cluster, topic: string): ReturnType<typeof consumer> =>
      consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': 'earliest',
        'request.timeout.ms': 5_000,
        subscription: subscribe(topic)
      })

    const known = { ...credentials, 'a mechanism of its own': { 'sasl.mechanism': houseMechanism(user, houseKey) } }
    it.each(Object.keys(known) as readonly (keyof typeof known)[])(
      'takes a user with %s: writing, reading, committing',
      async (mechanism) => {
        const cluster = clusterOf({ ...trusted(), ...known[mechanism] })
        const topic = uniqueName('sasl')
        await cluster.createTopics([{ topic, partitions: 2 }])
        const records = Array.from({ length: 20 }, (_, number) => ({ key: String(number), value: String(number) }))
        await lastValueFrom(from(records).pipe(produceTo(cluster, { topic })))
        const reader = read(cluster, topic)
        const run = collect(reader.pipe(eachPartition((p) => p.pipe(ack()))))
        await until(() => run.values.length === 20, 'all records')
        const { outcome } = await reader.drain()
        expect([outcome, await run.ended]).toEqual(['drained', 'complete'])
      }
    )

    it.each([
      ['a wrong password', true, { 'sasl.password': 'looking-glass-42' }, /Invalid username or password/],
      [
        'a wrong password with SCRAM',
        true,
        { 'sasl.mechanism': 'SCRAM-SHA-256', 'sasl.password': 'looking-glass-42' },
        /invalid credentials/
      ],
      [
        'a token that has ended',
        true,
        {
          'sasl.mechanism': 'OAUTHBEARER',
          'sasl.oauthbearer.token': () => Promise.resolve({ value: unsecured(-60_000).value, expiresAt: Infinity })
        },
        /"status":"invalid_token"/
      ],
      [
        'a mechanism that is not enabled',
        true,
        { 'sasl.mechanism': { name: 'AWS_MSK_IAM', authenticate: () => () => new Uint8Array(1) } },
        /does not support AWS_MSK_IAM, only .*PLAIN/
      ],
      [
        'a wrong key for a mechanism of its own',
        true,
        { 'sasl.mechanism': houseMechanism(user, 'looking-glass-42') },
        /HOUSE: that is not the proof of alice/
      ],
      ['a certificate of nobody that is trusted', false, {}, /self[- ]signed/],
      ['a certificate of another host', true, { 'ssl.server.name': 'elsewhere.example' }, /elsewhere/]
    ] as const)(
      // prettier-ignore
      'ends a consumer with %s at once, says why, and tells nobody the password',
      async (_what, trust, more, reason) => {
        // prettier-ignore
        const run = collect(read(clusterOf({ ...(trust ? trusted() : {}), ...more }), uniqueName('refused')))
        const error = await run.ended
        expect(error).toBeInstanceOf(ConsumerError)
        expect(error).toMatchObject({
          fault: { _tag: 'AuthenticationFault', broker: own.brokers, reason: expect.stringMatching(reason) }
        })
        const said = error instanceof Error ? `${error.message} ${String(error.stack)} ${JSON.stringify(error)}` : error
        expect(said).not.toContain('looking-glass')
        expect(said).not.toContain(password)
      }
    )

    it('is not taken for a broker by a client without TLS', async () => {
      const reader = read(kafka({ 'bootstrap.servers': own.brokers }), uniqueName('plain'))
      const events = collect(reader.events)
      const run = collect(reader)
      await until(() => events.values.length > 0, 'that it was noticed')
      expect(events.values[0]).toMatchObject({ _tag: 'reconnecting', fault: { broker: own.brokers } })
      await reader.close()
      expect(await run.ended).toBe('complete')
    })
  }
)
