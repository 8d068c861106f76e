import { expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, subscribe } from '../../../src/index.js'
import { traceWith } from '../../../src/opentelemetry.js'
import { memoryCluster } from '../../../src/testing.js'
import { workers, type WorkerRecord } from '../../../src/workers.js'
import { until } from '../../support/collect.js'
import { otelInMemory } from '../../support/otel.js'

it('sends the context of the handler to the worker thread, in the headers of its record', async () => {
  const api = otelInMemory()
  const tracing = traceWith(api, { operations: ['process'] })
  const onThread = workers<(record: WorkerRecord) => WorkerRecord>({
    file: new URL('../../support/echo.worker.mjs', import.meta.url),
    threads: 1
  })
  const cluster = memoryCluster({ topics: { orders: 1 } })
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const headers = [
    { name: 'traceparent', value: traceparent },
    { name: 'kind', value: 'order' }
  ]
  cluster.produce('orders', { value: 'x', headers })
  const orders = consumer(cluster, {
    'group.id': 'g',
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders')
  })
  const seen: Readonly<Record<string, string>>[] = []
  orders
    .pipe(
      eachPartition((partition) =>
        partition.pipe(
          handle(onThread),
          handle(({ value }) => {
            seen.push(
              Object.fromEntries(
                value.headers.map((one) => [one.name, new TextDecoder().decode(one.value ?? undefined)])
              )
            )
          }),
          commit()
        )
      )
    )
    .subscribe()
  await until(() => seen.length > 0, 'the answer of the thread')
  await orders.drain()
  await onThread.close()
  tracing.unsubscribe()
  const [process] = api.ended
  expect(process?.parentId).toBe('b'.repeat(16))
  expect(seen).toEqual([{ kind: 'order', traceparent: `00-${'a'.repeat(32)}-${String(process?.spanId)}-01` }])
})
