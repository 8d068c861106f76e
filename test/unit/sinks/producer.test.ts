import { isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom, lastValueFrom, map, range, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../src/core/protocol/error-code.js'
import { ConsumerError, logTo, producer, type ProducerEvent, produceTo } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'

describe('producer', () => {
  it('writes one record each time it is subscribed to, and says where', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster)
    const sending = writer.send({ topic: 't', value: 'a' })
    expect(await firstValueFrom(sending)).toEqual({ topic: 't', partition: 0, offset: 0n })
    expect(await firstValueFrom(sending)).toEqual({ topic: 't', partition: 0, offset: 1n })
    await writer.close()
  })

  it('writes one record once where it is awaited, also beside a subscription', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster)
    expect(await writer.send({ topic: 't', value: 'a' })).toEqual({ topic: 't', partition: 0, offset: 0n })
    const sending = writer.send({ topic: 't', value: 'b' })
    const seen: unknown[] = []
    sending.subscribe((place) => seen.push(place))
    expect([await sending, await sending, seen]).toEqual([
      { topic: 't', partition: 0, offset: 1n },
      { topic: 't', partition: 0, offset: 1n },
      [{ topic: 't', partition: 0, offset: 1n }]
    ])
    await expect(writer.send({ topic: 't', value: 7 as never })).rejects.toBeInstanceOf(ConsumerError)
    expect(cluster.records({ topic: 't', partition: 0 })).toHaveLength(2)
    await writer.close()
  })

  it('gives who awaits many where each was written, in their order', async () => {
    const cluster = memoryCluster({ topics: { t: 2 } })
    const writer = producer(cluster)
    const records = [1, 0, 1].map((partition) => ({ topic: 't', partition, value: 'a' }))
    const places = await writer.sendAll(records)
    expect(places).toEqual([
      { topic: 't', partition: 1, offset: 0n },
      { topic: 't', partition: 0, offset: 0n },
      { topic: 't', partition: 1, offset: 1n }
    ])
    expect(await writer.sendAll([])).toEqual([])
    await writer.close()
  })

  it('rejects who awaits many with the first that was not written, once all are known', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster, { 'max.block.ms': 50 })
    const records = [
      { topic: 't', value: 'a' },
      { topic: 'u', value: 'b' },
      { topic: 'v', value: 'c' },
      { topic: 't', value: 'd' }
    ]
    await expect(writer.sendAll(records)).rejects.toMatchObject({ fault: { _tag: 'ProduceFault', topic: 'u' } })
    expect(cluster.records({ topic: 't', partition: 0 })).toHaveLength(2)
    await writer.close()
  })

  it('says of each of many what became of it', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster, { 'max.block.ms': 50 })
    const records = [
      { topic: 't', value: 'a' },
      { topic: 'u', value: 'b' },
      { topic: 't', value: 'c' }
    ]
    const results = await lastValueFrom(writer.sendAll(records).pipe(toArray()))
    const byPlace = [...results].sort((a, b) => a.index - b.index)
    expect(byPlace.map(({ outcome }) => isRight(outcome))).toEqual([true, false, true])
    expect(byPlace.map(({ record }) => record)).toEqual(records)
    expect(byPlace[1]?.outcome).toMatchObject({ left: { _tag: 'ProduceFault', topic: 'u', trouble: 'unknown topic' } })
    expect(await lastValueFrom(writer.sendAll([]), { defaultValue: 'nothing' })).toBe('nothing')
    await writer.close()
  })

  it('errors with the fault of the one record', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster)
    cluster.failNext('Produce', code.TOPIC_AUTHORIZATION_FAILED)
    const error: unknown = await firstValueFrom(writer.send({ topic: 't', value: 'a' })).catch(
      (thrown: unknown) => thrown
    )
    expect(error).toMatchObject({ fault: { _tag: 'AuthorizationFault', resource: 'topic', name: 't' } })
    await writer.close()
  })

  it('says what it waits for, as do all that are one with it, and completes with the last', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writers = [producer(cluster), producer(cluster)] as const
    const said = writers.map(({ events }) => lastValueFrom(events.pipe(toArray())))
    const sending = firstValueFrom(writers[0].send({ topic: 'new', value: 'a' }))
    await firstValueFrom(writers[1].events)
    cluster.createTopic('new', 1)
    expect(await sending).toEqual({ topic: 'new', partition: 0, offset: 0n })
    for (const writer of writers) await writer.close()
    const event = { _tag: 'waiting for topic', topic: 'new', fault: { _tag: 'UnknownTopicFault' } }
    const over = { _tag: 'recovered', from: 'waiting for topic', what: 'new' }
    expect(await Promise.all(said)).toMatchObject([
      [event, over],
      [event, over]
    ])
  })

  it('flushes what was given, though it would linger', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster, { 'linger.ms': 60_000 })
    writer.send({ topic: 't', value: 'a' }).subscribe()
    await writer.flush()
    expect(cluster.logEnd({ topic: 't', partition: 0 })).toBe(1n)
    await writer.close()
  })

  it('closing writes what was given; afterwards nothing is taken', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster, { 'linger.ms': 60_000 })
    const sending = firstValueFrom(writer.send({ topic: 't', value: 'a' }))
    const closing = writer.close()
    expect(writer.close()).toBe(closing)
    await closing
    expect((await sending).offset).toBe(0n)
    await expect(firstValueFrom(writer.send({ topic: 't', value: 'b' }))).rejects.toMatchObject({
      fault: { _tag: 'ClosedFault' }
    })
    const [late] = await lastValueFrom(writer.sendAll([{ topic: 't', value: 'c' }]).pipe(toArray()))
    expect(late?.outcome).toMatchObject({ left: { _tag: 'ClosedFault' } })
  })

  it('is one with all of the same settings, and another with another partitioner', () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    let opened = 0
    const counting = {
      ...cluster,
      openProducer: (...given: Parameters<typeof cluster.openProducer>) => (opened++, cluster.openProducer(...given))
    }
    const first = (): number => 0
    const writers = [
      producer(counting),
      producer(counting, { acks: 'all' }),
      producer(counting, { partitioner: first }),
      producer(counting, { partitioner: first }),
      producer(counting, { partitioner: () => 0 })
    ]
    expect(opened).toBe(3)
    return Promise.all(writers.map((writer) => writer.close()))
  })

  it('throws at once for what is wrong with its properties', () => {
    expect(() => producer(memoryCluster(), { 'linger.ms': -1 })).toThrow(ConsumerError)
  })
})

describe('produceTo, of plain records', () => {
  it('takes a hundred thousand at once, and emits each in the order of its partition', async () => {
    const cluster = memoryCluster({ topics: { t: 2 } })
    const count = 100_000
    const records = range(0, count).pipe(map((number) => ({ partition: number % 2, value: String(number) })))
    const offsets = await lastValueFrom(records.pipe(produceTo(cluster, { topic: 't' }), toArray()))
    for (const partition of [0, 1]) {
      const of = offsets.filter((place) => place.partition === partition).map(({ offset }) => Number(offset))
      expect(of).toEqual(Array.from({ length: count / 2 }, (_, offset) => offset))
    }
  })
})

describe('a call of send that nobody awaits', () => {
  it('is reported when the producer is closed, and not before', async () => {
    const cluster = memoryCluster({ topics: { orders: 1 } })
    const orders = producer(cluster)
    const events: ProducerEvent[] = []
    orders.events.subscribe((event) => events.push(event))
    const record = { topic: 'orders', value: 'a' }
    const later = orders.send(record)
    void orders.send(record)
    void orders.sendAll([record, record])
    await orders.send(record)
    await orders.sendAll([record])
    expect(events).toEqual([])
    await later
    await later
    await orders.close()
    await orders.close()
    expect(events).toEqual([{ _tag: 'not sent', calls: 2 }])
    expect(cluster.records({ topic: 'orders', partition: 0 })).toHaveLength(3)
  })

  it('is not reported where there is none, nor after the end', async () => {
    const orders = producer(memoryCluster({ topics: { orders: 1 } }))
    const events: ProducerEvent[] = []
    let ended = false
    orders.events.subscribe({ next: (event) => events.push(event), complete: () => (ended = true) })
    await expect(orders.close({ timeoutMs: -1 })).rejects.toThrow('timeoutMs')
    await orders.close()
    void orders.send({ topic: 'orders', value: 'a' })
    expect(events).toEqual([])
    expect(ended).toBe(true)
  })

  it('is a line of logTo', async () => {
    const orders = producer(memoryCluster({ topics: { orders: 1 } }))
    const lines: string[] = []
    const note = (text: string): number => lines.push(text)
    logTo(orders, { debug: note, info: note, warn: note, error: note })
    void orders.send({ topic: 'orders', value: 'a' })
    await orders.close()
    expect(lines.join()).toContain('one call of send or sendAll has written nothing: await it, or subscribe to it')
  })
})
