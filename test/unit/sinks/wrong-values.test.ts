import { isLeft } from 'fp-ts/lib/Either.js'
import { catchError, concat, firstValueFrom, from, lastValueFrom, of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  type Cluster,
  type ConsumerEvent,
  consumer,
  deadLetter,
  eachPartition,
  type Fault,
  type OnFailure,
  producer,
  produceTo,
  replayDeadLetters,
  subscribe
} from '../../../src/index.js'
import { memoryCluster, type MemoryCluster } from '../../../src/testing.js'
import { Producing } from '../../support/producing.js'
import { Transacting } from '../../support/transacting.js'

const throwing = (): never => {
  throw new Error('a getter')
}
const usage = (reason: string): object => ({ _tag: 'UsageFault', reason: expect.stringContaining(reason) as string })
const refusal = (trouble: string, reason: string): object => ({
  _tag: 'ProduceFault',
  trouble,
  permanent: true,
  maybeWritten: false,
  reason: expect.stringContaining(reason) as string
})
const record = (parts: object): object => ({ topic: 't', value: 'v', ...parts })

/** What JavaScript may give for a record, and what is said of it. */
// prettier-ignore
const wrong: readonly { readonly what: string; readonly given: unknown; readonly told: object }[] = [
  { what: 'null', given: null, told: usage('a record is null, allowed is an object') },
  { what: 'nothing', given: undefined, told: usage('a record is undefined') },
  { what: 'a text', given: 'value', told: usage('a record is a string') },
  { what: 'a record that cannot be read', given: { topic: 't', get value() { return throwing() } }, told: usage('a record cannot be read: a getter') },
  { what: 'no value', given: { topic: 't' }, told: usage('value of a record is undefined, allowed is bytes') },
  { what: 'a value that is a number', given: record({ value: 5 }), told: usage('value of a record is a number') },
  { what: 'a value that is an object', given: record({ value: { secret: 1 } }), told: usage('value of a record is [object Object], allowed') },
  { what: 'a value that is a date', given: record({ value: new Date(0) }), told: usage('value of a record is [object Date]') },
  { what: 'a value of other bytes', given: record({ value: new Uint16Array(2) }), told: usage('[object Uint16Array]') },
  { what: 'a value of a buffer without a view', given: record({ value: new ArrayBuffer(2) }), told: usage('[object ArrayBuffer]') },
  { what: 'a key that is a number', given: record({ key: 5 }), told: usage('key of a record is a number') },
  { what: 'a key that is a list', given: record({ key: ['a'] }), told: usage('key of a record is [object Array]') },
  { what: 'a topic that is a number', given: record({ topic: 5 }), told: usage('topic of a record is 5, allowed is the name') },
  { what: 'an empty topic', given: record({ topic: '' }), told: refusal('unknown topic', 'topic has 0 characters') },
  { what: 'a topic longer than any', given: record({ topic: 'x'.repeat(40_000) }), told: refusal('unknown topic', 'allowed are 1 to 249') },
  { what: 'headers as an object', given: record({ headers: { a: 'b' } }), told: usage('headers of a record is [object Object], allowed is a list') },
  { what: 'headers as a map', given: record({ headers: new Map([['a', 'b']]) }), told: usage('[object Map]') },
  { what: 'headers of null', given: record({ headers: null }), told: usage('headers of a record is null') },
  { what: 'a header of null', given: record({ headers: [null] }), told: usage('headers[0] of a record is null') },
  { what: 'a hole among the headers', given: record({ headers: new Array(1) }), told: usage('headers[0] of a record is undefined') },
  { what: 'a header as a pair', given: record({ headers: [['a', 'b']] }), told: usage('headers[0].name of a record is undefined') },
  { what: 'a header without a value', given: record({ headers: [{ name: 'a' }] }), told: usage('headers[0].value of a record is undefined') },
  { what: 'a header with a number', given: record({ headers: [{ name: 'a', value: null }, { name: 'a', value: 1 }] }), told: usage('headers[1].value of a record is a number') },
  ...[1.5, -1, NaN, 2 ** 31, '0', 0n, null].map((partition) => ({
    what: `the partition ${typeof partition} ${String(partition)}`,
    given: record({ partition }),
    told: refusal('unknown partition', 'partition is ')
  })),
  ...[NaN, -1, 1.5, Infinity, 5n, new Date(0), '5', null].map((timestamp) => ({
    what: `the timestamp ${typeof timestamp} ${String(timestamp)}`,
    given: record({ timestamp }),
    told: refusal('refused', 'timestamp is ')
  }))
]

const good = { topic: 't', value: 'good' }
const values = (cluster: MemoryCluster, topic = 't'): readonly string[] =>
  cluster.records({ topic, partition: 0 }).map(({ value }) => new TextDecoder().decode(value ?? undefined))
const faultIn = (thrown: unknown): unknown => (thrown as { readonly fault?: unknown }).fault

/** A value of a plain source that is not caught by a type. */
const anything = (given: unknown): never => given as never

describe.each(wrong)('$what', ({ given, told }) => {
  it('is told by send, and touches nothing else', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster)
    const before = firstValueFrom(writer.send(good))
    const error: unknown = await firstValueFrom(writer.send(anything(given))).catch((thrown: unknown) => thrown)
    expect(faultIn(error)).toMatchObject(told)
    expect([(await before).offset, (await firstValueFrom(writer.send(good))).offset]).toEqual([0n, 1n])
    await writer.close()
  })

  it('is told of that one by sendAll', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster)
    const results = await lastValueFrom(writer.sendAll([good, anything(given), good]).pipe(toArray()))
    expect(results.map(({ index }) => index).sort()).toEqual([0, 1, 2])
    expect(results.find(({ index }) => index === 1)?.outcome).toMatchObject({ left: told })
    await writer.close()
    expect(values(cluster)).toEqual(['good', 'good'])
  })

  it('ends a produceTo that it comes to as it is, and leaves the producer to others', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster)
    const errors: unknown[] = []
    const source = concat(from([good, anything(given)]), of(good))
    await lastValueFrom(
      source.pipe(
        produceTo(cluster, { topic: 't' }),
        catchError((thrown: unknown) => (errors.push(faultIn(thrown)), of(null)))
      )
    )
    // For a sink that has a topic a record without one is none that is wrong.
    expect(errors).toMatchObject([told])
    expect((await firstValueFrom(writer.send(good))).topic).toBe('t')
    await writer.close()
  })

  it('is told by a session, once and later', () => {
    const on = new Producing(1)
    const heard: Fault[] = []
    on.send()
    on.session.send(anything(given), { written: () => undefined, failed: (_, fault) => heard.push(fault) }, 0)
    on.send()
    expect(heard).toEqual([])
    on.flush()
    on.clock.advance(1)
    expect(heard).toMatchObject([told])
    expect([on.told, on.flushed, on.log()]).toEqual([[['t/0@0'], ['t/0@1']], 1, ['0', '1']])
  })

  it('aborts a transaction, and the next one goes on', () => {
    const on = new Transacting()
    const session = on.session()
    on.take(session.begin())
    session.send(anything(given), { written: () => undefined, failed: () => undefined }, 0)
    expect(on.take(session.commit())).toMatchObject(told)
    expect(on.take(session.abort())).toBe('done')
    on.take(session.begin())
    expect([on.write(session, 'a'), on.take(session.commit())]).toEqual(['done', 'done'])
    expect(on.visible()).toEqual(['a'])
  })
})

describe('what a function gives produceTo to write', () => {
  const copying = async (
    record: () => unknown,
    onFailure: OnFailure,
    cluster: MemoryCluster
  ): Promise<readonly ConsumerEvent[]> => {
    cluster.produce('from', { value: '0' }, { value: '1' }, { value: '2' })
    const events: ConsumerEvent[] = []
    const copier = consumer(cluster, {
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('from')
    })
    copier.events.subscribe((event) => events.push(event))
    const options = {
      topic: 't',
      onFailure,
      record: anything(({ offset }: { readonly offset: bigint }) => (offset === 1n ? record() : good))
    }
    const run = copier.pipe(
      eachPartition((partition) => partition.pipe(produceTo(cluster, options), commit({ every: 1 })))
    )
    const ended = new Promise<void>((done) => {
      run.subscribe({
        error: () => {
          done()
        },
        complete: done
      })
    })
    const settled = expect.poll(() => cluster.committed('g', { topic: 'from', partition: 0 }))
    if (onFailure === 'fail') await ended
    else await settled.toBe(3n)
    await copier.close()
    return events
  }
  const cases = [
    { what: 'nothing', record: () => undefined },
    { what: 'a number as value', record: () => ({ value: 5 }) },
    { what: 'a list with something wrong in it', record: () => [{ value: 'x' }, null] },
    { what: 'what cannot be looped over', record: () => new Set(['a']) }
  ]

  it.each(cases)('$what: only that record is skipped, and nothing is written for it', async ({ record }) => {
    const cluster = memoryCluster({ topics: { from: 1, t: 1 } })
    const events = await copying(record, 'skip', cluster)
    const fault = { _tag: 'HandlerFault', operator: 'produceTo', cause: { fault: { _tag: 'UsageFault' } } }
    expect(events).toMatchObject([{ _tag: 'skipped', offset: 1n, fault }])
    expect(values(cluster)).toEqual(['good', 'good'])
  })

  it.each(cases)('$what: under fail the pipeline ends, with that record unsettled', async ({ record }) => {
    const cluster = memoryCluster({ topics: { from: 1, t: 1 } })
    await copying(record, 'fail', cluster)
    expect(cluster.committed('g', { topic: 'from', partition: 0 }) ?? 0n).toBeLessThanOrEqual(1n)
    expect(values(cluster)).not.toContain('x')
  })
})

describe('a producer that is given no list, or no cluster', () => {
  it.each([null, undefined, 5, 'ab', { length: 1 }, new Set([good])])('sendAll(%o) errors at once', async (given) => {
    const writer = producer(memoryCluster({ topics: { t: 1 } }))
    const error: unknown = await lastValueFrom(writer.sendAll(anything(given))).catch((thrown: unknown) => thrown)
    expect(faultIn(error)).toMatchObject({ _tag: 'UsageFault' })
    await writer.close()
  })

  it('sendAll tells of a hole in its list, and does not mind what becomes of the list', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster)
    const records = [good, good, good]
    // eslint-disable-next-line @typescript-eslint/no-array-delete
    delete records[1]
    const results = lastValueFrom(writer.sendAll(records).pipe(toArray()))
    records.length = 0
    expect((await results).map(({ index, outcome }) => [index, isLeft(outcome)])).toEqual([
      [1, true],
      [0, false],
      [2, false]
    ])
    await writer.close()
  })

  it.each([undefined, null, 'localhost:9092', {}])('is refused where it is made, for the cluster %o', (given) => {
    const cluster = given as Cluster
    const makers = [
      () => producer(cluster),
      () => produceTo(cluster, { topic: 't' }),
      () => deadLetter(cluster, { topic: 't' }),
      () => replayDeadLetters(cluster, { topics: ['t'] })
    ]
    for (const make of makers) expect(make).toThrow('cluster')
  })

  it.each([5, null, { topic: 5 }, { topic: '' }, {}])('deadLetter is refused where it is made, for %o', (options) => {
    expect(() => deadLetter(memoryCluster(), anything(options))).toThrow()
  })
})

describe('what is changed after it was given', () => {
  it('does no harm to others: a header, or bytes that went to a worker while their record waited', () => {
    const on = new Producing(1)
    const bytes = new Uint8Array(8)
    const headers = [{ name: 'h', value: 'v' }]
    on.send({ value: bytes })
    on.send({ headers })
    on.send()
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    Object.assign(headers[0] ?? {}, { name: 5, value: {} })
    headers.push(anything(null))
    on.clock.advance(10)
    expect(on.told[0]).toMatchObject([{ _tag: 'UsageFault', reason: expect.stringContaining('transferred') as string }])
    expect(on.told.slice(1)).toEqual([['t/0@0'], ['t/0@1']])
  })

  it('a text with half a character is written, with the mark of one that cannot be read', async () => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    const writer = producer(cluster)
    const half = 'a\ud83d'
    await firstValueFrom(writer.send({ topic: 't', key: half, value: half, headers: [{ name: half, value: half }] }))
    expect(values(cluster)).toEqual(['a\ufffd'])
    await writer.close()
  })
})
