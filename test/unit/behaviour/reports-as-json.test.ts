import { merge } from 'rxjs'
import { expect, it } from 'vitest'
import { commit, consumer, ConsumerError, eachPartition, handle, producer, subscribe } from '../../../src/index.js'
import { jsonReport } from '../../../src/model/json-report.js'
import { memoryCluster } from '../../../src/testing.js'
import { rig } from '../../support/rig.js'

const config = { 'group.id': 'g', subscription: subscribe('orders') }

it('JSON.stringify takes the report of a drain, with offsets as text', async () => {
  const cluster = memoryCluster({ topics: { orders: 1 } })
  cluster.produce('orders', { value: 'a' })
  const orders = consumer(cluster, { ...config, 'auto.offset.reset': 'earliest' })
  const committed = new Promise((done) => {
    orders
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(() => undefined),
            commit({ every: 1 })
          )
        )
      )
      .subscribe(done)
  })
  await committed
  const report = await orders.drain()
  expect(JSON.parse(JSON.stringify({ report }))).toEqual({
    report: {
      outcome: 'drained',
      partitions: [{ topic: 'orders', partition: 0, outcome: 'drained', committed: '1', repeated: 0 }]
    }
  })
  expect(report).toStrictEqual({
    outcome: 'drained',
    partitions: [{ topic: 'orders', partition: 0, outcome: 'drained', committed: 1n, repeated: 0 }]
  })
})

it('also that of a drain which a handler calls', async () => {
  const cluster = memoryCluster({ topics: { orders: 1 } })
  cluster.produce('orders', { value: 'a' })
  const orders = consumer(cluster, { ...config, 'auto.offset.reset': 'earliest' })
  const written = new Promise((done) => {
    const drains = handle(async () => {
      done(JSON.stringify(await orders.drain()))
    })
    orders.pipe(eachPartition((partition) => partition.pipe(drains, commit()))).subscribe()
  })
  expect(await written).toContain('under way')
})

it('also what a consumer reports while it runs: commits, rebalances, events, positions, and its error', () => {
  const { orders, clock, cluster } = rig(1, {}, 3)
  const said: string[] = []
  const errors: unknown[] = []
  const note = (report: unknown): number => said.push(JSON.stringify(report))
  merge(orders.commits, orders.rebalances, orders.events).subscribe(note)
  orders
    .pipe(
      eachPartition((partition) =>
        partition.pipe(
          handle(({ offset }) => {
            if (offset === 3n) throw new Error('refused')
          }),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ next: note, error: (error: unknown) => errors.push(error) })
  clock.advance(1_000)
  expect(JSON.parse(JSON.stringify(orders.positions()))).toMatchObject([{ position: '3', lag: '0' }])
  cluster.produce('orders', { partition: 0, value: 'd' })
  clock.advance(60_000)
  expect(said.join()).toContain('{"topic":"orders","partition":0,"offset":"1"}')
  expect(said.join()).toContain('"cause":{"name":"Error","message":"refused"}')
  expect(said.join()).toContain('"committed":"3"')
  const [error] = errors
  expect(JSON.parse(JSON.stringify({ error }))).toMatchObject({
    error: { name: 'ConsumerError', fault: { _tag: 'HandlerFault', place: { offset: '3' } } }
  })
})

it('also what producers and lookups answer', async () => {
  const cluster = memoryCluster({ topics: { orders: 1 } })
  const orders = producer(cluster)
  const record = { topic: 'orders', value: 'a' }
  const lookups = consumer(cluster, config)
  const at = { topic: 'orders', partition: 0 }
  const answers = [
    await orders.send(record),
    await orders.sendAll([record]),
    await lookups.endOffsets([at]),
    await lookups.committed([at]),
    await cluster.admin().listOffsets([{ ...at, at: 'end' }])
  ]
  expect(JSON.parse(JSON.stringify(answers))).toMatchObject([
    { ...at, offset: '0' },
    [{ ...at, offset: '1' }],
    [{ ...at, offset: '2' }],
    [{ ...at, offset: null }],
    [{ ...at, offset: '2' }]
  ])
  await orders.close()
})

it('shows causes that are errors, values with a JSON form of their own, and circles', () => {
  const circle: { self?: unknown; offset: bigint } = { offset: 1n }
  circle.self = circle
  const report = { cause: new Error('no'), circle, fault: new ConsumerError({ _tag: 'ClosedFault', what: 'it' }) }
  expect(JSON.parse(JSON.stringify(jsonReport(jsonReport(report))))).toMatchObject({
    cause: { name: 'Error', message: 'no' },
    circle: { offset: '1', self: '[circular]' },
    fault: { name: 'ConsumerError', fault: { _tag: 'ClosedFault' } }
  })
  expect(jsonReport(Object.freeze({ offset: 1n }))).toEqual({ offset: 1n })
})

it('an error whose fault is nothing, as plain JavaScript may throw it, has a JSON form', () => {
  expect(JSON.parse(JSON.stringify(new ConsumerError(undefined as never)))).toMatchObject({ name: 'ConsumerError' })
})
