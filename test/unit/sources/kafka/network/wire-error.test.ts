import { describe, expect, it } from 'vitest'
import {
  faultOfThrown,
  mostTelling,
  socketFault,
  WireError
} from '../../../../../src/sources/kafka/network/wire-error.js'

const broker = 'alpha:9092'
const coded = (code: string, message = code): Error => Object.assign(new Error(message), { code })

describe('socketFault', () => {
  it.each([
    ['a broker that closes', null, 'open', 'ConnectionFault', 'it closed the connection'],
    ['a refused connection', coded('ECONNREFUSED'), 'connect', 'ConnectionFault', 'ECONNREFUSED'],
    [
      'a certificate that nobody trusts',
      coded('SELF_SIGNED_CERT_IN_CHAIN'),
      'TLS handshake',
      'AuthenticationFault',
      'SELF_SIGNED'
    ],
    [
      'a refusal of our certificate',
      coded('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'alert unknown ca'),
      'open',
      'AuthenticationFault',
      'ended the TLS handshake: alert unknown ca'
    ],
    [
      'no common version',
      coded('ERR_SSL_UNSUPPORTED_PROTOCOL'),
      'TLS handshake',
      'AuthenticationFault',
      'no TLS version'
    ],
    ['a listener that speaks another protocol', coded('EPROTO'), 'TLS handshake', 'FrameFault', 'EPROTO'],
    ['an end within the handshake', null, 'TLS handshake', 'ConnectionFault', 'a listener without TLS'],
    ['a reset within the handshake', coded('ECONNRESET'), 'TLS handshake', 'ConnectionFault', 'a listener without TLS']
  ] as const)('of %s', (_what, error, phase, tag, reason) => {
    expect(socketFault(error, phase, broker)).toMatchObject({
      _tag: tag,
      broker,
      reason: expect.stringContaining(reason)
    })
  })
})

describe('faultOfThrown', () => {
  it('keeps the fault of a WireError; anything else is a fault of the connection', () => {
    const fault = { _tag: 'UsageFault', reason: 'wrong' } as const
    expect(faultOfThrown(new WireError(fault), broker)).toBe(fault)
    expect(faultOfThrown('text', broker)).toEqual({ _tag: 'ConnectionFault', broker, reason: 'text' })
  })
})

describe('mostTelling', () => {
  it('prefers a permanent refusal to a network failure', () => {
    const failed = new WireError({ _tag: 'ConnectionFault', broker, reason: 'reset' })
    const refused = new WireError({ _tag: 'AuthenticationFault', broker, reason: 'no' })
    expect(mostTelling(new AggregateError([failed, refused]))).toBe(refused)
    expect(mostTelling(failed)).toBe(failed)
  })

  it('says that no broker is known if none was tried', () => {
    expect(mostTelling(new AggregateError([]))).toMatchObject({ fault: { reason: 'no broker is known' }, sent: false })
  })
})
