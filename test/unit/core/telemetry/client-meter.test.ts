import { describe, expect, it } from 'vitest'
import { ClientMeter } from '../../../../src/core/telemetry/client-meter.js'

const consumer = 'org.apache.kafka.consumer.'

const valuesOf = (meter: ClientMeter, now: number, delta: boolean, prefixes: readonly string[] = ['']) =>
  Object.fromEntries(
    meter
      .collect(prefixes, now, delta)
      .map(({ name, value, labels }) => [[name.replace(consumer, ''), ...Object.values(labels)].join(' '), value])
  )

describe('ClientMeter', () => {
  it('has the standard metrics of a consumer, without a latency that was never measured', () => {
    const meter = new ClientMeter('consumer', 0)
    meter.connected()
    meter.connected()
    meter.assigned(3)
    meter.rebalanced(40)
    meter.answered('Fetch', 1, 10)
    meter.answered('Fetch', 2, 30)
    meter.answered('OffsetCommit', null, 5)
    expect(valuesOf(meter, 2_000, false)).toEqual({
      'connection.creation.total': 2,
      'connection.creation.rate': 1,
      'node.request.latency.avg 1': 10,
      'node.request.latency.max 1': 10,
      'node.request.latency.avg 2': 30,
      'node.request.latency.max 2': 30,
      'fetch.manager.fetch.latency.avg': 20,
      'fetch.manager.fetch.latency.max': 30,
      'coordinator.commit.latency.avg': 5,
      'coordinator.commit.latency.max': 5,
      'coordinator.assigned.partitions': 3,
      'coordinator.rebalance.latency.avg': 40,
      'coordinator.rebalance.latency.max': 40,
      'coordinator.rebalance.latency.total': 40
    })
  })

  it('has the metrics of a producer, and none of groups', () => {
    const meter = new ClientMeter('producer', 0)
    meter.throttled(100)
    const names = meter.collect([''], 1_000, false).map(({ name }) => name)
    expect(names).toEqual([
      'org.apache.kafka.producer.connection.creation.total',
      'org.apache.kafka.producer.connection.creation.rate',
      'org.apache.kafka.producer.produce.throttle.time.avg',
      'org.apache.kafka.producer.produce.throttle.time.max'
    ])
  })

  it('returns only requested metrics, by prefix', () => {
    const meter = new ClientMeter('consumer', 0)
    const prefixes = [`${consumer}coordinator.assigned`, 'org.apache.kafka.producer.']
    expect(valuesOf(meter, 1, false, prefixes)).toEqual({ 'coordinator.assigned.partitions': 0 })
    expect(valuesOf(meter, 1, false, ['*'])).toEqual(valuesOf(meter, 1, false, ['']))
    expect(valuesOf(meter, 1, false, [])).toEqual({})
  })

  it('includes in the next push what was measured during a push', () => {
    const meter = new ClientMeter('consumer', 0)
    meter.collect(['*'], 1_000, true)
    meter.connected()
    meter.rebalanced(40)
    meter.confirm()
    expect(valuesOf(meter, 2_000, true)).toMatchObject({
      'connection.creation.total': 1,
      'coordinator.rebalance.latency.avg': 40,
      'coordinator.rebalance.latency.total': 40
    })
  })

  it('counts from the last push that arrived for delta temporality, else from the start; averages always from the last push', () => {
    const meter = new ClientMeter('consumer', 0)
    meter.connected()
    meter.answered('Fetch', null, 10)
    expect(valuesOf(meter, 1_000, true)['connection.creation.total']).toBe(1)
    // The push did not arrive.
    meter.connected()
    expect(valuesOf(meter, 2_000, true)['connection.creation.total']).toBe(2)
    meter.confirm()
    meter.connected()
    meter.answered('Fetch', null, 50)
    expect(valuesOf(meter, 3_000, true)).toMatchObject({
      'connection.creation.total': 1,
      'connection.creation.rate': 1,
      'fetch.manager.fetch.latency.avg': 50
    })
    expect(valuesOf(meter, 3_000, false)['connection.creation.total']).toBe(3)
  })
})
