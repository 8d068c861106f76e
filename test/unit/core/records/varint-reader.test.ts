import { describe, expect, it } from 'vitest'
import { VarintReader } from '../../../../src/core/records/varint-reader.js'

const reader = (...bytes: readonly number[]): VarintReader => new VarintReader(Uint8Array.from(bytes), 0, bytes.length)

describe('VarintReader', () => {
  it.each([
    [[0x00], 0],
    [[0x01], -1],
    [[0x02], 1],
    [[0x7f], -64],
    [[0x80, 0x01], 64],
    [[0xfe, 0xff, 0xff, 0xff, 0x0f], 2_147_483_647],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], -2_147_483_648]
  ])('reads %j as %i, of 32 and of 64 bits', (bytes, value) => {
    for (const one of [reader(...bytes).varint(), reader(...bytes).varlong()]) expect(one).toBe(value)
  })

  it.each([
    [[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f], Number.MAX_SAFE_INTEGER],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], -(2 ** 52)]
  ])('reads %j as %i exactly', (bytes, value) => {
    expect(reader(...bytes).varlong()).toBe(value)
  })

  it('fails for a varint that is longer than its type can be', () => {
    const five = reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x00)
    five.varint()
    const ten = reader(...Array.from({ length: 10 }, () => 0x80), 0x00)
    ten.varlong()
    const skipped = reader(...Array.from({ length: 11 }, () => 0x80), 0x00)
    skipped.skipVarint()

    expect([five, ten, skipped].map((one) => one.hasFailed())).toEqual([true, true, true])
  })

  it.each<[string, (one: VarintReader) => unknown]>([
    ['varint', (one) => one.varint()],
    ['varlong', (one) => one.varlong()],
    ['skipVarint', (one) => one.skipVarint()]
  ])('%s fails after its end, and within a value that the end cuts, though bytes follow', (_name, read) => {
    const bytes = Uint8Array.of(0x80, 0x01)
    const cut = new VarintReader(bytes, 0, 1)
    read(cut)
    const behind = new VarintReader(bytes, 1, 1)
    read(behind)

    expect([cut.hasFailed(), behind.hasFailed()]).toEqual([true, true])
  })

  it('gives bytes behind their length as a view, and null for a negative length', () => {
    const source = Uint8Array.of(9, 0x04, 7, 8, 0x01)
    const one = new VarintReader(source, 1, source.length)
    const bytes = one.bytesOrNull()

    expect([[...(bytes ?? [])], bytes?.buffer === source.buffer]).toEqual([[7, 8], true])
    expect([one.bytesOrNull(), one.hasFailed()]).toEqual([null, false])
  })

  it('returns the right bytes if its own begin in the middle of a buffer', () => {
    const pool = Uint8Array.of(1, 2, 0x04, 7, 8)
    const one = new VarintReader(pool.subarray(2), 0, 3)

    expect([...(one.bytesOrNull() ?? [])]).toEqual([7, 8])
  })

  it('fails if there are fewer bytes than requested', () => {
    const one = reader(1, 2, 3)

    expect([one.take(4).length, one.hasFailed()]).toEqual([0, true])
    one.goTo(1)
    expect([one.hasFailed(), ...one.take(2)]).toEqual([false, 2, 3])
    expect([one.take(-1).length, one.hasFailed()]).toEqual([0, true])
  })

  it('skips bytes with their length, and a null', () => {
    const one = reader(0x04, 7, 8, 0x01, 0x02)
    one.skipBytes()
    one.skipBytes()

    expect([one.at, one.varint()]).toEqual([4, 1])
  })
})
