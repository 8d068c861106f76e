import { left, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { EMPTY, NEVER, of, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  batch,
  type Carried,
  commit,
  ConsumerError,
  deadLetter,
  deserialize,
  eachPartition,
  exponential,
  handle,
  json,
  produceTo,
  utf8,
  writeTo,
  type ConsumerRecord,
  type DeadLetterPolicy,
  type ProducerRecord
} from '../../../src/index.js'
import { rig, type Rig } from '../../support/rig.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

const numberOf = (record: ConsumerRecord): number => Number(new TextDecoder().decode(record.value ?? undefined))
const textOf = (value: Uint8Array | null): string => new TextDecoder().decode(value ?? undefined)
const errorsOf = ({ orders, clock }: Rig, fn: (record: ConsumerRecord) => unknown): readonly unknown[] => {
  const errors: unknown[] = []
  orders
    .pipe(eachPartition((p) => p.pipe(handle(fn), commit({ every: 1 }))))
    .subscribe({ error: (error: unknown) => errors.push(error) })
  clock.advance(60_000)
  return errors
}

describe('a handler that fails', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      }
    ],
    [
      'throws null',
      () => {
        throw null
      }
    ],
    ['gives a Left', () => left('no')],
    [
      'gives a TaskEither that throws',
      () => () => {
        throw new Error('late')
      }
    ],
    ['gives an Observable that fails', () => throwError(() => undefined)]
  ])('ends the pipeline with the record’s place when it %s', (_what, fn) => {
    const made = rig(1, {}, 3)
    const errors = errorsOf(made, fn)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({
      fault: {
        _tag: 'HandlerFault',
        operator: 'handle',
        attempt: 1,
        place: { topic: 'orders', partition: 0, offset: 0n }
      }
    })
    expect(made.committed()).toEqual([null])
  })

  it('ends the pipeline when its promise is rejected with nothing', async () => {
    const made = rig(1, {}, 1)
    const errors: unknown[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => Promise.reject()),
            commit()
          )
        )
      )
      .subscribe({ error: (error: unknown) => errors.push(error) })
    made.clock.advance(1_000)
    await Promise.resolve()
    await Promise.resolve()
    made.clock.advance(1_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'HandlerFault' } }])
    expect(errors[0] instanceof ConsumerError).toBe(true)
  })

  it('uses an Observable’s last value, and undefined for none', () => {
    const { orders, clock } = rig(1, {}, 2)
    const values: unknown[] = []
    orders
      .pipe(eachUnacknowledged((p) => p.pipe(handle((r) => (numberOf(r) === 0 ? of(1, 2, 3) : EMPTY)))))
      .subscribe((record) => values.push(record.value))
    clock.advance(100)
    expect(values).toEqual([3, undefined])
  })

  it('is tried again after a growing wait, and holds back only its own partition', () => {
    const { orders, clock, committed } = rig(2, {}, 4)
    const times: number[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            writeTo(
              (r) => {
                if (r.partition === 1) return
                times.push(clock.now())
                if (times.length < 4) throw new Error('not yet')
              },
              { retry: { attempts: 5, backoff: exponential({ initialMs: 100, maxMs: 1_000, random: () => 1 }) } }
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(50)
    expect(committed()).toEqual([null, 2n])
    clock.advance(10_000)
    const [first = 0] = times
    expect(times.slice(0, 4).map((time) => time - first)).toEqual([0, 100, 300, 700])
    expect(committed()).toEqual([2n, 2n])
  })

  it('lets records of another key pass while one is tried again', () => {
    const { orders, clock, cluster } = rig(1)
    for (const [key, value] of [
      ['a', '1'],
      ['a', '2'],
      ['b', '3']
    ] as const)
      cluster.produce('orders', { key, value })
    const seen: string[] = []
    orders
      .pipe(
        eachUnacknowledged((p) =>
          p.pipe(
            handle(
              (r) => {
                seen.push(textOf(r.value))
                return textOf(r.value) === '1' ? NEVER : undefined
              },
              { concurrency: 4, order: 'key' }
            )
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect(seen).toEqual(['1', '3'])
  })

  it('is skipped with an event that says which record and why', () => {
    const { orders, clock, committed, events } = rig(1, {}, 3)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(
              (r) => {
                if (numberOf(r) === 1) throw new Error('boom')
              },
              { onFailure: 'skip' }
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect(committed()).toEqual([3n])
    expect(events).toMatchObject([
      { _tag: 'skipped', offset: 1n, fault: { _tag: 'HandlerFault', cause: { message: 'boom' } } }
    ])
  })

  it('goes to the dead letters unchanged, with origin and reason, before it is settled', () => {
    const { orders, clock, cluster, committed } = rig(1)
    cluster.createTopic('dead', 1)
    cluster.produce('orders', {
      key: 'k',
      value: 'bad',
      headers: [
        { name: 'dlq.attempts', value: '999999' },
        { name: 'x', value: 'y' }
      ]
    })
    cluster.failNext('Produce', 'disconnect', 2)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            deserialize({ value: utf8 }),
            handle(
              () => {
                throw new Error('boom')
              },
              {
                retry: { attempts: 2, backoff: exponential({ initialMs: 1, maxMs: 1 }) },
                onFailure: deadLetter(cluster, { topic: 'dead' })
              }
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(5)
    expect(committed()).toEqual([null])
    clock.advance(10_000)
    expect(committed()).toEqual([1n])
    const [letter] = cluster.records({ topic: 'dead', partition: 0 })
    expect([textOf(letter?.key ?? null), textOf(letter?.value ?? null)]).toEqual(['k', 'bad'])
    const headers = letter?.headers.map(({ name, value }) => `${name}=${textOf(value)}`)
    expect(headers).toEqual(
      expect.arrayContaining([
        'original.dlq.attempts=999999',
        'x=y',
        'dlq.topic=orders',
        'dlq.partition=0',
        'dlq.offset=0',
        'dlq.group=billing',
        'dlq.fault=HandlerFault',
        'dlq.attempts=2'
      ])
    )
  })

  it('takes each record of a batch along, in their order, and settles them together', () => {
    const { orders, clock, cluster, committed } = rig(1, {}, 3)
    cluster.createTopic('dead', 1)
    const work = handle<Carried<readonly ConsumerRecord[]>, unknown>(
      () => {
        throw new Error('boom')
      },
      { onFailure: deadLetter(cluster, { topic: 'dead' }) }
    )
    orders.pipe(eachPartition((p) => p.pipe(batch({ records: 3 }), work, commit({ every: 1 })))).subscribe()
    clock.advance(10_000)
    const letters = cluster.records({ topic: 'dead', partition: 0 })
    expect(letters.map(({ value }) => textOf(value))).toEqual(['0', '1', '2'])
    expect(committed()).toEqual([3n])
  })

  it('settles none of a batch of which one can never be written', () => {
    const { orders, clock, committed } = rig(1, {}, 3)
    const errors: unknown[] = []
    const taken: bigint[] = []
    const full: DeadLetterPolicy = {
      _tag: 'DeadLetter',
      hold: () => () => undefined,
      take: ({ record }) => {
        taken.push(record.offset)
        const fault = { _tag: 'SinkFault', sink: 'letters', reason: 'full', permanent: true } as const
        return of(record.offset === 1n ? left(fault) : right(undefined))
      }
    }
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            batch({ records: 3 }),
            handle(() => throwError(() => 'boom'), { onFailure: full }),
            commit({ every: 1 })
          )
        )
      )
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(1_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'SinkFault' } }])
    expect([taken, committed()]).toEqual([[0n, 1n], [null]])
  })
})

describe('deserialize', () => {
  it('fails with the place, the part and the paths, and keeps the order behind dead letters', () => {
    const { orders, clock, cluster, committed, events } = rig(1)
    cluster.createTopic('dead', 1)
    for (const value of ['1', '"x"', '3']) cluster.produce('orders', { value })
    const seen: number[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            deserialize({ value: json(t.number) }, { onFailure: deadLetter(cluster, { topic: 'dead' }) }),
            handle((r) => void seen.push(r.value)),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect([seen, committed()]).toEqual([[1, 3], [3n]])
    expect(events).toMatchObject([{ _tag: 'dead lettered', partition: 0, offset: 1n, fault: { _tag: 'DecodeFault' } }])
    expect(cluster.records({ topic: 'dead', partition: 0 })).toHaveLength(1)
  })

  it('ends the pipeline by default', () => {
    const { orders, clock, cluster } = rig(1)
    cluster.produce('orders', { value: '{' })
    const errors: unknown[] = []
    orders
      .pipe(eachPartition((p) => p.pipe(deserialize({ value: json(t.number) }), commit())))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(1_000)
    expect(errors).toMatchObject([
      {
        fault: {
          _tag: 'DecodeFault',
          stage: 'json',
          part: 'value',
          place: { topic: 'orders', partition: 0, offset: 0n }
        }
      }
    ])
  })
})

describe('produceTo', () => {
  it('commits nothing that was not confirmed, and ends with the fault of the topic', () => {
    const { orders, clock, cluster, committed, events } = rig(1, {}, 2)
    const errors: unknown[] = []
    orders
      .pipe(eachPartition((p) => p.pipe(produceTo(cluster, { topic: 'absent' }), commit({ every: 1 }))))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(50_000)
    expect(errors).toEqual([])
    expect(events[0]).toMatchObject({ _tag: 'waiting', reason: 'records wait for the topic absent' })
    clock.advance(11_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'ProduceFault', topic: 'absent', permanent: true } }])
    expect(committed()).toEqual([null])
  })

  it('lets commit() store the rest within its interval, also when a record was skipped before any had reached it', () => {
    const { orders, clock, cluster, committed } = rig(1, {}, 20)
    cluster.createTopic('compacted', 1, { 'cleanup.policy': 'compact' })
    const record = ({ offset }: ConsumerRecord): ProducerRecord => ({ key: offset === 7n ? null : 'k', value: 'v' })
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(produceTo(cluster, { topic: 'compacted', onFailure: 'skip', record }), commit({ withinMs: 20 }))
        )
      )
      .subscribe()
    clock.advance(100)
    expect(committed()).toEqual([20n])
  })

  it('copies key, value and headers by default', () => {
    const { orders, clock, cluster, committed } = rig(1)
    cluster.createTopic('copy', 1)
    cluster.produce(
      'orders',
      { key: 'k', value: 'v', headers: [{ name: 'h', value: '1' }] },
      { key: null, value: null }
    )
    orders.pipe(eachPartition((p) => p.pipe(produceTo(cluster, { topic: 'copy' }), commit({ every: 1 })))).subscribe()
    clock.advance(1_000)
    const copies = cluster.records({ topic: 'copy', partition: 0 })
    expect(
      copies.map(({ key, value, headers }) => [key && textOf(key), value && textOf(value), headers.length])
    ).toEqual([
      ['k', 'v', 1],
      [null, null, 0]
    ])
    expect(committed()).toEqual([2n])
  })
})
