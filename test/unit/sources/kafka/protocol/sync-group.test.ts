import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../../../src/core/protocol/error-code.js'
import type { SyncGroupRequest } from '../../../../../src/ports/kafka-calls.js'
import { joinGroup } from '../../../../../src/sources/kafka/protocol/join-group.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../../src/sources/kafka/protocol/response-reader.js'
import { syncGroup, syncGroupOf } from '../../../../../src/sources/kafka/protocol/sync-group.js'

const hex = (text: string): string => Buffer.from(text).toString('hex')
const compact = (text: string): string => `0${String(text.length + 1)}${hex(text)}`
const member = { groupId: 'g', generation: 3, memberId: 'm', groupInstanceId: null, assignments: [] }
const request = { ...member, protocol: 'range' }

const written = (asked: SyncGroupRequest, version: number): string => {
  const writer = new RequestWriter()
  syncGroup.write(writer, asked, version)
  return Buffer.concat(writer.parts()).toString('hex')
}
const read = (asked: SyncGroupRequest, ...fields: readonly string[]): unknown =>
  syncGroup.read(new ResponseReader(Buffer.from(fields.join(''), 'hex')), 5, asked).value
const share = ['0207', '00']

describe('SyncGroup', () => {
  it('names the protocol in version 5, as Kafka’s SyncGroupRequest.json says, and not before', () => {
    const before = [compact('g'), '00000003', compact('m'), '00']
    expect(written(request, 5)).toBe([...before, compact('consumer'), compact('range'), '01', '00'].join(''))
    expect(written(request, 4)).toBe([...before, '01', '00'].join(''))
    // Without one a broker refuses version 5.
    expect([syncGroupOf(request).versions.to, syncGroupOf(member).versions.to]).toEqual([5, 4])
  })

  it('is refused where the group has another protocol than the member joined by, or is no group of consumers', () => {
    const given = { code: errorCode.NONE, assignment: Buffer.from([7]) }
    const inconsistent = { code: errorCode.INCONSISTENT_GROUP_PROTOCOL, assignment: new Uint8Array(0) }
    expect(read(request, '00000000', '0000', compact('consumer'), compact('range'), ...share)).toEqual(given)
    expect(read(request, '00000000', '0000', compact('consumer'), compact('sticky'), ...share)).toEqual(inconsistent)
    expect(read(request, '00000000', '0000', compact('connect'), compact('range'), ...share)).toEqual(inconsistent)
    // A broker that names none, and a member that did not ask.
    expect(read(request, '00000000', '0000', '00', '00', ...share)).toEqual(given)
    expect(read(member, '00000000', '0000', '00', compact('sticky'), ...share)).toEqual(given)
  })

  it('keeps a refusal of the broker’s', () => {
    expect(read(request, '00000000', '001b', compact('connect'), '00', '01', '00')).toMatchObject({
      code: errorCode.REBALANCE_IN_PROGRESS
    })
  })
})

describe('JoinGroup', () => {
  it('is refused where the group is none of consumers', () => {
    const asked = { ...member, sessionTimeoutMs: 1, rebalanceTimeoutMs: 1, protocols: [] }
    const answer = [
      '00000000',
      '0000',
      '00000003',
      compact('connect'),
      compact('range'),
      compact('m'),
      '00',
      compact('m'),
      '01',
      '00'
    ]
    const reader = new ResponseReader(Buffer.from(answer.join(''), 'hex'))
    expect(joinGroup.read(reader, 9, asked).value.code).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL)
  })
})
