import { describe, expect, it } from 'vitest'
import { refusedHost } from '../../../src/config/broker-hosts.js'

const goes = (host: string, allowed: readonly string[] | null, readable: string | null = null): boolean =>
  refusedHost({ allowed, readable }, { host, port: 9092 }) === null

describe('the hosts that may be connected to', () => {
  it('are by default all that the cluster names', () => {
    expect(goes('kafka-1.example.com', null)).toBe(true)
  })

  it.each([
    ['kafka-1.example.com', 'kafka-1.example.com', true],
    ['KAFKA-1.example.com.', 'kafka-1.Example.com', true],
    ['b-1.c2.kafka.eu-west-1.amazonaws.com', '*.kafka.eu-west-1.amazonaws.com', true],
    ['kafka-12.example.com', 'kafka-*.example.com', true],
    ['10.1.2.3', '10.*', true],
    ['anything', '*', true],
    ['a.b.c', 'a*b*c', true],
    ['kafka.example.com.evil.net', '*.example.com', false],
    ['evilexample.com', '*.example.com', false],
    ['example.com', '*.example.com', false],
    ['aXc', 'a*b*c', false],
    ['ab', 'ab*b', false],
    ['kafkaxexample.com', 'kafka.example.com', false],
    ['', 'kafka', false]
  ])('%s by the pattern %s: %s', (host, pattern, expected) => {
    expect(goes(host, ['other', pattern])).toBe(expected)
  })

  it('are this machine alone if a password would be sent in plain text', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '::1'].every((host) => goes(host, null, 'PLAIN'))).toBe(true)
    expect(
      ['127.0.0.1.evil.net', 'localhost.evil.net', '::2', '10.0.0.1'].some((host) => goes(host, null, 'PLAIN'))
    ).toBe(false)
  })

  it('are named when they are refused, with what to do', () => {
    expect(refusedHost({ allowed: ['a'], readable: null }, { host: 'b\u001b[31m', port: 1 })).toEqual({
      _tag: 'ConfigFault',
      problems: [
        {
          property: 'allowed.broker.hosts',
          given: 'a',
          allowed: 'a pattern for b\\u001b[31m:1, which the cluster names, if it is a broker'
        }
      ]
    })
  })
})
