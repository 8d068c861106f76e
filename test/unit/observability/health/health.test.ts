import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../../src/index.js'
import { health, healthHandler, metrics, terminusIndicator } from '../../../../src/metrics.js'
import { rig } from '../../../support/rig.js'

const read = eachPartition((partition) => partition.pipe(commit()))

describe('health', () => {
  it('is live and not ready before it runs and when it has left, ready as a standby, not live when it has stopped', () => {
    const { clock, cluster, orders, member } = rig(1)
    expect(health([orders])).toMatchObject({
      live: true,
      ready: false,
      reasons: [expect.stringContaining('consumer billing is idle')]
    })
    orders.pipe(read).subscribe({ error: () => undefined })
    expect(health([orders])).toMatchObject({ live: true, ready: false, reasons: [expect.stringContaining('joining')] })
    clock.advance(1_000)
    expect(health([orders])).toEqual({ live: true, ready: true, reasons: [] })
    const standby = member()
    standby.pipe(read).subscribe({ error: () => undefined })
    clock.advance(3_000)
    expect([orders, standby].map((one) => one.positions().length).sort()).toEqual([0, 1])
    expect(health([orders, standby])).toMatchObject({ live: true, ready: true })
    cluster.failNext('Heartbeat', 30, 2)
    clock.advance(3_000)
    expect(health([orders])).toMatchObject({
      live: false,
      ready: false,
      reasons: [expect.stringMatching(/stopped .*not authorised for the group/)]
    })
  })

  it('names a partition that does not move', () => {
    const { clock, orders } = rig(1, {}, 1)
    orders
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(() => new Promise(() => undefined)),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(70_000)
    expect(health([orders])).toEqual({
      live: true,
      ready: true,
      reasons: ['consumer billing: orders/0 offset 0 has not been settled for 70 s (source)']
    })
    clock.advance(300_000)
    expect(health([orders])).toMatchObject({
      live: false,
      reasons: [expect.stringContaining('suspended'), expect.stringContaining('orders/0 is stalled')]
    })
  })
})

describe('healthHandler', () => {
  it('answers probes, Prometheus and KEDA', () => {
    const { clock, orders } = rig(1, {}, 3)
    const handler = healthHandler({ consumers: [orders], metrics: metrics({ consumers: [orders] }) })
    const ask = (url: string, method = 'GET') => {
      let code = 0
      let type = ''
      let body = ''
      const isMine = handler(
        { url, method },
        {
          writeHead: (given, headers) => {
            code = given
            type = headers['Content-Type'] ?? ''
          },
          end: (text = '') => (body = text)
        }
      )
      return { code, type, body, isMine }
    }
    expect([ask('/livez').code, ask('/readyz').code]).toEqual([200, 503])
    orders.pipe(read).subscribe()
    clock.advance(2_000)
    expect(ask('/readyz?verbose')).toEqual({
      code: 200,
      type: 'application/json',
      body: '{"live":true,"ready":true,"reasons":[]}\n',
      isMine: true
    })
    expect(JSON.parse(ask('/status').body)).toMatchObject([{ phase: 'running', partitions: [{ position: '3' }] }])
    expect(ask('/metrics').type).toContain('version=0.0.4')
    expect(ask('/metrics').body).toContain(
      'ackstream_consumer_delivered_records_total{group="billing",topic="orders"} 3'
    )
    expect(JSON.parse(ask('/scaling').body)).toMatchObject({ membersNeeded: 1 })
    expect(ask('/metrics', 'HEAD').body).toBe('')
    expect(ask('/else')).toMatchObject({ code: 404, isMine: false })
  })
})

describe('terminusIndicator', () => {
  it('is up or down, with reasons', () => {
    const { orders } = rig(1)
    expect(terminusIndicator('orders', [orders])()).toMatchObject({ orders: { status: 'up' } })
    expect(terminusIndicator('orders', [orders], 'readiness')()).toMatchObject({
      orders: { status: 'down', reasons: [expect.any(String)] }
    })
  })
})
