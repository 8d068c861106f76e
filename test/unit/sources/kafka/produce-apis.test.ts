import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { newestCommon } from '../../../../src/sources/kafka/protocol/newest-common.js'
import { produce } from '../../../../src/sources/kafka/protocol/produce.js'
import { ResponseReader } from '../../../../src/sources/kafka/protocol/response-reader.js'
import { transactionApis } from '../../../../src/sources/kafka/protocol/transaction-apis.js'

const hex = (text: string): string => Buffer.from(text).toString('hex')
const spoken = (maxVersion: number): Parameters<typeof newestCommon>[1] => new Map([[0, { from: 0, to: maxVersion }]])

/** The newest Produce that a broker up to this version is asked in. */
const asked = (maxVersion: number, rules: 1 | 2 = 1): number | null => {
  const common = newestCommon(transactionApis[rules].produce, spoken(maxVersion))
  return isRight(common) ? common.right.version : null
}
const read = (version: number, answer: readonly string[]): unknown => {
  const common = newestCommon(transactionApis[1].produce, spoken(version))
  return isRight(common)
    ? produce.read(new ResponseReader(Buffer.from(answer.join(''), 'hex')), common.right.version, request)
    : null
}

const request = { transaction: null, acks: 'all', timeoutMs: 1, batches: [] } as const

const offsets = ['ffffffffffffffff', 'ffffffffffffffff', 'ffffffffffffffff']
const refused = { topic: 't', partition: 3, code: 87, baseOffset: -1n }

describe('Produce', () => {
  it('is asked in the newest version that both sides speak; what joins a transaction by being written is 12', () => {
    expect([13, 11, 9, 8, 7, 6].map((max) => asked(max))).toEqual([11, 11, 9, 8, 7, null])
    expect([13, 12, 11].map((max) => asked(max, 2))).toEqual([12, 12, null])
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
