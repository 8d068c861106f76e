import { describe, expect, it } from 'vitest'
import type { OffsetCommitRequest } from '../../../../../src/ports/kafka-calls.js'
import { offsetCommitOf } from '../../../../../src/sources/kafka/protocol/offset-commit.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../../src/sources/kafka/protocol/response-reader.js'

const hex = (text: string): string => Buffer.from(text).toString('hex')
const id = '00112233445566778899aabbccddeeff'
const topicId = Buffer.from(id, 'hex').toString('base64url')
const offset = { topic: 't', topicId, partition: 1, offset: 7n, leaderEpoch: 2, metadata: '' }
const request: OffsetCommitRequest = {
  groupId: 'g',
  generation: 3,
  memberId: 'm',
  groupInstanceId: null,
  offsets: [offset]
}

describe('OffsetCommit', () => {
  it('goes by topic ids in version 10, as Kafka’s OffsetCommitRequest.json says; the answer is told by names', () => {
    const api = offsetCommitOf(request)
    expect(api.versions.to).toBe(10)
    const writer = new RequestWriter()
    api.write(writer, request, 10)
    const partition = ['00000001', '0000000000000007', '00000002', '01', '00']
    const fields = [`02${hex('g')}`, '00000003', `02${hex('m')}`, '00', '02', id, '02', ...partition, '00', '00']
    expect(Buffer.concat(writer.parts()).toString('hex')).toBe(fields.join(''))
    const answer = ['00000000', '02', id, '02', '00000001', '0064', '00', '00', '00'].join('')
    expect(api.read(new ResponseReader(Buffer.from(answer, 'hex')), 10, request).value).toEqual([
      { topic: 't', partition: 1, code: 100 }
    ])
  })

  it('goes by names where an id is not known', () => {
    const offsets = [offset, { ...offset, topic: 'u', topicId: null }]
    expect(offsetCommitOf({ ...request, offsets }).versions).toEqual({ from: 7, to: 9 })
  })
})
