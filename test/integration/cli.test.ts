import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, take, filter } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePort, startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import { commit, consumer, deadLetter, eachPartition, handle, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { type CliGiven, type CliRun, commandLine } from '../support/command-line.js'
import { describeKafka, uniqueName } from '../support/kafka.js'
import { password, user } from '../support/sasl-credentials.js'

describeKafka('the command line', (brokers) => {
  const cli = (line: string, given: CliGiven = {}): Promise<CliRun> =>
    commandLine([...line.split(' '), '--brokers', brokers], given)
  const lines = Array.from({ length: 100 }, (_, index) => `k${String(index)}:{"id":${String(index)}}`)

  it('writes to topics, reads them, and shows and sets what a group has committed', async () => {
    const topic = uniqueName('cli')
    const group = uniqueName('cli-group')
    expect((await cli(`topics create ${topic} --partitions 2 retention.ms=86400000`)).code).toBe(0)
    const written = await cli(`produce ${topic} --key-separator : --compression gzip`, { input: lines.join('\n') })
    expect([written.code, written.err]).toEqual([0, `100 written to ${topic}\n`])
    const all = await cli(`tail ${topic} --from beginning --to now --json --value json`)
    expect(
      all.values.map((one) => (one as { readonly value: { readonly id: number } }).value.id).sort((a, b) => a - b)
    ).toEqual(lines.map((_, index) => index))
    expect((await cli(`tail ${topic} --from=-3 --to now`)).lines.length).toBe(6)
    expect((await cli(`topics show ${topic} --json`)).values).toMatchObject([
      { topic, configs: { 'retention.ms': '86400000' } }
    ])

    const reader = consumer(kafka({ 'bootstrap.servers': brokers }), {
      'group.id': group,
      'auto.offset.reset': 'earliest',
      subscription: subscribe(topic)
    })
    const handled = lastValueFrom(
      reader.events.pipe(
        filter(({ _tag }) => _tag === 'pipeline ended'),
        take(2)
      )
    )
    reader.pipe(eachPartition((partition) => partition.pipe(take(10), commit()))).subscribe()
    await handled
    const live = await cli(`offsets reset ${group} --to beginning --execute`)
    expect([live.code, live.err]).toEqual([1, expect.stringContaining('has 1 members: stop them first')])
    expect((await cli(`groups show ${group}`)).out).toContain(`${topic}/0`)
    await reader.drain()
    expect((await cli(`lag ${group} --json`)).values).toMatchObject([{ group, lag: '80' }])
    await cli(`offsets reset ${group} --shift=-5 --execute`)
    expect((await cli(`offsets show ${group} --json`)).values).toMatchObject([{ committed: '5' }, { committed: '5' }])
    expect((await cli(`groups delete ${group} --yes`)).code).toBe(0)
    expect((await cli('groups --json')).out).not.toContain(group)
    expect((await cli(`topics delete ${topic} --yes`)).code).toBe(0)
  })

  it('writes dead letters back', async () => {
    const [topic, group] = [uniqueName('cli'), uniqueName('cli-group')]
    const cluster = kafka({ 'bootstrap.servers': brokers })
    await cli(`topics create ${topic}`)
    await cli(`topics create ${topic}.dlq`)
    await cli(`produce ${topic}`, { input: 'a\nb\n' })
    const reader = consumer(cluster, {
      'group.id': group,
      'auto.offset.reset': 'earliest',
      subscription: subscribe(topic)
    })
    const letters = lastValueFrom(
      reader.events.pipe(
        filter(({ _tag }) => _tag === 'dead lettered'),
        take(2)
      )
    )
    const refuse = handle(() => Promise.reject(new Error('no')), {
      onFailure: deadLetter(cluster, { topic: `${topic}.dlq` })
    })
    reader.pipe(eachPartition((partition) => partition.pipe(refuse, commit()))).subscribe()
    await letters
    await reader.drain()
    const replayed = await cli(`replay-dlq ${topic}.dlq --to ${topic} --group ${group}-replay --json`)
    expect([replayed.values, replayed.err]).toEqual([[{ topic: `${topic}.dlq`, replayed: 2, skipped: 0 }], ''])
    expect((await cli(`tail ${topic} --from beginning --to now`)).lines).toEqual(['a', 'b', 'a', 'b'])
  })

  it('measures, and finds a cluster that is well', async () => {
    expect((await cli('bench --records 5000 --json')).values).toMatchObject([{ what: 'write' }, { what: 'read' }])
    const topic = uniqueName('cli')
    await cli(`topics create ${topic}`)
    const { code, out } = await cli(`doctor --topic ${topic} --group ${topic}`)
    expect([code, out]).toEqual([0, expect.not.stringMatching(/FAILED|WARNING/)])
    const missing = await cli(`doctor --topic ${topic}-missing`)
    expect([missing.code, missing.out]).toEqual([1, expect.stringMatching(/FAILED {2}topic .*-missing: .*create it/)])
  })
})

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'doctor, on a broker with SASL, TLS and an authorizer',
  () => {
    let own: RunningKafka
    let folder = ''
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'ackstream-doctor-'))
      const authorizer = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
      own = await startKafka({
        sasl: { user, password },
        properties: { 'authorizer.class.name': authorizer, 'super.users': 'User:ANONYMOUS' }
      })
      writeFileSync(join(folder, 'ca.pem'), own.certificate)
    })
    afterAll(async () => {
      await own.stop()
      rmSync(folder, { recursive: true })
    })

    const doctor = async (more: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> => {
      const env = {
        KAFKA_BOOTSTRAP_SERVERS: own.brokers,
        KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
        KAFKA_SSL_CA_LOCATION: join(folder, 'ca.pem'),
        KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256',
        KAFKA_SASL_USERNAME: user,
        KAFKA_SASL_PASSWORD: password
      }
      const { out, err } = await commandLine(['doctor', ...args], { env: { ...env, ...more } })
      expect(out + err).not.toContain(password)
      return out
    }

    it.each<[string, Readonly<Record<string, string>>, readonly string[], RegExp]>([
      ['a wrong password', { KAFKA_SASL_PASSWORD: 'looking-glass' }, [], /as a client: .*invalid credentials.*check sasl\.mechanism, sasl\.username and the password/], // prettier-ignore
      ['a CA that is not the broker’s', { KAFKA_SSL_CA_LOCATION: 'test/fixtures/tls/ca.pem' }, [], /as a client: .*ssl\.ca\.pem for the certificate/], // prettier-ignore
      ['plaintext where TLS is spoken', { KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', KAFKA_SSL_CA_LOCATION: '' }, [], /it speaks TLS, and plaintext was tried/], // prettier-ignore
      ['a group that may not be used', {}, ['--group', 'billing'], /group billing: .*kafka-acls\.sh/],
      ['a topic that may not be seen', {}, ['--topic', 'orders'], /FAILED {2}topic orders: /]
    ])('names %s', async (_what, env, args, expected) => {
      const said = await doctor(env, ...args)
      expect(said).toMatch(expected)
    })
  }
)

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'doctor, where brokers advertise an address that leads nowhere',
  () => {
    it('names it, and advertised.listeners', async () => {
      const nowhere = await freePort()
      const own = await startKafka({
        properties: (_id, listeners) => ({ 'advertised.listeners': listeners.replace(/:(\d+)/, `:${String(nowhere)}`) })
      })
      try {
        const { out, code } = await commandLine(['doctor', '-b', own.brokers])
        expect([code, out]).toEqual([
          1,
          expect.stringMatching(/broker 1, advertised as .*ECONNREFUSED.*: see advertised\.listeners/)
        ])
      } finally {
        await own.stop()
      }
    })
  }
)
