import { isLeft } from 'fp-ts/lib/Either.js'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { decodeClusterConfig } from '../../../src/config/cluster-config.js'
import { decodeConsumerConfig } from '../../../src/config/consumer-config.js'
import { decodeProducerConfig } from '../../../src/config/producer-config.js'
import { ConsumerError, secret } from '../../../src/index.js'

const problemsOf = (config: unknown): readonly string[] => {
  const decoded = decodeClusterConfig(config)
  return isLeft(decoded) ? decoded.left.problems.map(({ property }) => property) : []
}
const sasl = { 'sasl.mechanism': 'PLAIN', 'sasl.username': 'me', 'sasl.password': 'hunter2' }

describe('bootstrap.servers', () => {
  it('may be a function, which is called only when it is needed', () => {
    const locate = (): string => {
      throw new Error('called too early')
    }
    expect(decodeClusterConfig({ 'bootstrap.servers': locate })).toMatchObject({ right: { brokers: [], locate } })
  })
})

describe('decodeClusterConfig', () => {
  it('reads addresses: one, several, a list, IPv6', () => {
    const read = (servers: unknown): unknown => {
      const decoded = decodeClusterConfig({ 'bootstrap.servers': servers })
      return isLeft(decoded) ? null : decoded.right.brokers
    }
    expect(read('a:9092')).toEqual([{ host: 'a', port: 9092 }])
    expect(read('a:1, [::1]:65535')).toEqual([
      { host: 'a', port: 1 },
      { host: '::1', port: 65_535 }
    ])
    expect(read(['10.0.0.1:9092'])).toEqual([{ host: '10.0.0.1', port: 9092 }])
    // A link-local address, and the interface that it is valid for.
    expect(read('[fe80::1%eth0]:9092')).toEqual([{ host: 'fe80::1%eth0', port: 9092 }])
  })

  it.each([
    '[fe80::1%]:9092',
    '[fe80::1%a b]:9092',
    '[eth0]:9092',
    '',
    'a',
    'a:',
    'a:0',
    'a:65536',
    'a:99999',
    ':9092',
    'http://a:9092',
    '::1:9092',
    'a:9092,',
    [],
    [5],
    5
  ])('refuses %o as servers', (servers) => {
    expect(problemsOf({ 'bootstrap.servers': servers })).toEqual(['bootstrap.servers'])
  })

  it.each(['__proto__', 'constructor', 'toString'])('does not know %s, and suggests nothing for it', (key) => {
    const config: unknown = JSON.parse(`{"bootstrap.servers":"a:1","${key}":{}}`)
    for (const decoded of [decodeClusterConfig(config), decodeProducerConfig(config), decodeConsumerConfig(config)])
      expect(isLeft(decoded) && decoded.left.problems.filter(({ property }) => property === key)).toEqual([
        { property: key, given: 'not known', allowed: 'a property that docs/properties.md lists' }
      ])
  })

  it('requires a complete SASL configuration, with a matching security.protocol', () => {
    expect(problemsOf({ 'bootstrap.servers': 'a:1', ...sasl })).toEqual(['security.protocol'])
    expect(problemsOf({ 'bootstrap.servers': 'a:1', 'security.protocol': 'SASL_SSL' })).toEqual(['sasl.mechanism'])
    expect(
      problemsOf({ 'bootstrap.servers': 'a:1', 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN' })
    ).toEqual(['sasl.username', 'sasl.password'])
    expect(problemsOf({ 'bootstrap.servers': 'a:1', 'security.protocol': 'SASL_SSL', ...sasl })).toEqual([])
  })

  it('treats credentials that nothing would use as a mistake', () => {
    expect(problemsOf({ 'bootstrap.servers': 'a:1', 'sasl.username': 'me', 'sasl.password': 'hunter2' })).toEqual([
      'security.protocol'
    ])
    expect(problemsOf({ 'bootstrap.servers': 'a:1', 'sasl.username': null, 'sasl.password': null })).toEqual([
      'sasl.password'
    ])
  })

  it('sends no password in plain text to another machine unless that is allowed explicitly', () => {
    const plain = { 'security.protocol': 'SASL_PLAINTEXT', ...sasl }
    expect(problemsOf({ 'bootstrap.servers': 'a:1', ...plain })).toEqual(['security.protocol'])
    expect(problemsOf({ 'bootstrap.servers': 'localhost:1,127.0.0.1:2,[::1]:3', ...plain })).toEqual([])
    expect(problemsOf({ 'bootstrap.servers': 'a:1', ...plain, 'allow.plaintext.sasl': true })).toEqual([])
  })

  it('never prints a secret, right or wrong', () => {
    const good = decodeClusterConfig({ 'bootstrap.servers': 'a:1', 'security.protocol': 'SASL_SSL', ...sasl })
    const bad = decodeClusterConfig({ 'bootstrap.servers': '', 'sasl.password': { hunter2: 1 }, 'ssl.key.pem': 5 })
    const error = isLeft(bad) ? new ConsumerError(bad.left) : null
    const shown = [good, bad, error, error?.message, error?.stack].flatMap((value) => [
      inspect(value, { depth: 9 }),
      JSON.stringify(value)
    ])
    expect(shown.join('\n')).not.toContain('hunter2')
    expect(shown.join('\n')).toContain('[redacted]')
  })

  it.each([
    ['in the URL of a server', { 'bootstrap.servers': 'kafka://alice:hunter2@a:1?token=hunter2' }],
    ['in one of several servers', { 'bootstrap.servers': ['a:1', 'alice:hunter2@b:1'] }],
    ['in an address that is an object', { 'bootstrap.servers': { host: 'a', password: 'hunter2' } }],
    ['in a list of such', { 'bootstrap.servers': [{ password: 'hunter2' }] }],
    ['in a mechanism that is none', { 'sasl.mechanism': { username: 'alice', password: 'hunter2' } }],
    ['for the name', { 'sasl.username': { hunter2: 1 } }],
    ['for the function that gives a token', { 'sasl.oauthbearer.token': 'hunter2' }],
    ['for an authority', { 'ssl.ca.pem': { key: 'hunter2' } }],
    ['among the authorities', { 'ssl.ca.pem': ['hunter2', 5] }],
    ['for a certificate', { 'ssl.certificate.pem': Buffer.from('hunter2') }],
    ['as bytes of a key', { 'ssl.key.pem': Buffer.from('hunter2') }],
    ['for the password of a key', { 'ssl.key.password': ['hunter2'] }],
    ['under a name that is not known', { 'sasl.pasword': 'hunter2', sasl: { password: 'hunter2' } }]
  ])('does not repeat a secret that was given %s', (_where, properties) => {
    const bad = decodeClusterConfig({ 'bootstrap.servers': 'a:1', ...properties })
    if (!isLeft(bad)) throw new Error('it was taken')
    const error = new ConsumerError(bad.left)
    const shown = [bad, error, error.message, error.stack].flatMap((value) => [
      inspect(value, { depth: 9 }),
      JSON.stringify(value)
    ])
    expect(shown.join('\n')).not.toContain('hunter2')
    expect(shown.join('\n')).not.toContain(Buffer.from('hunter2').toString('base64'))
    expect(shown.join('\n')).not.toContain('104,117,110')
  })

  it('verifies certificates unless that is switched off by name', () => {
    const tlsOf = (more: object): unknown => {
      const decoded = decodeClusterConfig({ 'bootstrap.servers': 'a:1', 'security.protocol': 'SSL', ...more })
      return isLeft(decoded) ? null : decoded.right.tls
    }
    expect(tlsOf({})).toMatchObject({ verify: true })
    expect(tlsOf({ dangerouslyDisableTlsVerification: true })).toMatchObject({ verify: false })
  })
})

describe('decodeProducerConfig', () => {
  it('requires a delivery.timeout.ms that is longer than a request', () => {
    expect(isLeft(decodeProducerConfig({ 'request.timeout.ms': 2, 'delivery.timeout.ms': 1 }))).toBe(true)
    expect(decodeProducerConfig({})).toMatchObject({ right: { acks: 'all', compression: 'none' } })
    expect(isLeft(decodeProducerConfig({ acks: 2 }))).toBe(true)
  })
})

describe('secret', () => {
  it('is never printed', () => {
    const value = secret('hunter2')
    const shown = [String(value), JSON.stringify({ value }), inspect(value), inspect({ value })]
    expect(shown.join()).not.toContain('hunter2')
    expect(value.reveal()).toBe('hunter2')
  })
})
