import { describe, expect, it } from 'vitest'
import { encodeAssignment } from '../../../../src/core/group-protocol.js'
import { describeGroupV3, joinGroupV9 } from '../../../../src/sources/kafka/protocol/group-apis.js'
import { RequestWriter } from '../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../src/sources/kafka/protocol/response-reader.js'

const hex = (text: string): string => Buffer.from(text).toString('hex')

describe('JoinGroup v9', () => {
  it('is written as Kafka’s JoinGroupRequest.json says: flexible, with a reason that is not told', () => {
    const writer = new RequestWriter()
    joinGroupV9.write(writer, {
      groupId: 'g',
      sessionTimeoutMs: 1,
      rebalanceTimeoutMs: 2,
      memberId: '',
      groupInstanceId: 'i',
      protocols: [{ name: 'range', metadata: new Uint8Array([7, 8]) }]
    })
    const fields = ['00', `02${hex('g')}`, '00000001', '00000002', '01', `02${hex('i')}`, `09${hex('consumer')}`, `02` + `06${hex('range')}` + '030708' + '00', '00', '00'] // prettier-ignore
    expect(Buffer.concat(writer.parts()).toString('hex')).toBe(fields.join(''))
  })

  it('is read as Kafka’s JoinGroupResponse.json says: skipAssignment between the leader and the member id', () => {
    const member = `02${hex('m')}` + `02${hex('i')}` + '0207' + '00'
    const answer = ['00', '00000005', '0000', '00000003', `09${hex('consumer')}`, `06${hex('range')}`, `02${hex('m')}`, '01', `02${hex('m')}`, `02${member}`, '00'] // prettier-ignore
    expect(joinGroupV9.read(new ResponseReader(Buffer.from(answer.join(''), 'hex')))).toEqual({
      throttleMs: 5,
      value: {
        code: 0,
        generation: 3,
        protocol: 'range',
        leader: 'm',
        skipAssignment: true,
        memberId: 'm',
        members: [{ memberId: 'm', groupInstanceId: 'i', metadata: Buffer.from([7]) }]
      }
    })
  })

  it('is read where it refuses: no protocol, no members', () => {
    const answer = ['00', '00000000', '004f', 'ffffffff', '00', '00', '01', '00', `02${hex('m')}`, '01', '00']
    expect(joinGroupV9.read(new ResponseReader(Buffer.from(answer.join(''), 'hex'))).value).toEqual({
      code: 79,
      generation: -1,
      protocol: '',
      leader: '',
      skipAssignment: false,
      memberId: 'm',
      members: []
    })
  })
})

describe('DescribeGroups v3', () => {
  const text = (value: string): string => `${value.length.toString(16).padStart(4, '0')}${hex(value)}`
  const bytes = (value: Uint8Array): string =>
    value.length.toString(16).padStart(8, '0') + Buffer.from(value).toString('hex')
  const read = (...fields: readonly string[]): unknown =>
    describeGroupV3.read(new ResponseReader(Buffer.from(fields.join(''), 'hex')))

  it('is written as Kafka’s DescribeGroupsRequest.json says, for one group', () => {
    const writer = new RequestWriter()
    describeGroupV3.write(writer, 'g')
    expect(Buffer.concat(writer.parts()).toString('hex')).toBe(`00000001${text('g')}00`)
  })

  it('is read as Kafka’s DescribeGroupsResponse.json says: the share of each member', () => {
    const share = encodeAssignment([{ topic: 't', partition: 3 }])
    const member = (id: string, assignment: Uint8Array): string =>
      text(id) + text('client') + text('/127.0.0.1') + bytes(new Uint8Array(3)) + bytes(assignment)
    const members = member('m', share) + member('n', new Uint8Array(0)) + member('o', new Uint8Array(1))
    const group = `0000${text('g')}${text('Stable')}${text('consumer')}${text('range')}00000003${members}80000000`
    expect(read('00000005', '00000001', group)).toEqual({
      throttleMs: 5,
      value: {
        code: 0,
        state: 'Stable',
        members: [
          { memberId: 'm', assignment: [{ topic: 't', partition: 3 }] },
          { memberId: 'n', assignment: [] },
          { memberId: 'o', assignment: null }
        ]
      }
    })
  })

  it('is read where it refuses, and where it says nothing of the group', () => {
    const group = `0010${text('g')}${text('')}${text('')}${text('')}0000000080000000`
    expect(read('00000000', '00000001', group)).toMatchObject({ value: { code: 16, members: [] } })
    expect(read('00000000', '00000000')).toMatchObject({ value: { code: -1, members: [] } })
  })
})
