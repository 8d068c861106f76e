import { describe, expect, it } from 'vitest'
import { joinGroup } from '../../../../../src/sources/kafka/protocol/join-group.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../../src/sources/kafka/protocol/response-reader.js'

const hex = (text: string): string => Buffer.from(text).toString('hex')

const request = {
  groupId: 'g',
  sessionTimeoutMs: 1,
  rebalanceTimeoutMs: 2,
  memberId: '',
  groupInstanceId: 'i',
  protocols: [{ name: 'range', metadata: new Uint8Array([7, 8]) }]
}

describe('JoinGroup v9', () => {
  it('is written as Kafka’s JoinGroupRequest.json says: flexible, with a reason that is not told', () => {
    const writer = new RequestWriter()
    joinGroup.write(writer, request, 9)
    const fields = [
      `02${hex('g')}`,
      '00000001',
      '00000002',
      '01',
      `02${hex('i')}`,
      `09${hex('consumer')}`,
      `02` + `06${hex('range')}` + '030708' + '00',
      '00',
      '00'
    ]
    expect(Buffer.concat(writer.parts()).toString('hex')).toBe(fields.join(''))
  })

  it('is read as Kafka’s JoinGroupResponse.json says: skipAssignment between the leader and the member id', () => {
    const member = `02${hex('m')}` + `02${hex('i')}` + '0207' + '00'
    const answer = [
      '00000005',
      '0000',
      '00000003',
      `09${hex('consumer')}`,
      `06${hex('range')}`,
      `02${hex('m')}`,
      '01',
      `02${hex('m')}`,
      `02${member}`,
      '00'
    ]
    expect(joinGroup.read(new ResponseReader(Buffer.from(answer.join(''), 'hex')), 9, request)).toEqual({
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
    const answer = ['00000000', '004f', 'ffffffff', '00', '00', '01', '00', `02${hex('m')}`, '01', '00']
    expect(joinGroup.read(new ResponseReader(Buffer.from(answer.join(''), 'hex')), 9, request).value).toEqual({
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

describe('JoinGroup v5', () => {
  it('is written and read as Kafka 2.3 does: not flexible, without a reason, a protocol type or word of who assigns', () => {
    const writer = new RequestWriter()
    joinGroup.write(writer, request, 5)
    const fields = [
      `0001${hex('g')}`,
      '00000001',
      '00000002',
      '0000',
      `0001${hex('i')}`,
      `0008${hex('consumer')}`,
      '00000001' + `0005${hex('range')}` + '000000020708'
    ]
    expect(Buffer.concat(writer.parts()).toString('hex')).toBe(fields.join(''))
    const answer = [
      '00000005',
      '0000',
      '00000003',
      `0005${hex('range')}`,
      `0001${hex('l')}`,
      `0001${hex('m')}`,
      '00000001' + `0001${hex('m')}` + 'ffff' + '0000000107'
    ]
    expect(joinGroup.read(new ResponseReader(Buffer.from(answer.join(''), 'hex')), 5, request).value).toEqual({
      code: 0,
      generation: 3,
      protocol: 'range',
      leader: 'l',
      skipAssignment: false,
      memberId: 'm',
      members: [{ memberId: 'm', groupInstanceId: null, metadata: Buffer.from([7]) }]
    })
  })
})
