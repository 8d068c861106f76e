import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectionFlags, propertiesOf } from '../../../src/cli/connection.js'
import { Flags } from '../../../src/cli/flags.js'
import { fromJava } from '../../../src/cli/java-properties.js'
import { parseProperties } from '../../../src/cli/parse-properties.js'
import { Secret } from '../../../src/index.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ackstream-cli-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const properties = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {}
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(propertiesOf(new Flags(args, connectionFlags), env)).map(([name, value]) => [
      name,
      value instanceof Secret ? `secret ${value.reveal()}` : (value as unknown)
    ])
  )

describe('a .properties file', () => {
  it.each<[string, string, Readonly<Record<string, string>>]>([
    ['the three separators', 'a=1\nb:2\nc 3', { a: '1', b: '2', c: '3' }],
    ['blanks around them', '  a  =  1 \n b\t:\t2', { a: '1 ', b: '2' }],
    ['comments and empty lines', '# a=1\n! b=2\n\n  # c\nd=4', { d: '4' }],
    ['a line that goes on', 'a=one,\\\n   two', { a: 'one,two' }],
    ['a comment sign that belongs to the value', 'a=1 # one', { a: '1 # one' }],
    ['escapes', 'a\\=b=\\u00e4\\t\\\\\nc=\\:d', { 'a=b': 'ä\t\\', c: ':d' }],
    ['a key of nothing', 'a', { a: '' }],
    ['lines that end as on Windows', 'a=1\r\nb=2\r\n', { a: '1', b: '2' }],
    ['the last of two', 'a=1\na=2', { a: '2' }],
    ['without the byte order mark of an editor', '\uFEFFa=1\nb=2', { a: '1', b: '2' }]
  ])('is read as Java reads it: %s', (_what, text, expected) => {
    expect(Object.fromEntries(parseProperties(text))).toEqual(expected)
  })
})

describe('properties on the command line', () => {
  it('may have the names of other clients, too', () => {
    const args = [
      '-b',
      'PLAINTEXT://a:1, b:2,',
      '-X',
      `ssl.ca.location=${file('flag.pem', 'PEM')}`,
      '-X',
      'security.protocol=ssl'
    ]
    expect(properties(args)).toMatchObject({
      'bootstrap.servers': 'a:1,b:2',
      'security.protocol': 'SSL',
      'ssl.ca.pem': 'PEM'
    })
  })
  it.each(['sasl.password', 'sasl.jaas.config', 'ssl.keystore.key', 'ssl.key.pem'])('are no secrets: %s', (name) => {
    expect(() => properties(['-b', 'a:1', '-X', `${name}=looking-glass`])).toThrow(
      /does not belong on the command line/
    )
  })
})

describe('properties of Java’s client', () => {
  const of = (given: Readonly<Record<string, string>>): unknown => fromJava(new Map(Object.entries(given)))
  it.each([
    ['org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="a\\"b=c;";'],
    ["org.apache.kafka.common.security.scram.ScramLoginModule required password='a\"b=c;' username=alice;"]
  ])('provide the user and password of sasl.jaas.config: %s', (jaas) => {
    expect(of({ 'sasl.jaas.config': jaas })).toEqual({ 'sasl.username': 'alice', 'sasl.password': 'a"b=c;' })
  })
  it('take stores that are PEM, and say how to convert the others', () => {
    const store = file('ca.pem', 'PEM')
    expect(
      of({
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': store,
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': store
      })
    ).toEqual({ 'ssl.ca.pem': 'PEM', 'ssl.certificate.pem': 'PEM', 'ssl.key.pem': 'PEM' })
    expect(() => of({ 'ssl.truststore.location': store })).toThrow(
      /is a JKS store, which only Java can read: convert it to PEM/
    )
  })
  it('are trimmed, as Java’s client trims them; protocols are in either case, and addresses may have one', () => {
    const text = [
      'bootstrap.servers=PLAINTEXT://a:1, b:2 ,SASL_SSL://[::1]:3,, ',
      'security.protocol=sasl_ssl ',
      'sasl.mechanism = PLAIN\t',
      'request.timeout.ms=5000 ',
      `ssl.truststore.type=PEM `,
      `ssl.truststore.location=${file('blank.pem', 'PEM')} `,
      'sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b "; ',
      'toString=a'
    ]
    expect(properties(['-c', file('blanks.properties', text.join('\n'))])).toEqual({
      'bootstrap.servers': 'a:1,b:2,[::1]:3',
      'client.id': 'ackstream-cli',
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'PLAIN',
      'request.timeout.ms': 5_000,
      'ssl.ca.pem': 'PEM',
      'sasl.username': 'a',
      'sasl.password': 'secret b ',
      toString: 'a'
    })
    expect(properties(['-b', 'a:1'], { KAFKA_SASL_PASSWORD: ' b ' })).toMatchObject({ 'sasl.password': 'secret  b ' })
  })
  it('leave out what belongs to consumers and producers, and nothing else', () => {
    expect(
      of({
        'group.id': 'a',
        acks: 'all',
        'key.deserializer': 'x',
        'transaction.timeout.ms': '60000',
        'transactional.id': 'x',
        'allow.auto.create.topics': 'false',
        'share.acknowledgement.mode': 'implicit',
        'internal.leave.group.on.close': 'true',
        'metadata.recovery.rebootstrap.trigger.ms': '300000',
        'schema.registry.url': 'https://a',
        'basic.auth.user.info': 'a:b',
        'client.id': '',
        'metadata.recovery.strategy': 'none',
        'max.frame.bytes': '4096',
        'bootstrap.server': 'b:1'
      })
    ).toEqual({ 'metadata.recovery.strategy': 'none', 'max.frame.bytes': '4096', 'bootstrap.server': 'b:1' })
  })
  it('read files that librdkafka names', () => {
    expect(of({ 'ssl.ca.location': file('other.pem', 'CA') })).toEqual({ 'ssl.ca.pem': 'CA' })
    expect(() => of({ 'ssl.ca.location': join(folder, 'nowhere') })).toThrow(/ssl\.ca\.location: ENOENT/)
  })
  it('cannot switch off the check of host names', () => {
    expect(of({ 'ssl.endpoint.identification.algorithm': 'https' })).toEqual({})
    expect(() => of({ 'ssl.endpoint.identification.algorithm': '' })).toThrow(/may only be https/)
  })
})

describe('the connection', () => {
  it('is taken from the flags, then the environment, then the file', () => {
    const path = file(
      'client.properties',
      'bootstrap.servers=file:1\nclient.id=file\nsecurity.protocol=SSL\nrequest.timeout.ms=5000'
    )
    expect(
      properties(['-c', path, '-b', 'flag:1', '-X', 'client.id=flag'], {
        KAFKA_BOOTSTRAP_SERVERS: 'env:1',
        KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT'
      })
    ).toEqual({
      'bootstrap.servers': 'flag:1',
      'client.id': 'flag',
      'security.protocol': 'PLAINTEXT',
      'request.timeout.ms': 5_000
    })
  })
  it('keeps secrets hidden, and accepts none on the command line', () => {
    expect(
      properties(['-b', 'a:1'], {
        KAFKA_SASL_PASSWORD: 'wonderland',
        KAFKA_SASL_USERNAME: 'alice',
        KAFKA_HEAP_OPTS: '-Xmx1g'
      })
    ).toEqual({
      'bootstrap.servers': 'a:1',
      'client.id': 'ackstream-cli',
      'sasl.username': 'alice',
      'sasl.password': 'secret wonderland'
    })
    for (const name of ['sasl.password', 'ssl.key.pem', 'ssl.key.password', 'sasl.jaas.config'])
      expect(() => properties(['-b', 'a:1', '-X', `${name}=x`])).toThrow(/does not belong on the command line/)
  })
  it('needs the brokers', () => {
    expect(() => properties([])).toThrow(/no brokers are named/)
  })
})

describe('flags', () => {
  it('take negative numbers as they are', () => {
    const table = { from: { type: 'string' }, shift: { type: 'string' }, json: { type: 'boolean' } } as const
    const flags = new Flags(['a', '--from', '-2', '--shift', '-100', '--json'], table)
    expect([flags.text('from'), flags.whole('shift', -1_000), flags.isSet('json'), flags.names]).toEqual([
      '-2',
      -100,
      true,
      ['a']
    ])
    expect(new Flags(['--', '--from', '-2'], table).names).toEqual(['--from', '-2'])
    expect(() => new Flags(['--json', '-2'], table)).toThrow('--2 is not known')
  })

  it('that lack a value say so in one line', () => {
    expect(() => new Flags(['--from', '-x'], { from: { type: 'string' } })).toThrow(/^[^\n]*--from[^\n]*$/)
  })

  it.each([
    ['config', 'KEY=VALUE behind the name'],
    ['to-earliest', '--to beginning'],
    ['shift-by', '--shift'],
    ['group', 'the name of the group without a flag']
  ])('of Kafka’s tools are known: --%s', (flag, meant) => {
    expect(() => new Flags([`--${flag}`, 'x'], {})).toThrow(`--${flag} is not known, did you mean ${meant}?`)
  })

  it('say which was meant, and what is allowed', () => {
    expect(() => new Flags(['--borkers', 'a'], connectionFlags)).toThrow(
      '--borkers is not known, did you mean --brokers?'
    )
    const flags = new Flags(['--max', '1.5', '--key', 'jsn'], { max: { type: 'string' }, key: { type: 'string' } })
    expect(() => flags.whole('max', 1)).toThrow('--max takes a whole number from 1, not "1.5"')
    expect(() => flags.oneOf('key', ['text', 'json'])).toThrow('--key takes text, json, not "jsn"')
  })
})
