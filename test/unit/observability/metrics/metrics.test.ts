import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle, producer } from '../../../../src/index.js'
import {
  type Labels,
  metricCatalog,
  metrics,
  type MetricsOptions,
  observeWith,
  registerWith,
  ScalingMeter
} from '../../../../src/metrics.js'
import { memoryCluster } from '../../../../src/testing.js'
import { rig } from '../../../support/rig.js'

const names = Object.keys(metricCatalog)

/** What Prometheus makes of it: by name and labels. Fails for what is not its format. */
const parsed = (text: string): ReadonlyMap<string, number> => {
  const values = new Map<string, number>()
  let type: readonly string[] = []
  expect(text.endsWith('\n')).toBe(true)
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('# HELP ')) continue
    if (line.startsWith('# TYPE ')) {
      type = line.split(' ').slice(2)
      expect(names).toContain(type[0])
      continue
    }
    const [, name = '', labels = '', value = ''] =
      /^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\["\\n])*",?)*\})? (\S+)$/.exec(line) ?? []
    expect(name.replace(/_(bucket|sum|count)$/, '') === type[0] || name === type[0], line).toBe(true)
    expect(Number.isFinite(Number(value)), line).toBe(true)
    expect(values.has(name + labels), line).toBe(false)
    values.set(name + labels, Number(value))
  }
  return values
}

const reading = (options: Partial<MetricsOptions> = {}) => {
  const made = rig(2, { maxInFlight: 5 }, 20)
  const measured = metrics({ consumers: [made.orders], ...options })
  made.orders.pipe(eachPartition((partition) => partition.pipe(commit({ every: 1 })))).subscribe()
  made.clock.advance(1_000)
  return { ...made, measured }
}

describe('metrics', () => {
  it('are Prometheus’s text: counters, gauges and a histogram, by topic', () => {
    const { measured, orders, clock } = reading()
    const of = 'group="billing",topic="orders"'
    const values = parsed(measured.text())
    expect(values.get(`ackstream_consumer_delivered_records_total{${of}}`)).toBe(20)
    expect(values.get(`ackstream_consumer_settled_records_total{${of}}`)).toBe(20)
    expect(values.get(`ackstream_consumer_lag_records{${of}}`)).toBe(0)
    expect(values.get(`ackstream_consumer_assigned_partitions{${of}}`)).toBe(2)
    expect(values.get('ackstream_consumer_phase{group="billing",phase="running"}')).toBe(1)
    expect(values.get('ackstream_consumer_rebalance_duration_seconds_bucket{group="billing",le="+Inf"}')).toBe(1)
    expect(values.get('ackstream_consumer_rebalance_duration_seconds_count{group="billing"}')).toBe(1)
    expect(values.get('ackstream_consumer_commits_total{group="billing",outcome="stored"}')).toBeGreaterThan(0)
    void orders.drain()
    clock.advance(1_000)
    const after = parsed(measured.text())
    expect(after.get(`ackstream_consumer_delivered_records_total{${of}}`)).toBe(20)
    expect(after.get('ackstream_consumer_phase{group="billing",phase="left"}')).toBe(1)
    expect(after.has(`ackstream_consumer_lag_records{${of}}`)).toBe(false)
  })

  it('have a label for the partition only if that is asked for', () => {
    expect(reading().measured.text()).not.toContain('partition="')
    const values = parsed(reading({ partitions: true }).measured.text())
    expect(values.get('ackstream_consumer_delivered_records_total{group="billing",topic="orders",partition="1"}')).toBe(
      10
    )
  })

  it('count no more once they are closed', () => {
    const { measured, orders, clock } = reading()
    measured.close()
    void orders.drain()
    clock.advance(1_000)
    expect(parsed(measured.text()).has('ackstream_consumer_rebalances_total{group="billing",kind="revoked"}')).toBe(
      false
    )
  })

  it('measure producers', async () => {
    const orders = producer(memoryCluster({ topics: { t: 1 } }))
    const measured = metrics({ producers: [orders] })
    await new Promise((done) => orders.send({ topic: 't', value: 'x' }).subscribe(done))
    const values = parsed(measured.text())
    expect(values.get('ackstream_producer_confirmed_records_total{producer="producer 0"}')).toBe(1)
    expect(values.get('ackstream_producer_buffer_limit_bytes{producer="producer 0"}')).toBe(33_554_432)
    await orders.close()
  })

  it('go to a registry of prom-client’s shape', async () => {
    const { measured } = reading()
    const registered: {
      readonly name: string
      get(): Promise<{
        readonly values: readonly { readonly labels: Labels; readonly value: number; readonly metricName: string }[]
      }>
    }[] = []
    registerWith({ registerMetric: (metric) => registered.push(metric) }, measured)
    expect(registered.map(({ name }) => name)).toEqual(names)
    const delivered = await registered[0]?.get()
    expect(delivered?.values).toEqual([
      { labels: { group: 'billing', topic: 'orders' }, value: 20, metricName: names[0] }
    ])
  })

  it('go to a meter of OpenTelemetry’s shape', () => {
    const { measured } = reading()
    const created: string[] = []
    let observe: (result: never) => void = () => undefined
    const create = (kind: string) => (name: string) => {
      created.push(`${kind} ${name}`)
      return { name }
    }
    observeWith(
      {
        createObservableCounter: create('counter'),
        createObservableGauge: create('gauge'),
        addBatchObservableCallback: (callback) => {
          observe = callback
        }
      },
      measured
    )
    expect(new Set(created).size).toBe(created.length)
    expect(created).toEqual(
      expect.arrayContaining([
        'counter ackstream.consumer.delivered',
        'gauge ackstream.consumer.lag',
        'gauge ackstream.consumer.lag_time',
        'counter ackstream.consumer.rebalance_duration.count'
      ])
    )
    const observed: unknown[] = []
    observe({
      observe: (instrument: { readonly name: string }, value: number, attributes: Labels) =>
        observed.push([instrument.name, value, attributes])
    } as never)
    expect(observed).toContainEqual(['ackstream.consumer.delivered', 20, { group: 'billing', topic: 'orders' }])
    expect(observed).toContainEqual(['ackstream.consumer.rebalance_duration.count', 1, { group: 'billing' }])
  })

  it.each(['ops/alerts.yml', 'ops/grafana-dashboard.json'])('are the ones that %s names', (file) => {
    const text = readFileSync(join(import.meta.dirname, '../../../..', file), 'utf8')
    const named = [...new Set(text.match(/ackstream_[a-z_]+/g))].map((name) => name.replace(/_bucket$/, ''))
    expect(named.filter((name) => !names.includes(name))).toEqual([])
    expect(named.length).toBeGreaterThan(8)
    if (file.endsWith('.json')) expect((JSON.parse(text) as { panels: unknown[] }).panels.length).toBeGreaterThan(10)
  })
})

describe('the scaling signal', () => {
  /** Members that settle a hundred records a second each, of four partitions that so many arrive in. */
  const loaded = (perSecond: number, seconds: number) => {
    const made = rig(4, { maxInFlight: 50 })
    const meter = new ScalingMeter({ targetLagSeconds: 60 })
    const { clock, cluster, orders } = made
    let free = 0
    const work = (): Observable<number> =>
      new Observable((subscriber) => {
        // One at a time for the whole member, 10 ms each.
        free = Math.max(free, clock.now()) + 10
        return clock.schedule(free - clock.now(), () => {
          subscriber.next(1)
          subscriber.complete()
        })
      })
    orders.pipe(eachPartition((partition) => partition.pipe(handle(work), commit({ every: 100 })))).subscribe()
    clock.advance(1_000)
    const update = () => meter.update(orders.status(), clock.now())
    for (let second = 0; second < seconds; second++) {
      for (let number = 0; number < perSecond; number++)
        cluster.produce('orders', { partition: number % 4, value: 'v' })
      clock.advance(1_000)
      update()
    }
    return { ...made, meter, update, last: () => update() }
  }

  it('is arrivals and backlog, divided by what one member handles', () => {
    const { last } = loaded(250, 30)
    const { membersNeeded, arrivalRate, serviceRate, partitionsWithLag } = last()
    expect(arrivalRate).toBeCloseTo(250, -1)
    expect(serviceRate).toBeGreaterThan(90)
    expect(serviceRate).toBeLessThan(110)
    // 2.5 for what arrives, and 0.7 for some 4,300 that are behind, within a minute.
    expect(membersNeeded).toBeGreaterThan(2.7)
    expect(membersNeeded).toBeLessThanOrEqual(partitionsWithLag)
  })

  it('is at most the number of partitions with lag', () => {
    expect(loaded(1_000, 20).last().membersNeeded).toBe(4)
  })

  it('is a fraction for a member with spare time, and is unchanged while it drains', () => {
    const { last, orders, clock, cluster } = loaded(250, 10)
    clock.advance(60_000)
    last()
    for (let second = 0; second < 5; second++) {
      for (let number = 0; number < 20; number++) cluster.produce('orders', { partition: number % 4, value: 'v' })
      clock.advance(1_000)
      last()
    }
    expect(last().membersNeeded).toBeCloseTo(0.2, 1)
    void orders.drain()
    expect(last()).toMatchObject({ isHeld: true, membersNeeded: expect.closeTo(0.2, 1) })
    clock.advance(1_000)
    expect(last()).toMatchObject({ isHeld: false, membersNeeded: 0 })
  })
})
