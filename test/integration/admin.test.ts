import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import { type Acl, type Admin, ConsumerError, type Fault } from '../../src/index.js'
import { kafka, type KafkaProperties } from '../../src/kafka.js'
import { uniqueName } from '../support/kafka.js'

const user = 'alice'
const password = 'wonderland-7391'

const refused = async (asked: PromiseLike<unknown>): Promise<Fault | null> => {
  try {
    await asked
    return null
  } catch (thrown) {
    return thrown instanceof ConsumerError ? thrown.fault : null
  }
}

const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url')
const token = (lifeMs: number, sub = user): string => {
  const now = Date.now()
  return `${part({ alg: 'none' })}.${part({ sub, iat: now / 1_000, exp: (now + lifeMs) / 1_000 })}.`
}

const byPassword = { 'sasl.username': user, 'sasl.password': password }
const credentials = {
  PLAIN: { 'sasl.mechanism': 'PLAIN', ...byPassword },
  'SCRAM-SHA-256': { 'sasl.mechanism': 'SCRAM-SHA-256', ...byPassword },
  'SCRAM-SHA-512': { 'sasl.mechanism': 'SCRAM-SHA-512', ...byPassword },
  OAUTHBEARER: {
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.oauthbearer.token': () => Promise.resolve({ value: token(60_000) })
  },
  custom: {
    'sasl.mechanism': {
      name: 'PLAIN',
      authenticate: () => (challenge: Uint8Array | null) =>
        challenge === null ? Buffer.from(`\0${user}\0${password}`) : null
    }
  }
} as const

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'the admin client on a broker that speaks SASL over TLS and has an authorizer',
  () => {
    let own: RunningKafka
    const opened: Admin[] = []
    beforeAll(async () => {
      const authorizer = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
      const properties = { 'authorizer.class.name': authorizer, 'super.users': `User:${user};User:ANONYMOUS` }
      own = await startKafka({ sasl: { user, password }, properties })
    })
    afterAll(async () => {
      for (const admin of opened) admin.close()
      await own.stop()
    })

    const adminOf = (more: Partial<KafkaProperties> = {}): Admin => {
      const admin = kafka({
        'bootstrap.servers': own.brokers,
        'security.protocol': 'SASL_SSL',
        'ssl.ca.pem': own.certificate,
        ...credentials.PLAIN,
        ...more
      }).admin()
      opened.push(admin)
      return admin
    }

    it.each(Object.keys(credentials))('takes a user with %s, for kafkajs’s requests and for ours', async (how) => {
      const admin = adminOf(credentials[how as keyof typeof credentials])
      const topic = uniqueName('admin')
      await admin.createTopics([{ topic, partitions: 1 }])
      expect((await admin.describeCluster()).brokers).toHaveLength(1)
      await admin.deleteTopics([topic])
    })

    it.each([
      ['a wrong password', { 'sasl.password': 'looking-glass-42' }, /Invalid username or password/],
      [
        'a wrong password with SCRAM',
        { ...credentials['SCRAM-SHA-256'], 'sasl.password': 'looking-glass-42' },
        /invalid credentials/
      ],
      [
        'a token that has ended',
        { 'sasl.mechanism': 'OAUTHBEARER', 'sasl.oauthbearer.token': () => Promise.resolve({ value: token(-60_000) }) },
        /invalid_token/
      ],
      ['a certificate of another host', { 'ssl.server.name': 'elsewhere.example' }, /elsewhere/]
    ] as const)('says why it refuses %s, and tells nobody the password', async (what, more, reason) => {
      const admin = adminOf(more)
      // The first goes to kafkajs, once our own connection is made.
      const both = await Promise.all([refused(admin.describeAcls()), refused(admin.listGroups())])
      // The next token is waited for: that one may have ended on its way.
      const _tag = what === 'a token that has ended' ? 'ConnectionFault' : 'AuthenticationFault'
      for (const fault of both) expect(fault).toMatchObject({ _tag, reason: expect.stringMatching(reason) })
      expect(JSON.stringify(both)).not.toMatch(/looking-glass|wonderland/)
    })

    it('says of everything that one may not do what it is that one may not, at once', async () => {
      const [topic, group] = [uniqueName('kept'), uniqueName('kept')]
      const alice = adminOf()
      await alice.createTopics([{ topic, partitions: 2 }])
      await alice.setOffsets(group, [{ topic, partition: 0, offset: 0n }])
      const acl: Acl = {
        resource: 'TOPIC',
        name: topic,
        pattern: 'LITERAL',
        principal: 'User:x',
        host: '*',
        operation: 'READ',
        permission: 'ALLOW'
      }
      const { 'sasl.mechanism': mechanism } = credentials.OAUTHBEARER
      const bob = adminOf({
        'sasl.mechanism': mechanism,
        'sasl.oauthbearer.token': () => Promise.resolve({ value: token(600_000, 'bob') })
      })
      const ofTopic = [
        bob.describeTopics([topic]),
        bob.createTopics([{ topic, partitions: 1 }]),
        bob.deleteTopics([topic]),
        bob.createPartitions([{ topic, partitions: 3 }]),
        bob.deleteRecords([{ topic, partition: 0, before: 'end' }]),
        bob.listOffsets([{ topic, partition: 0, at: 'end' }]),
        bob.resetOffsets(group, [topic], 'end'),
        bob.describeConfigs([{ type: 'topic', name: topic }]),
        bob.alterConfigs([{ type: 'topic', name: topic, unset: ['retention.ms'] }])
      ]
      const ofGroup = [
        bob.describeGroups([group]),
        bob.deleteGroups([group]),
        bob.fetchOffsets(group),
        bob.setOffsets(group, [{ topic, partition: 0, offset: 0n }])
      ]
      const ofCluster = [bob.describeAcls(), bob.createAcls([acl]), bob.deleteAcls({ name: topic })]
      const faults = async (asked: readonly PromiseLike<unknown>[]): Promise<unknown> =>
        new Set((await Promise.all(asked.map(refused))).map((fault) => JSON.stringify(fault)))
      const unauthorised = (resource: string, name: string): unknown =>
        new Set([JSON.stringify({ _tag: 'AuthorizationFault', resource, name })])
      expect(await faults(ofTopic)).toEqual(unauthorised('topic', topic))
      expect(await faults(ofGroup)).toEqual(unauthorised('group', group))
      expect(await faults(ofCluster)).toEqual(unauthorised('cluster', 'kafka-cluster'))
      expect([await bob.listTopics(), await bob.listGroups()]).toEqual([[], []])
      await alice.deleteGroups([group])
      await alice.deleteTopics([topic])
    })

    it('says of a broker that is not in the cluster that it is not, of its configuration too', async () => {
      const admin = adminOf()
      const asked = [
        admin.describeConfigs([{ type: 'broker', name: '77' }]),
        admin.alterConfigs([{ type: 'broker', name: '77', unset: ['log.cleaner.threads'] }])
      ]
      const fault = { _tag: 'ConnectionFault', broker: 'node 77', reason: 'not in the cluster' }
      expect(await Promise.all(asked.map(refused))).toEqual([fault, fault])
    })

    it('describes the configurations of a broker and a topic in one call, and changes that of the broker', async () => {
      const admin = adminOf()
      const topic = uniqueName('configured')
      await admin.createTopics([{ topic, partitions: 1, config: { 'retention.ms': '1000000' } }])
      const name = String((await admin.describeCluster()).brokers[0]?.nodeId)
      const valuesOf = async (): Promise<unknown> =>
        (
          await admin.describeConfigs([
            { type: 'broker', name, only: ['log.retention.ms'] },
            { type: 'topic', name: topic, only: ['retention.ms'] }
          ])
        ).map(({ type, entries }) => [type, ...entries.map(({ value, source }) => [value, source])])
      expect(await valuesOf()).toEqual([
        ['broker', ['-1', 'file']],
        ['topic', ['1000000', 'topic']]
      ])
      await admin.alterConfigs([{ type: 'broker', name, set: { 'log.retention.ms': '2000000' } }])
      await expect.poll(valuesOf, { timeout: 60_000 }).toEqual([
        ['broker', ['2000000', 'broker']],
        ['topic', ['1000000', 'topic']]
      ])
      await admin.deleteTopics([topic])
    })

    it('creates, finds and deletes ACLs', async () => {
      const admin = adminOf()
      const name = uniqueName('acl')
      const acl: Acl = {
        resource: 'TOPIC',
        name,
        pattern: 'PREFIXED',
        principal: 'User:bob',
        host: '*',
        operation: 'READ',
        permission: 'ALLOW'
      }
      const denied: Acl = { ...acl, resource: 'GROUP', pattern: 'LITERAL', operation: 'ALL', permission: 'DENY' }
      const literal: Acl = { ...acl, pattern: 'LITERAL' }
      await admin.createAcls([acl, denied, literal])
      const byText = (acls: readonly Acl[]): readonly string[] => acls.map((one) => JSON.stringify(one)).sort()
      // The controller has them; the broker that describes them learns of it from the log of metadata.
      const described = async (): Promise<readonly string[]> => byText(await admin.describeAcls())
      await expect.poll(described, { timeout: 60_000 }).toEqual(byText([acl, denied, literal]))
      expect(await admin.describeAcls({ resource: 'GROUP' })).toEqual([denied])
      const applies = await admin.describeAcls({ resource: 'TOPIC', name: `${name}-one`, pattern: 'MATCH' })
      expect(applies).toEqual([acl])
      expect(await admin.deleteAcls({ name, operation: 'READ', pattern: 'LITERAL' })).toEqual([literal])
      expect(byText(await admin.deleteAcls({ principal: 'User:bob' }))).toEqual(byText([acl, denied]))
      await expect.poll(described, { timeout: 60_000 }).toEqual([])
      expect(await refused(admin.createAcls([{ ...acl, principal: 'bob' }]))).toMatchObject({
        _tag: 'BrokerFault',
        api: 'CreateAcls',
        name: 'INVALID_REQUEST'
      })
    })
  }
)

describe('the admin client where nobody answers', () => {
  let silent: Server
  beforeAll(async () => {
    silent = createServer()
    await new Promise<void>((go) => silent.listen(0, '127.0.0.1', go))
  })
  afterAll(() => {
    silent.close()
  })

  it.each(['listTopics', 'listGroups'] as const)('ends %s by its deadline', async (method) => {
    const { port } = silent.address() as AddressInfo
    const properties = { 'bootstrap.servers': `127.0.0.1:${String(port)}` }
    const admin = kafka(properties).admin({ 'default.api.timeout.ms': 200 })
    const fault = await refused(admin[method]())
    expect(fault?._tag).toMatch(/^(TimeoutFault|ConnectionFault)$/)
    admin.close()
  })

  it('says why it could not connect, when the deadline ends the attempts', async () => {
    const admin = kafka({ 'bootstrap.servers': '127.0.0.1:1' }).admin({ 'default.api.timeout.ms': 2_000 })
    const faults = [
      await refused(admin.describeTopics(['a'])),
      await refused(admin.createPartitions([{ topic: 'a', partitions: 2 }]))
    ]
    expect(faults).toMatchObject(
      [0, 1].map(() => ({ _tag: 'ConnectionFault', reason: expect.stringContaining('ECONNREFUSED') }))
    )
    admin.close()
  })
})
