import { afterEach, describe, expect, it, vi } from 'vitest'
import { kafka } from '../../../../src/kafka.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const warnings = (properties: object): readonly unknown[] => {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  kafka({ 'bootstrap.servers': 'a:1', ...properties })
  return emit.mock.calls.map(([, options]) => (options as unknown as { readonly code: string }).code)
}
const scram = { 'sasl.mechanism': 'SCRAM-SHA-512', 'sasl.username': 'alice', 'sasl.password': 'wonderland' } as const

describe('a cluster', () => {
  it.each([
    [
      'TLS that is not verified',
      { 'security.protocol': 'SSL', dangerouslyDisableTlsVerification: true },
      ['ACKSTREAM_TLS_UNVERIFIED']
    ],
    ['SASL that anybody can watch', { 'security.protocol': 'SASL_PLAINTEXT', ...scram }, ['ACKSTREAM_SASL_PLAINTEXT']],
    [
      'nothing on this machine',
      { 'security.protocol': 'SASL_PLAINTEXT', 'bootstrap.servers': 'localhost:1', ...scram },
      []
    ],
    ['nothing over TLS', { 'security.protocol': 'SASL_SSL', ...scram }, []],
    ['nothing without SASL', {}, []]
  ])('warns once of %s', (_what, properties, expected) => {
    expect(warnings(properties)).toEqual(expected)
  })
})
