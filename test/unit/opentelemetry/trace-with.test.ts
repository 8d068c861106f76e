import { subscribe as listen, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, describe, expect, it } from 'vitest'
import {
  batch,
  commit,
  consumer,
  type ConsumerRecord,
  deadLetter,
  eachPartition,
  exponential,
  fanOut,
  filterRecords,
  handle,
  park,
  type PartitionStream,
  type ProducerRecord,
  producer,
  produceTo,
  replayDeadLetters,
  sink,
  subscribe,
  transactional,
  writeTo
} from '../../../src/index.js'
import { tracedWorker, traceWith, type Tracing, type TracingOptions } from '../../../src/opentelemetry.js'
import type { MemoryCluster } from '../../../src/testing.js'
import { type EndedSpan, otelInMemory } from '../../support/otel.js'
import { rig } from '../../support/rig.js'

const traceId = 'a'.repeat(32)
const spanOf = (number: number): string => String(number).padStart(16, 'b')
const traceparent = (number: number): string => `00-${traceId}-${spanOf(number)}-01`
const decoder = new TextDecoder()

const topics = ['invoices', 'copies', 'own', 'sums', 'branch-a', 'branch-b', 'dead']

const running: Tracing[] = []
afterEach(() => {
  for (const tracing of running.splice(0)) tracing.unsubscribe()
})

/** A consumer of some records that were produced in spans 1, 2, …, and the spans that are made meanwhile. */
const traced = (records: number, options: TracingOptions = {}, config = {}) => {
  const made = rig(1, config)
  // Each of them with one partition.
  for (const topic of topics) made.cluster.createTopicsEither([{ topic, partitions: 1 }]).subscribe()
  for (let number = 1; number <= records; number++)
    made.cluster.produce('orders', {
      key: `k${String(number)}`,
      value: String(number),
      headers: [
        { name: 'traceparent', value: traceparent(number) },
        { name: 'tracestate', value: `vendor=${String(number)}` }
      ]
    })
  const api = otelInMemory()
  const tracing = traceWith(api, options)
  running.push(tracing)
  const run = (
    project: (partition: PartitionStream) => ReturnType<ReturnType<typeof commit>>,
    forMs = 5_000
  ): readonly EndedSpan[] => {
    made.orders.pipe(eachPartition(project)).subscribe()
    made.clock.advance(forMs)
    return api.ended
  }
  const spans = (name: string): readonly EndedSpan[] => api.ended.filter((span) => span.name === name)
  return { ...made, api, tracing, run, spans }
}

const written = (cluster: MemoryCluster, topic: string): readonly Readonly<Record<string, string>>[] =>
  cluster
    .records({ topic, partition: 0 })
    .map(({ headers }) =>
      Object.fromEntries(headers.map(({ name, value }) => [name, decoder.decode(value as Uint8Array)]))
    )

const idOf = (header: string | undefined): string | undefined => header?.split('-')[2]

describe('traceWith', () => {
  it('makes a span for each handled record, a child of its send span, whose context is active in the handler', async () => {
    const { api, run, spans, orders, clock } = traced(2, { operations: ['process'] })
    const active: unknown[] = []
    const later: Promise<unknown>[] = []
    const see = (): unknown => api.trace.getSpanContext(api.context.active())?.spanId
    run((partition) =>
      partition.pipe(
        handle(({ value }) => {
          active.push([decoder.decode(value ?? undefined), see()])
          later.push(Promise.resolve().then(see))
        }),
        commit()
      )
    )
    const [first, second] = spans('process orders')
    expect(first).toMatchObject({
      kind: 4,
      traceId,
      parentId: spanOf(1),
      links: [{ context: { traceId, spanId: spanOf(1) } }],
      status: { code: 0 },
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
        'messaging.destination.name': 'orders',
        'messaging.destination.partition.id': '0',
        'messaging.kafka.offset': 0,
        'messaging.consumer.group.name': 'billing'
      }
    })
    expect(active).toEqual([['1', first?.spanId], ['2', second?.spanId]]) // prettier-ignore
    expect(await Promise.all(later)).toEqual([first?.spanId, second?.spanId])
    void orders.drain()
    clock.advance(1_000)
  })

  it('begins a trace for each record if configured, with a link', () => {
    const { run, spans } = traced(1, { childOfProducer: false, operations: ['process'] })
    run((partition) =>
      partition.pipe(
        writeTo(() => undefined),
        commit()
      )
    )
    const [span] = spans('process orders')
    expect([span?.parentId, span?.traceId === traceId]).toEqual([null, false])
    expect(span?.links).toMatchObject([{ context: { traceId, spanId: spanOf(1) } }])
  })

  it('has a span for each attempt, which says why it failed', () => {
    const { run, spans } = traced(1, { operations: ['process'] })
    let attempts = 0
    run((partition) =>
      partition.pipe(
        handle(
          () => {
            if (++attempts < 3) throw new TypeError('no')
          },
          { retry: { attempts: 3, backoff: exponential({ initialMs: 10, maxMs: 10 }) } }
        ),
        commit()
      )
    )
    expect(spans('process orders').map(({ parentId, status, attributes }) => [parentId, status.code, attributes['error.type']])).toEqual([
      [spanOf(1), 2, 'TypeError'],
      [spanOf(1), 2, 'TypeError'],
      [spanOf(1), 0, undefined]
    ]) // prettier-ignore
  })

  it('ends the span of an attempt that takes too long, and of one that is abandoned', () => {
    const { run, spans, orders, clock } = traced(1, { operations: ['process'] })
    run((partition) =>
      partition.pipe(
        handle(() => new Promise(() => undefined), {
          timeoutMs: 1_000,
          retry: { attempts: 2, backoff: exponential({ initialMs: 10, maxMs: 10 }) }
        }),
        commit()
      ), 1_500) // prettier-ignore
    void orders.close()
    clock.advance(10)
    expect(spans('process orders').map(({ attributes }) => attributes['error.type'])).toEqual([
      'TimeoutFault',
      'ClosedFault'
    ])
  })

  it('keeps the context of a parked record', () => {
    const { run, spans, cluster } = traced(1)
    let attempts = 0
    run(
      (partition) =>
        partition.pipe(
          handle(
            () => {
              if (++attempts === 1) throw new Error('later')
              return 'x'
            },
            { order: 'key', onFailure: park({ records: 10, bytes: 1_000, retry: { attempts: 5, backoff: exponential({ initialMs: 1_000, maxMs: 1_000 }) }, then: 'fail' }) } // prettier-ignore
          ),
          produceTo(cluster, { topic: 'invoices', record: ({ value }) => ({ value }) }),
          commit()
        ),
      10_000
    )
    const [, again] = spans('process orders')
    expect([again?.parentId, again?.status.code]).toEqual([spanOf(1), 0])
    expect(spans('send invoices')).toMatchObject([{ traceId, parentId: again?.spanId }])
  })

  it('injects the send span into a produced record, a child of its handler’s, and leaves the user’s list as it was', () => {
    const { run, spans, cluster } = traced(1)
    const own = [{ name: 'kind', value: 'invoice' }]
    run((partition) =>
      partition.pipe(
        handle(() => 'x'),
        produceTo(cluster, { topic: 'invoices', record: ({ value }) => ({ value, headers: own }) }),
        commit()
      )
    )
    const [process] = spans('process orders')
    const [send] = spans('send invoices')
    expect(send).toMatchObject({
      kind: 3,
      traceId,
      parentId: process?.spanId,
      attributes: {
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'invoices',
        'messaging.destination.partition.id': '0',
        'messaging.kafka.offset': 0
      }
    })
    expect(written(cluster, 'invoices')).toEqual([
      { kind: 'invoice', traceparent: `00-${traceId}-${String(send?.spanId)}-01`, tracestate: 'vendor=1' }
    ])
    expect(own).toEqual([{ name: 'kind', value: 'invoice' }])
  })

  it.each(['fail', 'skip'] as const)(
    'replaces a context that was copied from the record: onFailure %s',
    (onFailure) => {
      const { run, spans, cluster } = traced(1)
      run((partition) =>
        partition.pipe(
          produceTo(cluster, { topic: 'copies', record: ({ value, headers }) => ({ value, headers }), onFailure }),
          commit()
        )
      )
      const [send] = spans('send copies')
      expect([send?.parentId, send?.links]).toEqual([spanOf(1), []])
      expect(written(cluster, 'copies')).toEqual([
        { traceparent: `00-${traceId}-${String(send?.spanId)}-01`, tracestate: 'vendor=1' }
      ])
    }
  )

  it('leaves a context that the user has set in the record, and links to it', () => {
    const { run, spans, cluster } = traced(1)
    const headers = [{ name: 'traceparent', value: traceparent(7) }]
    run((partition) =>
      partition.pipe(produceTo(cluster, { topic: 'own', record: ({ value }) => ({ value, headers }) }), commit())
    )
    expect(written(cluster, 'own')).toEqual([{ traceparent: traceparent(7) }])
    expect(spans('send own')[0]?.links).toEqual([{ context: { traceId, spanId: spanOf(7), traceFlags: 1 } }])
  })

  it('uses the active context for a record of a producer, and records why one was not written', () => {
    const { api, cluster, clock, spans } = traced(0)
    const writer = producer(cluster, { 'max.request.size': 1_000 })
    const outer = api.trace
      .getTracer('test')
      .startSpan('outer', { kind: 0, attributes: {}, links: [] }, api.ROOT_CONTEXT)
    api.context.with(api.trace.setSpan(api.ROOT_CONTEXT, outer), () => {
      for (const value of ['fits', 'x'.repeat(2_000)])
        writer
          .send({ topic: 'orders', value })
          .pipe()
          .subscribe({ error: () => undefined })
    })
    clock.advance(1_000)
    const sent = spans('send orders')
    expect(sent.map(({ parentId }) => parentId)).toEqual([outer.spanContext().spanId, outer.spanContext().spanId])
    expect(sent.map(({ attributes }) => attributes['error.type']).sort()).toEqual(['ProduceFault', undefined])
    expect(idOf(written(cluster, 'orders')[0]?.['traceparent'])).toBe(
      sent.find(({ status }) => status.code === 0)?.spanId
    )
  })

  it('has one span for a batch, with links to all its records, also for a batch of a sink', () => {
    const { run, spans, cluster } = traced(3)
    run((partition) =>
      partition.pipe(
        sink({ records: 3, write: () => undefined }),
        batch({ records: 3, withinMs: 100 }),
        handle((records) => String(records.value.length)),
        produceTo(cluster, { topic: 'sums', record: ({ value }) => ({ value }) }),
        commit()
      )
    )
    const [ofSink, ofBatch] = spans('process orders')
    for (const span of [ofSink, ofBatch]) {
      expect(span?.links.map(({ context }) => context.spanId)).toEqual([spanOf(1), spanOf(2), spanOf(3)])
      expect(span?.attributes).toMatchObject({
        'messaging.batch.message_count': 3,
        'messaging.destination.partition.id': '0'
      })
      expect([span?.parentId, span?.attributes['messaging.kafka.offset']]).toEqual([null, undefined])
    }
    expect(spans('send sums')).toMatchObject([{ parentId: ofBatch?.spanId, traceId: ofBatch?.traceId }])
  })

  it('distinguishes the branches of a record', () => {
    const { run, spans, cluster } = traced(1)
    const to = (topic: string) => produceTo<ConsumerRecord<unknown, string>>(cluster, { topic, record: ({ value }) => ({ value }) }) // prettier-ignore
    run((partition) =>
      partition.pipe(
        handle(() => 'x'),
        fanOut(
          (records) =>
            records.pipe(
              handle(() => 'a'),
              to('branch-a')
            ),
          (records) => records.pipe(to('branch-b'))
        ),
        commit()
      )
    )
    const [outer, inner] = spans('process orders')
    expect(spans('send branch-a')[0]?.parentId).toBe(inner?.spanId)
    expect(spans('send branch-b')[0]?.parentId).toBe(outer?.spanId)
  })

  it('follows a record through its dead letter, and the replay of that', () => {
    const { run, spans, cluster, clock } = traced(1)
    let calls = 0
    run((partition) =>
      partition.pipe(
        handle(
          () => {
            if (++calls === 1) throw new Error('not this time')
          },
          { onFailure: deadLetter(cluster, { topic: 'dead' }) }
        ),
        commit()
      )
    )
    const [process] = spans('process orders')
    const [letter] = spans('send dead')
    expect(letter?.status.code).toBe(0)
    expect([letter?.parentId, idOf(written(cluster, 'dead')[0]?.['traceparent'])]).toEqual([
      process?.spanId,
      letter?.spanId
    ])
    const letters = consumer(cluster, {
      'group.id': 'replay',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('dead')
    })
    letters
      .pipe(eachPartition((partition) => partition.pipe(replayDeadLetters(cluster, { topics: ['orders'] }), commit())))
      .subscribe()
    clock.advance(5_000)
    const [replay] = spans('send orders')
    expect(replay).toMatchObject({ traceId, parentId: letter?.spanId, links: [] })
    expect(idOf(written(cluster, 'orders')[1]?.['traceparent'])).toBe(replay?.spanId)
  })

  it('makes spans for deliveries and commits', () => {
    const { run, spans } = traced(3)
    run((partition) =>
      partition.pipe(
        filterRecords(() => true),
        commit({ every: 3 })
      )
    )
    expect(spans('poll orders')).toMatchObject([
      {
        kind: 2,
        links: [1, 2, 3].map((number) => ({ context: { spanId: spanOf(number) } })),
        attributes: { 'messaging.batch.message_count': 3, 'messaging.operation.type': 'receive' }
      }
    ])
    expect(spans('commit orders')).toMatchObject([
      {
        kind: 2,
        attributes: {
          'messaging.operation.type': 'settle',
          'messaging.operation.name': 'commit',
          'messaging.consumer.group.name': 'billing',
          'messaging.kafka.offset': 3
        }
      }
    ])
  })

  it('says why a commit failed', () => {
    const { cluster, run, spans } = traced(1)
    cluster.failNext('OffsetCommit', 14)
    run((partition) => partition.pipe(commit({ every: 1 })))
    expect(spans('commit orders').map(({ status }) => status.code)).toEqual([2, 0])
  })

  it('makes spans for the records of a transaction and for its commit', () => {
    const { orders, cluster, clock, spans } = traced(1, {}, { 'enable.auto.commit': false })
    orders
      .pipe(
        transactional(cluster, { 'transactional.id': 'transfers' }, (partition, tx) =>
          partition.pipe(
            handle(() => 'x'),
            tx.produceTo({ topic: 'invoices', record: ({ value }) => ({ value }) })
          )
        )
      )
      .subscribe()
    clock.advance(5_000)
    expect(spans('send invoices')).toMatchObject([{ parentId: spans('process orders')[0]?.spanId }])
    expect(spans('commit')).toMatchObject([{ attributes: { 'messaging.operation.type': 'settle' } }])
  })

  it('gives the context of a record to code that no operator calls', () => {
    const { api, run, tracing } = traced(1)
    const seen: unknown[] = []
    const see = (record: ConsumerRecord<unknown, unknown>): void => {
      seen.push(api.trace.getSpanContext(tracing.contextOf(record))?.spanId)
    }
    run((partition) =>
      partition.pipe(
        filterRecords((_value, record) => {
          see(record)
          return true
        }),
        handle(() => undefined),
        filterRecords((_value, record) => {
          see(record)
          return true
        }),
        commit()
      )
    )
    expect(seen).toEqual([spanOf(1), api.ended.find(({ name }) => name === 'process orders')?.spanId])
  })

  it('makes no span any more once it is unsubscribed, and of the listed operations only', () => {
    const { api, cluster, run, tracing, clock } = traced(1, { operations: ['settle'] })
    run((partition) =>
      partition.pipe(
        writeTo(() => undefined),
        commit({ every: 1 })
      )
    )
    expect(new Set(api.ended.map(({ name }) => name))).toEqual(new Set(['commit orders']))
    const before = api.ended.length
    tracing.unsubscribe()
    cluster.produce('orders', { value: 'x' })
    clock.advance(5_000)
    expect(api.ended).toHaveLength(before)
    expect(tracingChannel('ackstream.settle').start.hasSubscribers).toBe(false)
  })

  it('runs the function of a worker in the context of its record', () => {
    const api = otelInMemory()
    const work = tracedWorker(api, () => api.trace.getSpanContext(api.context.active())?.spanId)
    const headers = [{ name: 'traceparent', value: new TextEncoder().encode(traceparent(4)) }]
    const record = { topic: 'orders', partition: 0, offset: 0n, timestamp: 0, key: null, value: null, headers }
    expect([work(record), work([record]), work('plain')]).toEqual([spanOf(4), spanOf(4), undefined])
  })
})

describe('the channels', () => {
  it('publish what a program without OpenTelemetry can use, and only while it subscribes', () => {
    const { orders, cluster, clock } = rig(1, {}, 2)
    const told: unknown[] = []
    const listener = (message: unknown, name: string | symbol): void => {
      const { records, attempt } = message as { readonly records: readonly ConsumerRecord[]; readonly attempt: number }
      told.push([String(name), records.map(({ offset }) => offset), attempt])
    }
    orders
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(() => undefined),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    listen('tracing:ackstream.process:start', listener)
    listen('tracing:ackstream.process:asyncEnd', listener)
    const record: ProducerRecord = { value: 'x' }
    cluster.produce('orders', record)
    clock.advance(1_000)
    unsubscribe('tracing:ackstream.process:start', listener)
    unsubscribe('tracing:ackstream.process:asyncEnd', listener)
    cluster.produce('orders', record)
    clock.advance(1_000)
    expect(told).toEqual([
      ['tracing:ackstream.process:start', [2n], 1],
      ['tracing:ackstream.process:asyncEnd', [2n], 1]
    ])
  })

  it('publish what the answer of each fetch contains', () => {
    const { orders, clock } = rig(1, {}, 3)
    const answers: unknown[] = []
    const listener = (message: unknown): void => {
      answers.push({ ...(message as object) })
    }
    listen('tracing:ackstream.fetch:asyncEnd', listener)
    orders.pipe(eachPartition((partition) => partition.pipe(commit()))).subscribe()
    clock.advance(1_000)
    unsubscribe('tracing:ackstream.fetch:asyncEnd', listener)
    expect(answers[0]).toMatchObject({ groupId: 'billing', topics: ['orders'], records: 3 })
  })
})
