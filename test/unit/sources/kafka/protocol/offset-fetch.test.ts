import { describe, expect, it } from 'vitest'
import { offsetFetchOf, type OffsetFetchRequest } from '../../../../../src/sources/kafka/protocol/offset-fetch.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../../src/sources/kafka/protocol/response-reader.js'

const hex = (text: string): string => Buffer.from(text).toString('hex')
const id = '00112233445566778899aabbccddeeff'
const topicId = Buffer.from(id, 'hex').toString('base64url')
const place = { topic: 't', topicId, partition: 1 }
const request: OffsetFetchRequest = { groupId: 'g', partitions: [place] }
const written = (asked: OffsetFetchRequest, version: number): string => {
  const writer = new RequestWriter()
  offsetFetchOf(asked).write(writer, asked, version)
  return Buffer.concat(writer.parts()).toString('hex')
}

describe('OffsetFetch', () => {
  it('goes by topic ids in version 10, as Kafka’s OffsetFetchRequest.json says; the answer is told by names', () => {
    const api = offsetFetchOf(request)
    expect(api.versions.to).toBe(10)
    const topic = [id, '02', '00000001', '00']
    expect(written(request, 10)).toBe(
      ['02', `02${hex('g')}`, '00', 'ffffffff', '02', ...topic, '00', '01', '00'].join('')
    )
    const partition = ['00000001', '0000000000000007', '00000002', `02${hex('x')}`, '0000', '00']
    const group = [`02${hex('g')}`, '02', id, '02', ...partition, '00', '0000', '00']
    const answer = Buffer.from(['00000000', '02', ...group, '00'].join(''), 'hex')
    expect(api.read(new ResponseReader(answer), 10, request).value).toEqual({
      code: 0,
      offsets: [{ topic: 't', partition: 1, offset: 7n, leaderEpoch: 2, metadata: 'x', code: 0 }]
    })
  })

  it('goes by names where an id is not known, and where all that a group has stored is asked for', () => {
    const partitions = [place, { topic: 'u', partition: 0 }]
    expect(offsetFetchOf({ ...request, partitions }).versions).toEqual({ from: 7, to: 9 })
    expect(offsetFetchOf({ groupId: 'g', partitions: 'all' }).versions).toEqual({ from: 7, to: 9 })
    expect(written({ groupId: 'g', partitions: 'all' }, 7)).toBe([`02${hex('g')}`, '00', '01', '00'].join(''))
  })
})
