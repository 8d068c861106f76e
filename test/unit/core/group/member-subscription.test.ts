import { describe, expect, it } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type MemberSubscription
} from '../../../../src/core/group/member-subscription.js'

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
const unhex = (text: string): Uint8Array =>
  Uint8Array.from(text.split(/\s+/).filter(Boolean), (byte) => parseInt(byte, 16))
const lines = (...parts: readonly string[]): string => parts.join(' ')

const subscription = (change: Partial<MemberSubscription> = {}): MemberSubscription => ({
  topics: [],
  userData: null,
  owned: [],
  generation: -1,
  rack: null,
  ...change
})

describe('encodeSubscription', () => {
  it('writes version 3, topics sorted, owned partitions grouped by topic and sorted', () => {
    const written = encodeSubscription(
      subscription({
        topics: ['u', 't'],
        userData: new Uint8Array([0xca, 0xfe]),
        owned: [
          { topic: 'u', partition: 1 },
          { topic: 't', partition: 2 },
          { topic: 'u', partition: 0 }
        ],
        generation: 7,
        rack: 'r'
      })
    )
    expect(hex(written)).toBe(
      lines(
        '00 03',
        '00 00 00 02 00 01 74 00 01 75',
        '00 00 00 02 ca fe',
        '00 00 00 02',
        '00 01 74 00 00 00 01 00 00 00 02',
        '00 01 75 00 00 00 02 00 00 00 00 00 00 00 01',
        '00 00 00 07',
        '00 01 72'
      )
    )
  })

  it('writes absent values as Kafka does', () => {
    expect(hex(encodeSubscription(subscription()))).toBe(
      lines('00 03', '00 00 00 00', 'ff ff ff ff', '00 00 00 00', 'ff ff ff ff', 'ff ff')
    )
  })

  it('counts a name in bytes, not in characters', () => {
    expect(hex(encodeSubscription(subscription({ topics: ['é'] }))).slice(0, 29)).toBe('00 03 00 00 00 01 00 02 c3 a9')
  })

  it('leaves the topics of the subscription in their order', () => {
    const topics = ['b', 'a']
    encodeSubscription(subscription({ topics }))
    expect(topics).toEqual(['b', 'a'])
  })

  it('allocates enough for any subscription', () => {
    const many = subscription({
      topics: Array.from({ length: 50 }, (_, index) => `${String(index).padStart(3, '0')}${'x'.repeat(200)}`),
      userData: new Uint8Array(10_000).fill(1)
    })
    expect(decodeSubscription(encodeSubscription(many))).toEqual(many)
  })
})

describe('decodeSubscription', () => {
  const v0 = '00 00 00 01 00 01 74 00 00 00 01 aa'
  const v1 = '00 00 00 01 00 01 74 00 00 00 01'

  it.each([
    { version: 0, bytes: lines('00 00', v0), read: {} },
    { version: 1, bytes: lines('00 01', v0, v1, '00 00 00 05'), read: { owned: [{ topic: 't', partition: 5 }] } },
    {
      version: 2,
      bytes: lines('00 02', v0, v1, '00 00 00 05', '00 00 00 09'),
      read: { owned: [{ topic: 't', partition: 5 }], generation: 9 }
    },
    {
      version: 3,
      bytes: lines('00 03', v0, v1, '00 00 00 05', '00 00 00 09', '00 01 72'),
      read: { owned: [{ topic: 't', partition: 5 }], generation: 9, rack: 'r' }
    },
    {
      version: 4,
      bytes: lines('00 04', v0, v1, '00 00 00 05', '00 00 00 09', '00 01 72', '01 02 03'),
      read: { owned: [{ topic: 't', partition: 5 }], generation: 9, rack: 'r' }
    }
  ])('reads version $version, and the known part of a newer one', ({ bytes, read }) => {
    expect(decodeSubscription(unhex(bytes))).toEqual(
      subscription({ topics: ['t'], userData: new Uint8Array([0xaa]), ...read })
    )
  })

  it.each([1, 2, 3, 4])('reads the body of version 0 under version %i, as kafkajs writes it', (version) => {
    expect(decodeSubscription(unhex(lines(`00 0${String(version)}`, v0)))).toEqual(
      subscription({ topics: ['t'], userData: new Uint8Array([0xaa]) })
    )
    const withoutUserData = lines(`00 0${String(version)}`, '00 00 00 01 00 01 74 00 00 00 00')
    expect(decodeSubscription(unhex(withoutUserData))?.topics).toEqual(['t'])
  })

  it('reads bytes that stand within others', () => {
    const whole = unhex(lines('ff ff ff', '00 00', v0, 'ff'))
    expect(decodeSubscription(whole.subarray(3, -1))?.topics).toEqual(['t'])
  })

  it('reads a partition that is owned twice once', () => {
    const twice = '00 00 00 01 00 01 74 00 00 00 02 00 00 00 05 00 00 00 05'
    expect(decodeSubscription(unhex(lines('00 01', v0, twice)))?.owned).toEqual([{ topic: 't', partition: 5 }])
  })

  it.each([
    { what: 'nothing', bytes: '' },
    { what: 'a negative version', bytes: lines('ff ff', v0) },
    { what: 'fewer topics than it says', bytes: '00 00 00 00 00 02 00 01 74' },
    { what: 'a number of topics that cannot be', bytes: '00 00 7f ff ff ff 00 01 74 00 00 00 00' },
    { what: 'a name longer than the rest', bytes: '00 00 00 00 00 01 7f ff 74' },
    { what: 'user data longer than the rest', bytes: '00 00 00 00 00 00 7f ff ff ff' },
    { what: 'the end amid the owned partitions of version 1', bytes: lines('00 01', v0, '00 00 00 01') },
    { what: 'the end before the generation of version 2', bytes: lines('00 02', v0, '00 00 00 00') },
    { what: 'the end before the rack of version 3', bytes: lines('00 03', v0, '00 00 00 00', '00 00 00 00') }
  ])('is null for $what', ({ bytes }) => {
    expect(decodeSubscription(unhex(bytes))).toBeNull()
  })
})

describe('encodeAssignment', () => {
  it('writes version 1, grouped by topic and sorted', () => {
    const partitions = [
      { topic: 'u', partition: 3 },
      { topic: 't', partition: 10 },
      { topic: 't', partition: 9 }
    ]
    expect(hex(encodeAssignment(partitions))).toBe(
      lines(
        '00 01',
        '00 00 00 02',
        '00 01 74 00 00 00 02 00 00 00 09 00 00 00 0a',
        '00 01 75 00 00 00 01 00 00 00 03',
        'ff ff ff ff'
      )
    )
    expect(partitions.map(({ partition }) => partition)).toEqual([3, 10, 9])
  })

  it('writes user data where there is any', () => {
    expect(hex(encodeAssignment([], new Uint8Array([1])))).toBe('00 01 00 00 00 00 00 00 00 01 01')
  })
})

describe('decodeAssignment', () => {
  it('reads zero bytes as no partitions: a broker sends them to a member that the leader forgot', () => {
    expect(decodeAssignment(new Uint8Array(0))).toEqual([])
  })

  it('reads partitions, whatever follows them', () => {
    const body = '00 00 00 01 00 01 74 00 00 00 02 00 00 00 04 00 00 00 02'
    const read = [
      { topic: 't', partition: 4 },
      { topic: 't', partition: 2 }
    ]
    expect(decodeAssignment(unhex(lines('00 00', body)))).toEqual(read)
    expect(decodeAssignment(unhex(lines('00 01', body, 'ff ff ff ff 01 02')))).toEqual(read)
  })

  it.each([
    { what: 'one byte', bytes: '00' },
    { what: 'a version alone', bytes: '00 01' },
    { what: 'a negative version', bytes: 'ff ff 00 00 00 00' },
    { what: 'fewer partitions than it says', bytes: '00 01 00 00 00 01 00 01 74 00 00 00 02 00 00 00 04' },
    { what: 'fewer topics than it says', bytes: '00 01 00 00 00 02 00 01 74 00 00 00 01 00 00 00 04' }
  ])('is null for $what', ({ bytes }) => {
    expect(decodeAssignment(unhex(bytes))).toBeNull()
  })
})
