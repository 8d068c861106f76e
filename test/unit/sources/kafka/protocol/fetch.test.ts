import { describe, expect, it } from 'vitest'
import { fetch } from '../../../../../src/sources/kafka/protocol/fetch.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../../src/sources/kafka/protocol/response-reader.js'

const id = '00112233445566778899aabbccddeeff'
const topicId = Buffer.from(id, 'hex').toString('base64url')
const hex = (text: string): string => Buffer.from(text).toString('hex')

const request = {
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 9,
  isolation: 'read_committed',
  rack: 'r',
  session: { id: 7, epoch: 2 },
  byTopicId: true,
  partitions: [0, 1].map((partition) => ({ topic: 't', topicId, partition, offset: 3n, leaderEpoch: 4, maxBytes: 5 })),
  forgotten: [{ topic: 't', topicId, partition: 2 }]
} as const

describe('Fetch v13', () => {
  it('is written as Kafka’s FetchRequest.json says: topics by their ids, and no epoch that was read last', () => {
    const writer = new RequestWriter()
    fetch(() => '').write(writer, request, 13)
    const partition = (number: string): string =>
      ['0000000' + number, '00000004', '0000000000000003', 'ffffffff', 'ffffffffffffffff', '00000005', '00'].join('')
    const begin = ['ffffffff', '000001f4', '00000001', '00000009', '01', '00000007', '00000002']
    const topics = ['02', id, '03', partition('0'), partition('1'), '00']
    const fields = [...begin, ...topics, '02', id, '02', '00000002', '00', `02${hex('r')}`, '00']
    expect(Buffer.concat(writer.parts()).toString('hex')).toBe(fields.join(''))
  })

  it('is read as Kafka’s FetchResponse.json says: the name by the id, and who leads the partition', () => {
    const partition = [
      '00000001',
      '0000',
      '0000000000000009',
      '0000000000000008',
      '0000000000000002',
      '02',
      '0000000000000006',
      '0000000000000005',
      '00',
      'ffffffff',
      '03',
      'abcd'
    ]
    // The current leader (tag 1): eight bytes and its own tags.
    const tagged = ['01', '01', '09', '00000002', '00000003', '00']
    const answer = ['00000005', '0000', '00000007', '02', id, '02', ...partition, ...tagged, '00', '00']
    const named = fetch((given) => (given === topicId ? 't' : '?'))
    expect(named.read(new ResponseReader(Buffer.from(answer.join(''), 'hex')), 13, request)).toEqual({
      throttleMs: 5,
      value: {
        code: 0,
        sessionId: 7,
        endpoints: [],
        partitions: [
          {
            topic: 't',
            partition: 1,
            code: 0,
            highWatermark: 9n,
            lastStableOffset: 8n,
            logStart: 2n,
            aborted: [{ producerId: 6n, firstOffset: 5n }],
            preferredReplica: -1,
            records: Buffer.from('abcd', 'hex'),
            currentLeader: { nodeId: 2, leaderEpoch: 3 }
          }
        ]
      }
    })
  })
})
