// How do I run a consumer as a service, with probes for Kubernetes and metrics for Prometheus?
//
// prints:
//   charged a
//   /livez: 200
//   /readyz: 200
//   /metrics: 200
//   drained
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { commit, consumer, deserialize, eachPartition, handle, logTo, run, subscribe, utf8 } from 'ackstream'
import { healthHandler, metrics } from 'ackstream/metrics'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { orders: 2 } })
cluster.produce('orders', { value: 'a' })

const orders = consumer(cluster, {
  'group.id': 'billing',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('orders')
})
logTo(orders, console, { level: 'warn' })

// With Express: app.use(healthHandler(…)) as the last middleware, since it answers other paths with 404.
const measured = metrics({ consumers: [orders] })
const server = createServer(healthHandler({ consumers: [orders], metrics: measured })).listen(0) // 8080 in a container
await once(server, 'listening')
const { port } = server.address() as AddressInfo

const pipeline = eachPartition((partition) =>
  partition.pipe(
    deserialize({ value: utf8 }),
    handle(async ({ value }) => {
      console.log(`charged ${value}`)
      // As the orchestrator and Prometheus do.
      for (const path of ['/livez', '/readyz', '/metrics']) {
        const { status } = await fetch(`http://127.0.0.1:${port}${path}`)
        console.log(`${path}: ${status}`)
      }
      process.kill(process.pid, 'SIGTERM')
    }),
    commit()
  )
)

const silent = { debug: () => {}, info: () => {}, warn: console.warn, error: console.error }
const { reports } = await run(orders.pipe(pipeline), { logger: silent, drainTimeoutMs: 25_000 })
server.close()
console.log(reports[0]?.outcome)
