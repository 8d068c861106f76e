import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConsumerError } from '../../../../src/index.js'
import { kafka, type KafkaProperties } from '../../../../src/kafka.js'

/** `client.pem` and `broker.pem` are of `ca.pem`, all of them for a hundred years; `expired.pem` was until 2021. */
const pem = (name: string): string => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), 'utf8')

const problemsOf = (more: Partial<KafkaProperties>): readonly string[] => {
  try {
    kafka({ 'bootstrap.servers': 'a:1', 'security.protocol': 'SSL', ...more })
    return []
  } catch (error) {
    if (!(error instanceof ConsumerError) || error.fault._tag !== 'ConfigFault') throw error
    expect(inspect(error, { depth: 9 })).not.toContain('PRIVATE KEY-----')
    return error.fault.problems.map(({ property, given, allowed }) => `${property} is ${given}: ${allowed}`)
  }
}

const own = { 'ssl.certificate.pem': pem('client.pem'), 'ssl.key.pem': pem('client.key') }
const cut = (text: string): string => text.slice(0, text.length / 2)
const garbled = (text: string): string => text.replace(/(-\n.{20})/, '$1*')
const notItsName = 'certificates as a PEM text: the content of the file, not its name'

describe('certificates and keys', () => {
  it.each<[string, Partial<KafkaProperties>]>([
    ['none', {}],
    ['a CA', { 'ssl.ca.pem': pem('ca.pem') }],
    ['several, with words between them', { 'ssl.ca.pem': `# ours\n${pem('ca.pem')}\n# theirs\n${pem('broker.pem')}` }],
    ['a list of CAs', { 'ssl.ca.pem': [pem('ca.pem'), pem('broker.pem')] }],
    ['lines that end as on Windows', { 'ssl.ca.pem': pem('ca.pem').replaceAll('\n', '\r\n') }],
    ['a certificate with its key', own],
    ['a chain', { ...own, 'ssl.certificate.pem': pem('client.pem') + pem('ca.pem') }],
    [
      'both in one text',
      {
        'ssl.certificate.pem': pem('client.pem') + pem('client.key'),
        'ssl.key.pem': pem('client.pem') + pem('client.key')
      }
    ],
    [
      'an encrypted key with its password',
      { ...own, 'ssl.key.pem': pem('client-encrypted.key'), 'ssl.key.password': 'only-for-tests' }
    ]
  ])('are taken: %s', (_what, properties) => {
    expect(problemsOf(properties)).toEqual([])
  })

  it.each<[string, Partial<KafkaProperties>, readonly (string | RegExp)[]]>([
    [
      'the name of a CA’s file',
      { 'ssl.ca.pem': '/etc/kafka/ca.pem' },
      [`ssl.ca.pem is a text of 17 characters that is not PEM: ${notItsName}`]
    ],
    ['one of a list', { 'ssl.ca.pem': [pem('ca.pem'), 'ca.pem'] }, [/^ssl\.ca\.pem\[1\] is a text of 6 characters/]],
    [
      'a CA that is cut off',
      { 'ssl.ca.pem': cut(pem('ca.pem')) },
      [/^ssl\.ca\.pem is .* cannot be read \(it is cut off/]
    ],
    ['a CA that is garbled', { 'ssl.ca.pem': garbled(pem('ca.pem')) }, [/^ssl\.ca\.pem is .* cannot be read/]],
    [
      'a CA that is nonsense',
      { 'ssl.ca.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      [/^ssl\.ca\.pem is .* cannot be read/]
    ],
    [
      'a second CA that is cut off',
      { 'ssl.ca.pem': pem('ca.pem') + cut(pem('ca.pem')) },
      [/^ssl\.ca\.pem is .* cut off/]
    ],
    ['a key instead of a CA', { 'ssl.ca.pem': pem('client.key') }, [`ssl.ca.pem is a PEM text (PRIVATE KEY): ${notItsName}`]], // prettier-ignore
    ['a key that is none', { ...own, 'ssl.key.pem': 'client.key' }, ['ssl.key.pem is [redacted]: a private key as a PEM text: the content of the file, not its name']], // prettier-ignore
    ['a key that is cut off', { ...own, 'ssl.key.pem': cut(pem('client.key')) }, [/^ssl\.key\.pem is \[redacted\]: .* cut off/]], // prettier-ignore
    ['an encrypted key without a password', { ...own, 'ssl.key.pem': pem('client-encrypted.key') }, ['ssl.key.password is left out: the password of ssl.key.pem, which is encrypted']], // prettier-ignore
    ['a wrong password', { ...own, 'ssl.key.pem': pem('client-encrypted.key'), 'ssl.key.password': 'wrong' }, ['ssl.key.password is [redacted]: the password that ssl.key.pem is encrypted with']], // prettier-ignore
    ['the key of another', { ...own, 'ssl.key.pem': pem('other.key') }, ['ssl.key.pem is [redacted]: the key of the first certificate in ssl.certificate.pem']], // prettier-ignore
    ['a chain the wrong way round', { ...own, 'ssl.certificate.pem': pem('ca.pem') + pem('client.pem') }, [/^ssl\.key\.pem is/]], // prettier-ignore
    ['a certificate that is over', { ...own, 'ssl.certificate.pem': pem('expired.pem') }, ['ssl.certificate.pem is a certificate that was valid until Jan  1 00:00:00 2021 GMT: one that is still valid']], // prettier-ignore
    ['a certificate without a key', { 'ssl.certificate.pem': pem('client.pem') }, [/^ssl\.key\.pem is left out/]],
    ['a key without a certificate', { 'ssl.key.pem': pem('client.key') }, [/^ssl\.certificate\.pem is left out/]],
    [
      'several at once',
      { 'ssl.ca.pem': 'ca.pem', 'ssl.certificate.pem': 'c.pem', 'ssl.key.pem': 'k.pem' },
      [/^ssl\.ca\.pem/, /^ssl\.certificate\.pem/, /^ssl\.key\.pem/]
    ],
    [
      'a CA where there is no TLS',
      { 'security.protocol': 'PLAINTEXT', 'ssl.ca.pem': pem('ca.pem') },
      ['security.protocol is "PLAINTEXT": SSL or SASL_SSL, since ssl.ca.pem is given']
    ]
  ])('are refused before anything is connected: %s', (_what, properties, expected) => {
    const found = problemsOf(properties)
    expect(
      found.map((one, at) => (typeof expected[at] === 'string' ? one === expected[at] : expected[at]?.test(one)) || one)
    ).toEqual(expected.map(() => true))
  })
})
