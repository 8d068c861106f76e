// How do I see each call of a handler, without changing it, through the tracing channels of node:diagnostics_channel?
// (With OpenTelemetry: traceWith(api) of ackstream/opentelemetry, which listens to the same channels.)
//
// prints:
//   handle orders/0@0, attempt 1: failed: busy
//   handle orders/0@0, attempt 2: done
//   handle orders/0@1, attempt 1: done
import { tracingChannel } from 'node:diagnostics_channel'
import { commit, consumer, type ConsumerRecord, eachPartition, exponential, handle, subscribe } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { orders: 1 } })
cluster.produce('orders', { value: 'first' }, { value: 'second' })

/** The part of a message of `ackstream.process` that is used here. */
interface Processed {
  readonly operator: string
  readonly attempt: number
  readonly records: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[]
  readonly error?: unknown
}

const ignore = (): void => undefined
tracingChannel<unknown, Processed>('ackstream.process').subscribe({
  start: ignore,
  end: ignore,
  asyncStart: ignore,
  error: ignore,
  asyncEnd: ({ operator, attempt, records, error }) => {
    const places = records.map(({ topic, partition, offset }) => `${topic}/${String(partition)}@${String(offset)}`)
    const outcome = error instanceof Error ? `failed: ${error.message}` : 'done'
    console.log(`${operator} ${places.join(', ')}, attempt ${String(attempt)}: ${outcome}`)
  }
})

const orders = consumer(cluster, {
  'group.id': 'billing',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('orders')
})

let busy = true
const charge = async ({ offset }: ConsumerRecord): Promise<void> => {
  await Promise.resolve()
  if (offset === 1n) void orders.drain()
  if (!busy) return
  busy = false
  throw new Error('busy')
}

orders
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(charge, { retry: { attempts: 3, backoff: exponential({ initialMs: 10, maxMs: 100 }) } }),
        commit()
      )
    )
  )
  .subscribe()
