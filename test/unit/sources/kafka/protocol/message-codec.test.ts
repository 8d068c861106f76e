import { describe, expect, it } from 'vitest'
import {
  array,
  int16,
  int32,
  nullable,
  string,
  struct,
  strings,
  tagged,
  type Fields,
  type MessageOf
} from '../../../../../src/sources/kafka/protocol/message.js'
import { messageCodec } from '../../../../../src/sources/kafka/protocol/message-codec.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseReader } from '../../../../../src/sources/kafka/protocol/response-reader.js'
import { versionsOf } from '../../../../../src/sources/kafka/protocol/versions.js'

const fields = {
  name: string('0+'),
  former: int16('0-1', 7),
  topics: nullable(array('1+', { topic: string('1+'), partitions: array('1+', { index: int32('1+') }) })),
  leader: tagged(3, struct('2+', { id: int32('2+'), epoch: int32('2+') }, { id: -1, epoch: -1 }))
}
/** Version 2 is flexible. */
const codec = (version: number): ReturnType<typeof messageCodec<typeof fields>> =>
  messageCodec(fields, version, version >= 2)
const written = (version: number, value: MessageOf<typeof fields>): string => {
  const writer = new RequestWriter()
  codec(version).write(writer, value)
  return Buffer.concat(writer.parts()).toString('hex')
}
const read = (version: number, hex: string): MessageOf<typeof fields> =>
  codec(version).read(new ResponseReader(Buffer.from(hex, 'hex')))

const value = {
  name: 'n',
  former: 1,
  topics: [{ topic: 't', partitions: [{ index: 5 }] }],
  leader: { id: 2, epoch: 4 }
}
const byVersion = [
  [0, '00016e' + '0001', { topics: null, leader: { id: -1, epoch: -1 } }],
  [1, '00016e' + '0001' + '00000001' + '000174' + '00000001' + '00000005', { leader: { id: -1, epoch: -1 } }],
  [
    2,
    '026e' + '02' + '0274' + '02' + '00000005' + '00' + '00' + '01' + '03' + '09' + '00000002' + '00000004' + '00',
    { former: 7 }
  ]
] as const

describe('a message', () => {
  it.each(byVersion)(
    'in version %d has the fields of that version, and the others as they are by default',
    (version, hex, absent) => {
      expect(written(version, value)).toBe(hex)
      expect(read(version, hex)).toEqual({ ...value, ...absent })
    }
  )

  it('has null lists in either encoding, and no tagged field that is as it would be without', () => {
    const none = { ...value, topics: null, leader: fields.leader.absent }
    expect(written(1, none)).toBe('00016e' + '0001' + 'ffffffff')
    expect(written(2, none)).toBe('026e' + '00' + '00')
    expect(read(2, '026e' + '00' + '00')).toEqual({ ...none, former: 7 })
  })

  it('may bring tagged fields that are not known', () => {
    expect(
      read(2, '026e' + '00' + '02' + '02' + '01' + 'ff' + '03' + '09' + '00000002' + '00000004' + '00').leader
    ).toEqual(value.leader)
  })

  it('reads null as nothing where a field may not be null', () => {
    expect(read(1, 'ffff' + '0001' + 'ffffffff')).toEqual({
      name: '',
      former: 1,
      topics: null,
      leader: fields.leader.absent
    })
  })
})

const refused = (of: Fields, hex: string, flexible = true): unknown => {
  try {
    return messageCodec(of, 1, flexible).read(new ResponseReader(Buffer.from(hex, 'hex')))
  } catch (error) {
    return (error as Error).message
  }
}

describe('a count that cannot be', () => {
  it('is refused by what its elements take at least, before any is read', () => {
    const pairs = { list: array('0+', { a: int32('0+'), b: int32('0+') }) }
    // Three pairs take 27 bytes with their tags, 24 without: there are 26 or 23.
    expect(refused(pairs, '04' + '00'.repeat(26))).toBe('a list of 3 where 26 bytes are left')
    expect(refused(pairs, '00000003' + '00'.repeat(23), false)).toBe('a list of 3 where 23 bytes are left')
    expect(refused(pairs, '04' + '00'.repeat(28))).toEqual({ list: Array.from({ length: 3 }, () => ({ a: 0, b: 0 })) })
  })

  it('is refused beyond a million elements, though the bytes are there', () => {
    const texts = { list: strings('0+') }
    const count = (elements: number): string =>
      Buffer.concat(new RequestWriter().uvarint(elements + 1).parts()).toString('hex')
    expect(refused(texts, count(1_000_001) + '01'.repeat(1_000_002))).toMatch(/^a list of 1000001 /)
    expect(refused(texts, count(1_000_000) + '01'.repeat(1_000_000) + '00')).toEqual({
      list: expect.any(Array) as unknown
    })
  })

  it('is refused of tagged fields: beyond ten thousand, or more than there are bytes for', () => {
    expect(refused({}, '914e' + '0000'.repeat(10_001))).toMatch(/^10001 tagged fields /)
    expect(refused({}, '904e' + '0000'.repeat(10_000))).toEqual({})
    expect(refused({}, '03' + '00'.repeat(5))).toBe('3 tagged fields where 5 bytes are left')
  })

  it('is refused of a tagged field that says it is shorter than it is', () => {
    const of = { leader: tagged(0, int32('0+')) }
    expect(refused(of, '01' + '00' + '02' + '00000001')).toBe('a tagged field that is longer than 2 bytes')
  })
})

describe('versions', () => {
  it.each([
    ['3+', 3, Infinity],
    ['0-9', 0, 9],
    ['4', 4, 4]
  ] as const)('%s', (text, from, to) => {
    expect(versionsOf(text)).toEqual({ from, to })
  })
})
