import { describe, expect, it } from 'vitest'
import { ProtocolReader, ProtocolWriter } from '../../../../src/core/protocol/protocol-bytes.js'

const written = (write: (writer: ProtocolWriter) => void): Uint8Array => {
  const writer = new ProtocolWriter()
  write(writer)
  return writer.done()
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const reader = (text: string): ProtocolReader => new ProtocolReader(Buffer.from(text.replaceAll(' ', ''), 'hex'))

describe('ProtocolWriter', () => {
  it.each<[string, (writer: ProtocolWriter) => void, string]>([
    ['int16', (writer) => writer.int16(-2), 'fffe'],
    ['int32', (writer) => writer.int32(258), '00000102'],
    ['string', (writer) => writer.string('é'), '0002c3a9'],
    ['nullableString', (writer) => writer.nullableString(null), 'ffff'],
    ['bytes', (writer) => writer.bytes(Uint8Array.of(7)), '0000000107'],
    ['null bytes', (writer) => writer.bytes(null), 'ffffffff']
  ])('writes %s', (_name, write, expected) => {
    expect(hex(written(write))).toBe(expected)
  })

  it('grows for more than it began with', () => {
    const bytes = new Uint8Array(10_000).fill(3)
    expect(written((writer) => writer.bytes(bytes)).subarray(4)).toEqual(bytes)
  })

  it('writes partitions by topic, both in order: equal assignments have equal bytes', () => {
    const places = [
      { topic: 'b', partition: 1 },
      { topic: 'a', partition: 2 },
      { topic: 'a', partition: 0 }
    ]
    const bytes = written((writer) => writer.partitions(places))

    expect(hex(bytes)).toBe('00000002' + '000161' + '000000020000000000000002' + '000162' + '0000000100000001')
    expect(hex(written((writer) => writer.partitions(places.toReversed())))).toBe(hex(bytes))
  })
})

describe('ProtocolReader', () => {
  it('reads what the writer writes, to the last byte', () => {
    const bytes = written((writer) => {
      writer.int16(1)
      writer.nullableString('x')
      writer.partitions([{ topic: 't', partition: 3 }])
      writer.bytes(null)
    })
    const one = new ProtocolReader(bytes)

    expect([one.int16(), one.nullableString(), one.partitions(), one.bytes()]).toEqual([
      1,
      'x',
      [{ topic: 't', partition: 3 }],
      null
    ])
    expect([one.isAtEnd, one.failed]).toEqual([true, false])
  })

  it('names a duplicate partition once', () => {
    expect(reader('00000001 0001 74 00000002 00000001 00000001').partitions()).toEqual([{ topic: 't', partition: 1 }])
  })

  it.each<[string, string, (one: ProtocolReader) => unknown, unknown]>([
    ['an int16 of one byte', '00', (one) => one.int16(), 0],
    ['an int32 of three', '000001', (one) => one.int32(), 0],
    ['a string that is longer than what follows', '0005 61', (one) => one.string(), ''],
    ['bytes that are longer', '00000005 61', (one) => one.bytes(), null],
    ['a list of more than the bytes can hold', '7fffffff 00', (one) => one.array(1, () => one.int16()), []],
    ['a list that is cut off', '00000001 0001 74 00000002 00000001', (one) => one.partitions(), []]
  ])('fails for %s, and gives nothing', (_name, bytes, read, expected) => {
    const one = reader(bytes)

    expect([read(one), one.failed]).toEqual([expected, true])
  })

  it('reads no more once it has failed', () => {
    const one = reader('0005 6162')
    one.string()

    expect([one.int16(), one.failed]).toEqual([0, true])
  })

  it('does not begin lists within lists that together have more than a million elements', () => {
    const empty = '00000000'
    const one = new ProtocolReader(Buffer.from('000f4241' + empty.repeat(10), 'hex'))

    expect([one.array(0, () => one.int32()), one.failed]).toEqual([[], true])
  })
})
