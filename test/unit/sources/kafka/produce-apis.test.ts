import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { ProduceRequest } from '../../../../src/ports/kafka-calls.js'
import { latestUsableVersion } from '../../../../src/sources/kafka/protocol/latest-usable-version.js'
import { produce } from '../../../../src/sources/kafka/protocol/produce.js'
import { RequestWriter } from '../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../src/sources/kafka/protocol/response-reader.js'
import { produceOf } from '../../../../src/sources/kafka/protocol/transaction-apis.js'

const hex = (text: string): string => Buffer.from(text).toString('hex')
const spoken = (maxVersion: number): Parameters<typeof latestUsableVersion>[1] =>
  new Map([[0, { from: 0, to: maxVersion }]])

const id = '00112233445566778899aabbccddeeff'
const topicId = Buffer.from(id, 'hex').toString('base64url')
const bytes = new Uint8Array([7])
const batches = [{ topic: 't', topicId, partition: 3, bytes }]
const request = { transaction: null, acks: 'all', timeoutMs: 1, batches } as const

/** The newest Produce that a broker up to this version is asked in. */
const asked = (maxVersion: number, rules: 1 | 2 | null, given: ProduceRequest['batches'] = batches): number | null => {
  const transaction = rules === null ? null : { transactionalId: 'x', version: rules }
  const common = latestUsableVersion(produceOf({ ...request, transaction, batches: given }), spoken(maxVersion))
  return isRight(common) ? common.right.version : null
}
const read = (version: number, answer: readonly string[]): unknown =>
  produce.read(new ResponseReader(Buffer.from(answer.join(''), 'hex')), version, request)

const offsets = ['ffffffffffffffff', 'ffffffffffffffff', 'ffffffffffffffff']
const refused = { topic: 't', partition: 3, code: 87, baseOffset: -1n }

describe('Produce', () => {
  it('is asked in the newest version that both sides speak; what joins a transaction by being written is 12', () => {
    expect([13, 12, 9, 8, 7, 6].map((max) => asked(max, null))).toEqual([13, 12, 9, 8, 7, null])
    expect([13, 12, 11, 9].map((max) => asked(max, 1))).toEqual([11, 11, 11, 9])
    expect([13, 12, 11].map((max) => asked(max, 2))).toEqual([13, 12, null])
  })

  it('goes by topic ids in version 13, as Kafka’s ProduceRequest.json says; the answer is told by names', () => {
    const writer = new RequestWriter()
    produce.write(writer, request, 13)
    const fields = ['00', 'ffff', '00000001', '02', id, '02', '00000003', '0207', '00', '00', '00']
    expect(Buffer.concat(writer.parts()).toString('hex')).toBe(fields.join(''))
    const partition = ['00000003', '0064', ...offsets, '01', '00', '00']
    expect(read(13, ['02', id, '02', ...partition, '00', '00000007', '00'])).toMatchObject({
      value: { batches: [{ topic: 't', partition: 3, code: 100 }] }
    })
  })

  it('goes by names where an id is not known', () => {
    const unknown = [...batches, { topic: 'u', partition: 0, bytes }]
    expect([asked(13, null, unknown), asked(13, 1, unknown), asked(13, 2, unknown)]).toEqual([12, 11, 12])
  })

  it('says in version 9 which records are refused, and why', () => {
    const records = ['03', '00000001', `04${hex('bad')}`, '00', '00000004', '00', '00']
    const partition = ['00000003', '0057', ...offsets, ...records, `04${hex('two')}`, '00']
    const answer = ['02', `02${hex('t')}`, '02', ...partition, '00', '00000007', '00']
    const named = [
      { index: 1, message: 'bad' },
      { index: 4, message: null }
    ]
    expect(read(9, answer)).toEqual({
      throttleMs: 7,
      value: { batches: [{ ...refused, message: 'two', refused: named }], endpoints: [] }
    })
  })

  it('says so in version 8, not flexible', () => {
    const records = ['00000001', '00000001', `0003${hex('bad')}`]
    const partition = ['00000003', '0057', ...offsets, ...records, 'ffff']
    const answer = ['00000001', `0001${hex('t')}`, '00000001', ...partition, '00000007']
    const named = [{ index: 1, message: 'bad' }]
    expect(read(8, answer)).toEqual({
      throttleMs: 7,
      value: { batches: [{ ...refused, message: null, refused: named }], endpoints: [] }
    })
  })

  it('says nothing of it in version 7', () => {
    const answer = ['00000001', `0001${hex('t')}`, '00000001', '00000003', '0057', ...offsets, '00000007']
    expect(read(7, answer)).toEqual({
      throttleMs: 7,
      value: { batches: [{ ...refused, message: null, refused: [] }], endpoints: [] }
    })
  })
})
