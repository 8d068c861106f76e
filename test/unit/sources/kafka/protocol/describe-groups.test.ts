import { describe, expect, it } from 'vitest'
import { encodeAssignment } from '../../../../../src/core/group/member-subscription.js'
import { describeGroups } from '../../../../../src/sources/kafka/protocol/describe-groups.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../../src/sources/kafka/protocol/response-reader.js'

const hex = (text: string): string => Buffer.from(text).toString('hex')

describe('DescribeGroups v3', () => {
  const text = (value: string): string => `${value.length.toString(16).padStart(4, '0')}${hex(value)}`
  const bytes = (value: Uint8Array): string =>
    value.length.toString(16).padStart(8, '0') + Buffer.from(value).toString('hex')
  const read = (...fields: readonly string[]): unknown =>
    describeGroups.read(new ResponseReader(Buffer.from(fields.join(''), 'hex')), 3, 'g')

  it('is written as Kafka’s DescribeGroupsRequest.json says, for one group', () => {
    const writer = new RequestWriter()
    describeGroups.write(writer, 'g', 3)
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

describe('DescribeGroups v6', () => {
  it('gives a group that is not there as one that is dead, as older versions do', () => {
    const group = ['0045', `04${hex('why')}`, `02${hex('g')}`, '01', '01', '01', '01', '80000000', '00']
    const answer = Buffer.from(['00000000', '02', ...group, '00'].join(''), 'hex')
    expect(describeGroups.read(new ResponseReader(answer), 6, 'g').value).toEqual({
      code: 0,
      state: 'Dead',
      members: []
    })
  })
})
