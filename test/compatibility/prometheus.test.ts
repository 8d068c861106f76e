import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, producer, subscribe } from '../../src/index.js'
import { healthHandler, metricCatalog, metrics } from '../../src/metrics.js'
import { memoryCluster } from '../../src/testing.js'
import { root } from '../support/packed-project.js'
import { type Prometheus, prometheusPrograms, startPrometheus, until } from '../support/prometheus.js'

const programs = prometheusPrograms()
const records = 250
const rules = join(root, 'ops/alerts.yml')

/** A pipeline that has read everything, and what it serves. */
const serving = async () => {
  const cluster = memoryCluster({ topics: { orders: 2 } })
  const orders = consumer(cluster, {
    'group.id': 'billing',
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders')
  })
  const writer = producer(cluster)
  const measured = metrics({ consumers: [orders], producers: [writer], partitions: true })
  let handled = 0
  const all = new Promise<void>((done) => {
    const count = (): void => {
      if (++handled === records) done()
    }
    orders.pipe(eachPartition((partition) => partition.pipe(handle(count), commit({ every: 1 })))).subscribe()
  })
  await writer.sendAll(
    Array.from({ length: records }, (_, number) => ({ topic: 'orders', key: String(number), value: 'v' }))
  )
  await all
  const server = createServer(healthHandler({ consumers: [orders], metrics: measured })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    measured,
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await orders.drain()
      await writer.close()
    }
  }
}

/** The queries of the dashboard, with Grafana's variables filled in. */
const dashboardQueries = (): readonly string[] => {
  const text = readFileSync(join(root, 'ops/grafana-dashboard.json'), 'utf8')
  const found = [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, expr = '""']) => JSON.parse(expr) as string)
  return found.map((expr) => expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$\w+/g, '.*'))
}

describe.skipIf(programs === null)('Prometheus', () => {
  let served: Awaited<ReturnType<typeof serving>>
  let prometheus: Prometheus
  beforeAll(async () => {
    served = await serving()
    prometheus = await startPrometheus(programs?.server ?? '', served.port, rules)
  })
  afterAll(async () => {
    await prometheus.stop()
    await served.stop()
  })

  const query = async (expr: string): Promise<readonly { readonly value: readonly [number, string] }[]> => {
    const data = await prometheus.ask(`/api/v1/query?query=${encodeURIComponent(expr)}`)
    return (data as { readonly result: readonly { readonly value: readonly [number, string] }[] }).result
  }
  const sum = async (expr: string): Promise<number> => Number((await query(`sum(${expr})`))[0]?.value[1] ?? NaN)

  it('scrapes a running pipeline', async () => {
    await until(async () => (await sum('ackstream_consumer_delivered_records_total')) === records)
    expect(await sum('ackstream_consumer_delivered_records_total{group="billing",topic="orders"}')).toBe(records)
    expect(await query('count by (partition) (ackstream_consumer_lag_records)')).toHaveLength(2)
    const { activeTargets } = (await prometheus.ask('/api/v1/targets')) as { activeTargets: readonly unknown[] }
    expect(activeTargets).toMatchObject([{ health: 'up', lastError: '' }])
  })

  it('takes each metric for what the catalog calls it', async () => {
    await until(async () => (await sum('up')) === 1)
    const known = (await prometheus.ask('/api/v1/metadata')) as Record<
      string,
      readonly { type: string; help: string }[]
    >
    const scraped = Object.entries(known).filter(([name]) => name.startsWith('ackstream_'))
    expect(scraped.length).toBeGreaterThan(10)
    const catalog = metricCatalog as Readonly<Record<string, { readonly type: string; readonly help: string }>>
    for (const [name, [about]] of scraped)
      expect({ name, ...about }).toMatchObject({ name, type: catalog[name]?.type, help: catalog[name]?.help })
  })

  it('evaluates the alert rules, and each query of the dashboard', async () => {
    const groups = async () =>
      ((await prometheus.ask('/api/v1/rules')) as { groups: readonly { rules: readonly { name: string; health: string; lastError?: string }[] }[] }).groups // prettier-ignore
    await until(async () => (await groups()).every((group) => group.rules.every(({ health }) => health !== 'unknown')))
    const all = (await groups()).flatMap((group) => group.rules)
    expect(all.length).toBeGreaterThan(5)
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([])
    const queries = dashboardQueries()
    expect(queries.length).toBeGreaterThan(10)
    for (const expr of queries) await query(expr)
  })

  it('has nothing to say against the names and the rules (promtool)', () => {
    const promtool = (args: readonly string[], input = '') => {
      const { status, stdout, stderr } = spawnSync(programs?.promtool ?? '', args, { encoding: 'utf8', input })
      return { status, said: stdout + stderr }
    }
    expect(promtool(['check', 'metrics'], served.measured.text())).toEqual({ status: 0, said: '' })
    expect(promtool(['check', 'rules', rules])).toMatchObject({ status: 0 })
  })
})
