import { describe, expect, it } from 'vitest'
import { describeFault, type Fault } from '../../../src/index.js'

const evil = 'a\nb\u001b[31mred\u202egnp\u2028\u0000' + 'x'.repeat(10_000)
const place = { topic: evil, partition: 0, offset: 1n }
const faults: readonly Fault[] = [
  { _tag: 'UnknownTopicFault', topic: evil },
  { _tag: 'ConnectionFault', broker: 'b:1', reason: evil },
  { _tag: 'BrokerFault', api: 'CreateTopics', code: 37, name: 'INVALID_PARTITIONS', topic: 't', message: evil },
  { _tag: 'AuthorizationFault', resource: 'group', name: evil },
  { _tag: 'AssignmentFault', groupId: 'g', reason: evil },
  { _tag: 'CorruptBatchFault', ...place, reason: evil },
  { _tag: 'DecodeFault', stage: 'json', reason: evil, place, problems: [{ path: evil, message: evil }] },
  { _tag: 'HandlerFault', operator: 'handle', place, attempt: 1, cause: new Error(evil) },
  { _tag: 'ProduceFault', topic: evil, trouble: 'refused', reason: evil, permanent: true, maybeWritten: false },
  { _tag: 'ConfigFault', problems: [{ property: evil, given: '""', allowed: 'a name' }] }
]

describe('describeFault', () => {
  it.each(faults.map((fault) => [fault._tag, fault] as const))(
    'writes external text on one line, escaped and cut, in a %s',
    (_tag, fault) => {
      const line = describeFault(fault)
      expect(line).toContain('a\\u000ab\\u001b[31mred\\u202egnp\\u2028\\u0000x')
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/)
      // At most four texts from outside, each of at most 256 characters before it is escaped.
      expect(line).not.toContain('x'.repeat(257))
      expect(line.length).toBeLessThan(1_400)
    }
  )

  it.each([
    ['Fetch', 'Kafka 2.8 and later is supported'],
    ['InitProducerId', 'Kafka 2.8 and later is supported; without it, write with enable.idempotence: false'],
    ['ShareFetch', 'share groups need Kafka 4.2, or 4.1 with its preview of them']
  ])('says what a request that a broker does not support needs: %s', (api, needed) => {
    const fault: Fault = { _tag: 'UnsupportedVersionFault', api, needed: 'v4', offered: 'nothing', broker: 'b:1' }
    expect(describeFault(fault)).toBe(`b:1 does not support ${api} v4 (it offers nothing); ${needed}`)
  })

  it.each([
    'connect ECONNREFUSED 127.0.0.1:1',
    'no answer to ApiVersions within 10 ms',
    'it closed the connection in the TLS handshake'
  ])('says once what to do about a connection, also where a record was not written for it: %s', (reason) => {
    const remedy = /; ([^;]+)$/.exec(describeFault({ _tag: 'ConnectionFault', broker: 'b:1', reason }))?.[1] ?? 'none'
    const written: Fault = {
      _tag: 'ProduceFault',
      topic: 't',
      trouble: 'not reachable',
      reason: `nothing is known of the topic: ${describeFault({ _tag: 'ConnectionFault', broker: 'b:1', reason })}`,
      permanent: false,
      maybeWritten: false
    }
    expect(describeFault(written).split(remedy)).toHaveLength(2)
  })

  it('names an error code, says what the broker says of it and what to do', () => {
    const fault: Fault = {
      _tag: 'BrokerFault',
      api: 'CreateTopics',
      code: 37,
      name: 'INVALID_PARTITIONS',
      topic: 't',
      message: 'Number of partitions was set to an invalid non-positive value.'
    }
    expect(describeFault(fault)).toBe(
      'CreateTopics was answered with INVALID_PARTITIONS (37) for t: Number of partitions was set to an invalid non-positive value; use at least one, and more than it has'
    )
  })
})
