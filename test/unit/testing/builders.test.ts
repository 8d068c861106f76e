import { isLeft } from 'fp-ts/lib/Either.js'
import { concatMap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { batch, commit, deserialize, handle, utf8 } from '../../../src/index.js'
import { failingCodec, marbles, testPartition, testRecord } from '../../../src/testing.js'

const text = new TextEncoder()

describe('testRecord', () => {
  it('has sensible defaults', () => {
    const { topic, partition, offset, timestamp, timestampType, key, value, headers } = testRecord()
    expect([topic, partition, offset, timestamp, timestampType, key, value, headers]).toEqual([
      'test',
      0,
      0n,
      0,
      'CreateTime',
      null,
      null,
      []
    ])
  })

  it('has its key and value as they are given, and its source as it would have come', () => {
    const headers = [{ name: 'trace', value: 'x' }]
    const record = testRecord({ topic: 'orders', key: 'a', value: { amount: 12n }, offset: 7n, headers })
    expect([record.topic, record.offset, record.key, record.value]).toEqual(['orders', 7n, 'a', { amount: 12n }])
    expect([record.source.key, record.source.value]).toEqual([text.encode('a'), text.encode('{"amount":"12"}')])
    expect(record.source.headers).toEqual([{ name: 'trace', value: text.encode('x') }])
    expect(JSON.parse(JSON.stringify(testRecord()))).toMatchObject({ topic: 'test', offset: '0' })
  })

  it('may be bytes', () => {
    const value = text.encode('raw')
    expect(testRecord({ value }).source.value).toBe(value)
  })
})

describe('testPartition', () => {
  it('delivers, and sees what is acknowledged, held and stored', () => {
    const partition = testPartition({ topic: 'orders', partition: 3, offset: 40n })
    const stored: unknown[] = []
    partition.stream.pipe(batch({ records: 2 }), commit({ every: 2 })).subscribe((one) => stored.push(one))
    expect(partition.isSubscribed).toBe(true)
    partition.deliver({ key: 'a' })
    expect([partition.acked, partition.held, partition.committable]).toEqual([[], [40n], 40n])
    partition.deliver({ key: 'b', offset: 45n })
    expect([partition.acked, partition.held, partition.stored]).toEqual([[40n, 45n], [], [46n]])
    expect(stored).toEqual([{ topic: 'orders', partition: 3, offset: 46n }])
  })

  it('asks for what is collected when it is flushed, and when it is drained', () => {
    const partition = testPartition()
    const sizes: unknown[] = []
    partition.stream.pipe(batch({ records: 9 })).subscribe({
      next: ({ value }) => sizes.push(value.length),
      complete: () => sizes.push('complete')
    })
    partition.deliver()
    partition.deliver()
    partition.flush()
    partition.deliver()
    partition.drain()
    expect(sizes).toEqual([2, 1, 'complete'])
  })

  it('counts no acknowledgement of what it has lost, and aborts', () => {
    const partition = testPartition()
    const seen: string[] = []
    partition.stream.signal.addEventListener('abort', () => seen.push('aborted'))
    partition.stream.pipe(batch({ records: 9 }), commit()).subscribe({ complete: () => seen.push('complete') })
    partition.deliver()
    partition.lose()
    expect([partition.acked, partition.stored, seen]).toEqual([[], [], ['aborted', 'complete']])
  })

  it('fails as it is told', () => {
    const partition = testPartition()
    const errors: unknown[] = []
    partition.stream.subscribe({ error: (error: unknown) => errors.push(error) })
    partition.fail('broken')
    expect(errors).toEqual(['broken'])
  })

  it(
    'is as a marble partition has it',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b-|', { records: { b: { value: 'text' } } })
      expectRecords(
        orders.stream.pipe(
          concatMap(async (record) => Promise.resolve(record)),
          handle(() => null)
        )
      ).toBe('-a-b-|')
      expectAcks(orders).toBe('-')
    })
  )
})

describe('failingCodec', () => {
  it('refuses what it is told to, and reads the rest', () => {
    const codec = failingCodec(utf8, ['b'])
    expect(codec.decode(text.encode('a'))).toEqual(utf8.decode(text.encode('a')))
    const refused = codec.decode(text.encode('b'))
    expect(isLeft(refused) && refused.left).toEqual({ _tag: 'DecodeFault', stage: 'codec', reason: 'so says the test' })
  })

  it(
    'fails a pipeline as a real one would',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-abc|')
      expectRecords(orders.stream.pipe(deserialize({ value: failingCodec(utf8, ['b']) }, { onFailure: 'skip' }))).toBe(
        '-a-c|'
      )
      expectAcks(orders).toBe('--b')
    })
  )
})
