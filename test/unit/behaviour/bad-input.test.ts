import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { map, NEVER, Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { encodeBatch } from '../../../src/core/records/encode-batch.js'
import {
  type Cluster,
  type Codec,
  commit,
  type ConfigFault,
  consumer,
  type ConsumerConfig,
  ConsumerError,
  type ConsumerEvent,
  type ConsumerRecord,
  deadLetter,
  deserialize,
  eachPartition,
  exponential,
  filterRecords,
  filterValue,
  handle,
  json,
  mapValue,
  nullable,
  type OnFailure,
  park,
  subscribe,
  utf8
} from '../../../src/index.js'
import { acknowledge } from '../../support/handlers.js'
import { plainRecord } from '../../support/record-runs.js'
import { rig, type Rig } from '../../support/rig.js'
import { tappedCluster } from '../../support/tapped-cluster.js'

const textOf = (value: Uint8Array | null): string => new TextDecoder().decode(value ?? undefined)
const backoff = exponential({ initialMs: 100, maxMs: 100, random: () => 1 })

/** What each policy makes of `bad` records among the others. */
const policies: readonly (readonly [string, (made: Rig) => OnFailure])[] = [
  ['skip', () => 'skip'],
  ['deadLetter', ({ cluster }) => deadLetter(cluster, { topic: 'dead' })],
  ['park', ({ cluster }) => park({ retry: { attempts: 2, backoff }, then: deadLetter(cluster, { topic: 'dead' }) })]
]
type Stage = 'deserialize' | 'filterRecords' | 'mapValue' | 'handle'
const stages: readonly Stage[] = ['deserialize', 'filterRecords', 'mapValue', 'handle']

const refuse = <A>(value: A): A => {
  if (value === 'bad') throw new Error('poison')
  return value
}
const codec: Codec<string> = { decode: (bytes) => E.right(refuse(textOf(bytes))) }

/** A pipeline in which `bad` fails at the stage; every record has a key of its own. */
const follow = (made: Rig, stage: Stage, policy: OnFailure, seen: string[]): readonly unknown[] => {
  const errors: unknown[] = []
  const at = (here: Stage): { readonly onFailure: OnFailure } => ({ onFailure: here === stage ? policy : 'fail' })
  const on = <A>(here: Stage, value: A): A => (here === stage ? refuse(value) : value)
  made.orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          deserialize({ value: stage === 'deserialize' ? codec : utf8 }, at('deserialize')),
          filterRecords((value) => on('filterRecords', value) !== '', at('filterRecords')),
          mapValue((value) => on('mapValue', value), at('mapValue')),
          handle((record) => void seen.push(on('handle', record.value)), {
            order: 'key',
            concurrency: 4,
            ...at('handle')
          }),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ error: (error: unknown) => errors.push(error) })
  return errors
}

const poisoned = (values: readonly string[]): Rig => {
  const made = rig(1)
  made.cluster.createTopic('dead', 1)
  values.forEach((value, number) => {
    made.cluster.produce('orders', { key: String(number), value })
  })
  return made
}

describe.each(stages)('poison that %s fails for', (stage) => {
  describe.each(policies)('under %s', (name, policy) => {
    it.each([
      ['at the head', ['bad', 'a', 'b']],
      ['in the middle', ['a', 'bad', 'b']],
      ['in every record', ['bad', 'bad', 'bad', 'bad']]
    ])('continues %s, and says which record failed, where and why', (_where, values) => {
      const made = poisoned(values)
      const seen: string[] = []
      const errors = follow(made, stage, policy(made), seen)
      made.clock.advance(20_000)
      const good = values.filter((value) => value !== 'bad')
      const bad = values.flatMap((value, number) => (value === 'bad' ? [BigInt(number)] : []))
      expect([errors, [...seen].sort(), made.committed()]).toEqual([[], good, [BigInt(values.length)]])
      const told = made.events.filter(({ _tag }) => _tag === (name === 'skip' ? 'skipped' : 'dead lettered'))
      expect(told.map((event) => 'offset' in event && event.offset)).toEqual(bad)
      expect(told[0]).toMatchObject({
        topic: 'orders',
        partition: 0,
        fault: { place: { topic: 'orders', partition: 0, offset: bad[0] } }
      })
      const letters = made.cluster.records({ topic: 'dead', partition: 0 })
      expect(letters.map(({ value }) => textOf(value))).toEqual(name === 'skip' ? [] : bad.map(() => 'bad'))
    })
  })

  it("stops under 'fail' at the first record, and says which failed, where and why", () => {
    const made = poisoned(['a', 'bad', 'b'])
    const seen: string[] = []
    const errors = follow(made, stage, 'fail', seen)
    made.clock.advance(60_000)
    const tag = stage === 'deserialize' ? 'DecodeFault' : 'HandlerFault'
    expect(errors).toMatchObject([{ fault: { _tag: tag, place: { topic: 'orders', partition: 0, offset: 1n } } }])
    expect([seen, made.committed()]).toEqual([['a'], [1n]])
  })
})

describe('a codec', () => {
  const decoded = (codecs: Parameters<typeof deserialize>[0], ...values: readonly (string | Uint8Array | null)[]) => {
    const made = rig(1)
    const seen: unknown[] = []
    for (const value of values) made.cluster.produce('orders', { value })
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            deserialize(codecs, { onFailure: 'skip' }),
            handle((record) => void seen.push(record.value)),
            commit()
          )
        )
      )
      .subscribe()
    made.clock.advance(6_000)
    return { seen, events: made.events, committed: made.committed() }
  }

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
      'the codec threw: no'
    ],
    [
      'gives a promise',
      () => Promise.reject(new Error('lost')),
      'the codec returned a promise, for which it cannot wait: decode in handle(…)'
    ],
    ['gives undefined', () => undefined, 'the codec returned no Either'],
    ['gives a bare value', () => 'v', 'the codec returned no Either']
  ])('that %s is a fault of the record, never a crash', (_what, decode, reason) => {
    const wrong = { decode } as unknown as Codec<unknown>
    const { events, committed } = decoded({ value: wrong }, 'v')
    expect(events).toMatchObject([
      { _tag: 'skipped', fault: { _tag: 'DecodeFault', stage: 'codec', reason, part: 'value' } }
    ])
    expect(committed).toEqual([1n])
  })

  it('of which the last of two equal keys of an object counts', () => {
    expect(decoded({ value: json(t.type({ a: t.number })) }, '{"a":1,"a":2}').seen).toEqual([{ a: 2 }])
  })

  it('that allows null tells a tombstone from an empty value', () => {
    expect(decoded({ value: nullable(utf8) }, null, '').seen).toEqual([null, ''])
  })

  it('returns lone surrogates and NUL unchanged, and keeps -0', () => {
    const { seen } = decoded({ value: json(t.unknown) }, '"\\ud800\\u0000"', '-0')
    expect(seen).toEqual(['\ud800\u0000', -0])
  })
})

describe('headers', () => {
  it('arrive unchanged and in order: ten thousand, repeated and strange names, null, a megabyte', () => {
    const made = rig(1)
    const many = Array.from({ length: 10_000 }, (_, number) => ({
      name: `h${String(number % 10)}`,
      value: String(number)
    }))
    const strange = ['__proto__', 'constructor', 'line\r\nbreak', 'nul\0', ''].map((name) => ({ name, value: null }))
    const headers = [...many, ...strange, { name: 'large', value: 'x'.repeat(1_000_000) }]
    made.cluster.produce('orders', { value: 'v', headers })
    const seen: unknown[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(
              (record) =>
                void seen.push(...record.headers.map(({ name, value }) => ({ name, value: value && textOf(value) })))
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.clock.advance(1_000)
    expect(seen).toEqual(headers)
    expect(made.committed()).toEqual([1n])
  })
})

describe('a batch compressed with what is not installed', () => {
  it('is reported once, with what to install, and does not affect other partitions', () => {
    const { clock, cluster, produce } = tappedCluster(2, (calls) => ({
      fetch: (node, request) =>
        calls.fetch(node, request).pipe(
          map(
            E.map((answer) => ({
              ...answer,
              partitions: answer.partitions.map((one) =>
                one.partition === 0 && one.records !== null && one.records.length > 0
                  ? {
                      ...one,
                      records: encodeBatch({
                        baseOffset: 0n,
                        records: [plainRecord('a')],
                        compress: { codec: 4, run: (raw) => raw }
                      })
                    }
                  : one
              )
            }))
          )
        )
    }))
    produce(0, 'a')
    produce(1, 'b', 'c')
    const orders = consumer(cluster, {
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders')
    })
    const events: ConsumerEvent[] = []
    const seen: string[] = []
    orders.events.subscribe((event) => events.push(event))
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => void seen.push(textOf(record.value))),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(60_000)
    expect(seen).toEqual(['b', 'c'])
    expect(events).toMatchObject([
      {
        _tag: 'unreadable',
        topic: 'orders',
        partition: 0,
        offset: 0n,
        fault: { _tag: 'CodecMissingFault', codec: 'zstd', install: 'the package for zstd' }
      }
    ])
  })
})

describe('a configuration with everything wrong', () => {
  it('is reported all at once, by path and with what is allowed, before any broker is contacted', () => {
    const opened: unknown[] = []
    const cluster: Cluster = {
      ...rig(1).cluster,
      openConsumer: (settings) => expect.fail(String(opened.push(settings)))
    }
    const wrong = {
      'group.id': '',
      'heartbeat.interval.ms': NaN,
      'session.timeout.ms': '5s',
      maxInflight: 1,
      subscription: subscribe('no spaces')
    }
    let thrown: unknown = null
    try {
      consumer(cluster, wrong as unknown as ConsumerConfig)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(ConsumerError)
    const { problems } = (thrown as ConsumerError).fault as ConfigFault
    expect(problems.map(({ property }) => property).sort()).toEqual([
      'group.id',
      'heartbeat.interval.ms',
      'maxInflight',
      'session.timeout.ms',
      'subscription[0]'
    ])
    expect(problems.every(({ allowed }) => allowed !== '')).toBe(true)
    expect(opened).toEqual([])
  })
})

describe('a timestamp', () => {
  it.each([-1, 0, 2 ** 53, 253_402_300_800_000])('of %d is kept as it was given', (timestamp) => {
    const made = rig(1)
    const seen: number[] = []
    made.cluster.produce('orders', { value: 'v', timestamp })
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => void seen.push(record.timestamp)),
            commit()
          )
        )
      )
      .subscribe()
    made.clock.advance(100)
    expect(seen).toEqual([timestamp])
  })
})

describe('a handler', () => {
  const run = (made: Rig, fn: (record: ConsumerRecord) => unknown, onFailure: OnFailure = 'skip'): void => {
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(fn, { onFailure }), commit({ every: 1 }))))
      .subscribe({ error: () => undefined })
  }

  it('that acknowledges by itself and then fails settles its record once', () => {
    const made = rig(1, {}, 3)
    run(made, (record) => {
      acknowledge(record, record)
      if (record.offset === 1n) throw new Error('boom')
    })
    made.clock.advance(6_000)
    expect(made.events).toMatchObject([{ _tag: 'skipped', offset: 1n }])
    expect([made.committed(), made.orders.positions()[0]?.inFlight]).toEqual([[3n], 0])
  })

  it('whose promise settles after its partition was revoked acknowledges nothing', async () => {
    const made = rig(1, { 'drain.timeout.ms': 500 }, 1)
    let finish: () => void = () => undefined
    run(made, () => new Promise<void>((resolve) => (finish = resolve)))
    made.clock.advance(100)
    void made.orders.close()
    made.clock.advance(10_000)
    finish()
    await Promise.resolve()
    made.clock.advance(10_000)
    expect([made.committed(), made.clock.pending]).toEqual([[null], 0])
  })

  it('that never settles holds up its own partition and no other', () => {
    const made = rig(2, {}, 10)
    run(made, (record) => (record.partition === 0 ? NEVER : undefined))
    made.clock.advance(6_000)
    expect(made.committed()).toEqual([null, 5n])
  })

  it('that ends its own consumer is not called again', () => {
    const made = rig(1, {}, 5)
    let calls = 0
    run(made, () => {
      calls++
      void made.orders.close()
      return new Observable()
    })
    made.clock.advance(20_000)
    expect([calls, made.committed(), made.clock.pending]).toEqual([1, [null], 0])
  })

  it('that unsubscribes its own pipeline is not called again, and what it works on is not committed', () => {
    const made = rig(1, {}, 5)
    let calls = 0
    const subscription = made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => {
              calls++
              subscription.unsubscribe()
            }),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.clock.advance(20_000)
    expect([calls, made.committed(), made.clock.pending]).toEqual([1, [null], 0])
  })

  it('that drains its own consumer is still passed on and committed', () => {
    const made = rig(1, {}, 3)
    const passed: bigint[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => {
              if (record.offset === 2n) void made.orders.drain()
              return record.offset
            }),
            commit({ every: 1 })
          )
        )
      )
      .subscribe(({ offset }) => passed.push(offset))
    made.clock.advance(10_000)
    expect([passed.at(-1), made.committed(), made.clock.pending]).toEqual([3n, [3n], 0])
  })

  it('that calls back twice, as a thenable may, has finished once', () => {
    const made = rig(1, {}, 2)
    const passed: bigint[] = []
    const twice = {
      then: (done: () => void) => {
        done()
        done()
      }
    }
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => twice, { concurrency: 2, order: 'none' }),
            commit({ every: 1 })
          )
        )
      )
      .subscribe(({ offset }) => passed.push(offset))
    made.clock.advance(1_000)
    expect([passed.at(-1), made.orders.positions()[0]?.inFlight]).toEqual([2n, 0])
  })
})

describe('filterValue', () => {
  it('treats what throws as onFailure says', () => {
    const made = poisoned(['bad', 'a'])
    const seen: unknown[] = []
    const isText = (value: Uint8Array | null): value is Uint8Array => refuse(textOf(value)) !== ''
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            filterValue(isText, { onFailure: 'skip' }),
            handle((record) => void seen.push(textOf(record.value))),
            commit()
          )
        )
      )
      .subscribe()
    made.clock.advance(6_000)
    expect([seen, made.committed()]).toEqual([['a'], [2n]])
    expect(made.events).toMatchObject([{ _tag: 'skipped', fault: { operator: 'filterValue' } }])
  })
})
