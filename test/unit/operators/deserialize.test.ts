import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { ack, type Codec, deserialize, finite, handle, json, utf8 } from '../../../src/index.js'
import { marbles, testPartition } from '../../../src/testing.js'
import { VirtualClock } from '../../support/virtual-clock.js'

const records = { x: { value: 'no number' }, a: { value: '1' }, b: { value: '2' } }
const decoded = deserialize({ value: json(finite) })

describe('deserialize', () => {
  it(
    'passes on what it can read, and completes with the source',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-b|', { records })
      expectRecords(orders.stream.pipe(decoded, ack())).toBe('-a-b|')
      expectAcks(orders).toBe('                               -a-b')
    })
  )
  it(
    'errors with the source',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-#', { records }).stream.pipe(decoded)).toBe('-a-#')
    })
  )
  it(
    'errors when its codec refuses a value, and acknowledges nothing of it',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-x-b|', { records })
      expectRecords(orders.stream.pipe(decoded, ack())).toBe('-a-#')
      expectAcks(orders).toBe('                               -a')
    })
  )
  it(
    'settles what it skips',
    marbles(({ partition, expectRecords, expectAcks }) => {
      const orders = partition('-a-x-b|', { records })
      expectRecords(orders.stream.pipe(deserialize({ value: json(finite) }, { onFailure: 'skip' }))).toBe('-a---b|')
      expectAcks(orders).toBe('---x')
    })
  )
  it(
    'unsubscribes from the source',
    marbles(({ partition, expectRecords }) => {
      expectRecords(partition('-a-b|', { records }).stream.pipe(decoded), '--!').toBe('-a')
    })
  )
  it(
    'lets records in flight after it finish when its partition is revoked',
    marbles(({ partition, cold, expectRecords }) => {
      expectRecords(
        partition('-a|').stream.pipe(
          deserialize({ value: utf8 }),
          handle(() => cold('---|'))
        )
      ).toBe('----(a|)')
    })
  )
  it(
    'passes nothing on of a partition whose drain has timed out',
    marbles(({ partition, cold, expectRecords, expectAcks }) => {
      const orders = partition('-x-!', { records })
      const skipping = deserialize({ value: utf8 }, { onFailure: 'skip' })
      expectRecords(
        orders.stream.pipe(
          skipping,
          handle(() => cold('---|')),
          ack()
        )
      ).toBe('----|')
      expectAcks(orders).toBe('-')
    })
  )

  it('reports a record that takes more than 250 ms to decode, whatever the result, and no other', () => {
    const clock = new VirtualClock()
    const partition = testPartition({ clock })
    // Time passes while the codec runs, as it does while a pattern backtracks.
    const slow: Codec<number> = {
      decode: (bytes) => {
        clock.advance(bytes?.length ?? 0)
        return bytes?.length === 252 ? left({ _tag: 'DecodeFault', stage: 'codec', reason: 'no' }) : right(1)
      }
    }
    partition.stream.pipe(deserialize({ value: slow }, { onFailure: 'skip' }), ack()).subscribe()
    for (const ms of [250, 251, 252]) partition.deliver({ value: 'x'.repeat(ms) })
    const place = { topic: 'test', partition: 0 }
    expect(partition.events).toMatchObject([
      { _tag: 'slow decode', ...place, offset: 1n, tookMs: 251 },
      { _tag: 'slow decode', ...place, offset: 2n, tookMs: 252 },
      { _tag: 'skipped', ...place, offset: 2n }
    ])
    expect(partition.acked).toEqual([0n, 1n, 2n])
  })

  it('counts key and value of a record together', () => {
    const clock = new VirtualClock()
    const partition = testPartition({ clock })
    const slow: Codec<number> = { decode: () => right((clock.advance(200), 1)) }
    partition.stream.pipe(deserialize({ key: slow, value: slow }), ack()).subscribe()
    partition.deliver()
    expect(partition.events).toMatchObject([{ _tag: 'slow decode', tookMs: 400 }])
  })
})
