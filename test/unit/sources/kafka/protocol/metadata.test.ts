import { describe, expect, it } from 'vitest'
import { metadata } from '../../../../../src/sources/kafka/protocol/metadata.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../../src/sources/kafka/protocol/response-reader.js'

const hex = (text: string): string => Buffer.from(text).toString('hex')
const written = (topics: readonly string[] | 'all'): string => {
  const writer = new RequestWriter()
  metadata.write(writer, topics, 12)
  return Buffer.concat(writer.parts()).toString('hex')
}
const noId = '00'.repeat(16)

describe('Metadata v12', () => {
  it('is written as Kafka’s MetadataRequest.json says: by name, without an id, and no topic is created by asking', () => {
    expect(written(['a'])).toBe(['02', noId, `02${hex('a')}`, '00', '00', '00', '00'].join(''))
    expect(written('all')).toBe(['00', '00', '00', '00'].join(''))
    // No topic is another thing than all of them.
    expect(written([])).toBe(['01', '00', '00', '00'].join(''))
  })

  it('is read as Kafka’s MetadataResponse.json says: the id behind the name, null where there is no topic', () => {
    const id = '00112233445566778899aabbccddeeff'
    const broker = ['00000001', `02${hex('h')}`, '00002384', `02${hex('r')}`, '00']
    const partition = ['0000', '00000000', '00000001', '00000007', '02', '00000001', '02', '00000001', '01', '00']
    const found = ['0000', `02${hex('a')}`, id, '00', '02', ...partition, '80000000', '00']
    const missing = ['0003', `02${hex('b')}`, noId, '00', '01', '80000000', '00']
    const answer = ['00000005', '02', ...broker, `02${hex('c')}`, '00000001', '03', ...found, ...missing, '00']
    expect(metadata.read(new ResponseReader(Buffer.from(answer.join(''), 'hex')), 12, ['a', 'b'])).toEqual({
      throttleMs: 5,
      value: {
        code: 0,
        clusterId: 'c',
        controllerId: 1,
        brokers: [{ nodeId: 1, host: 'h', port: 9092, rack: 'r' }],
        topics: [
          {
            topic: 'a',
            topicId: 'ABEiM0RVZneImaq7zN3u_w',
            code: 0,
            internal: false,
            partitions: [{ code: 0, partition: 0, leader: 1, leaderEpoch: 7, replicas: [1] }]
          },
          { topic: 'b', topicId: null, code: 3, internal: false, partitions: [] }
        ]
      }
    })
  })
})

describe('a topic’s id', () => {
  it('is written as it was read', () => {
    const bytes = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
    const id = new ResponseReader(bytes).uuid()
    expect(Buffer.concat(new RequestWriter().uuid(id).parts())).toEqual(bytes)
    expect(Buffer.concat(new RequestWriter().uuid(null).parts())).toEqual(Buffer.alloc(16))
  })
})
