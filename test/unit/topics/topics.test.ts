import * as t from 'io-ts'
import { first, firstValueFrom, lastValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  bytes,
  commit,
  ConsumerError,
  eachPartition,
  float64,
  handle,
  int32,
  int64,
  json,
  mapValue,
  nullable,
  topics,
  utf8
} from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'

const dates = new t.Type<Date, string>(
  'date',
  (value): value is Date => value instanceof Date,
  (value, context) => (typeof value === 'string' ? t.success(new Date(value)) : t.failure(value, context)),
  (date) => date.toISOString()
)
const Order = t.type({ id: t.string, amount: t.number, at: dates })
const at = new Date('2026-01-31T10:00:00.000Z')

const shop = topics({
  orders: { key: utf8, value: json(Order) },
  sums: { key: nullable(utf8), value: float64 },
  counts: { key: int32, value: int64 },
  'orders.dlq': {}
})

const made = () => memoryCluster({ topics: { orders: 2, sums: 1, counts: 1, 'orders.dlq': 1 } })

describe('topics', () => {
  it('gives to a pipeline what a producer was given, through two topics and the dead letters', async () => {
    const cluster = made()
    await using orders = shop.producer(cluster)
    await orders.send({ topic: 'orders', key: 'a', value: { id: 'a', amount: 12, at } })
    await orders.sendAll([
      { topic: 'orders', key: 'a', value: { id: 'b', amount: 30, at } },
      { topic: 'counts', key: 7, value: 2n ** 60n }
    ])
    cluster.produce('orders', { key: 'a', value: 'no JSON' })
    const billing = shop.consumer(cluster, 'orders', { 'group.id': 'billing', 'auto.offset.reset': 'earliest' })
    const onFailure = shop.deadLetter(cluster, 'orders.dlq')
    const seen: unknown[] = []
    await lastValueFrom(
      billing.pipe(
        eachPartition((partition) =>
          partition.pipe(
            shop.deserialize('orders', { onFailure }),
            handle(({ key, value }) => {
              seen.push([key, value])
              return value
            }),
            mapValue((order) => order.amount * 2),
            shop.produceTo(cluster, 'sums', {
              record: ({ value }) => [
                { key: null, value },
                { key: 'b', value: 0.5 }
              ]
            }),
            commit({ every: 1 })
          )
        ),
        // All three are in one partition.
        first(({ offset }) => offset === 3n)
      )
    )
    await billing.close()
    expect(seen).toEqual([
      ['a', { id: 'a', amount: 12, at }],
      ['a', { id: 'b', amount: 30, at }]
    ])
    expect(shop.read(cluster, 'sums').map(({ key, value }) => [key, value])).toEqual([
      [null, 24],
      ['b', 0.5],
      [null, 60],
      ['b', 0.5]
    ])
    expect(shop.read(cluster, 'counts')).toEqual([{ partition: 0, offset: 0n, key: 7, value: 2n ** 60n }])
    expect(shop.read(cluster, 'orders.dlq').map(({ value }) => new TextDecoder().decode(value ?? undefined))).toEqual([
      'no JSON'
    ])
  })

  it('writes and reads a topic of an embedded cluster', () => {
    const cluster = made()
    shop.produce(cluster, 'orders', { key: 'a', value: { id: 'a', amount: 1, at }, partition: 1 })
    expect(shop.read(cluster, 'orders')).toEqual([{ partition: 1, offset: 0n, key: 'a', value: { id: 'a', amount: 1, at } }]) // prettier-ignore
    cluster.produce('orders', { key: 'a', value: '{"id":1}', partition: 0 })
    expect(() => shop.read(cluster, 'orders')).toThrow(/orders\/0.*id/s)
  })

  it('says of what cannot be encoded which topic and part it was for, and writes nothing', async () => {
    const cluster = made()
    const odd = topics({ orders: { value: json(t.unknown) }, sums: { value: attempt(utf8) } })
    const writer = odd.producer(cluster)
    const loop: { self?: unknown } = {}
    loop.self = loop
    await expect(writer.send({ topic: 'orders', value: loop })).rejects.toThrow(/the value for orders cannot be encoded.*circular/s) // prettier-ignore
    const many = writer.sendAll([{ topic: 'orders', value: 1 }, { topic: 'orders', value: undefined }]) // prettier-ignore
    await expect(firstValueFrom(many.pipe(toArray()))).rejects.toThrow('undefined cannot be written as JSON')
    await expect(writer.send({ topic: 'sums', value: { _tag: 'Right', right: 'a' } })).rejects.toThrow('only decodes: give it encode') // prettier-ignore
    expect(odd.read(cluster, 'orders')).toEqual([])
    await writer.close()
  })

  it('refuses names and codecs that there are not, with what was probably meant', () => {
    expect(() => shop.deserialize('oders' as never)).toThrow(/oders.*orders/s)
    expect(() => shop.consumer(made(), ['orders', 'sum'] as never, { 'group.id': 'g' })).toThrow(/sum.*sums/s)
    expect(() => shop.deadLetter(made(), 'dlq' as never)).toThrow(ConsumerError)
    expect(() => topics({ orders: { valeu: utf8 } as never, sums: { value: 'utf8' as never } })).toThrow(
      /orders: valeu.*value.*sums: value.*a codec/s
    )
  })
})

describe('what a codec encodes', () => {
  const samples = [
    ['utf8', utf8, 'größer'],
    ['bytes', bytes, new Uint8Array([1, 2])],
    ['int32', int32, -5],
    ['int64', int64, -(2n ** 62n)],
    ['float64', float64, 0.1],
    ['json', json(Order), { id: 'a', amount: 1, at }],
    ['nullable', nullable(json(Order)), null]
  ] as const
  it.each(samples)('%s decodes to the same', (_name, codec, value) => {
    const { record } = topics({ one: { value: codec } })
    const wire = record('one', { value }).value
    const decoded = codec.decode(typeof wire === 'string' ? new TextEncoder().encode(wire) : wire)
    expect(decoded).toEqual({ _tag: 'Right', right: value })
  })
})
