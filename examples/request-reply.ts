// How do I send a request over Kafka and wait for its reply?
//
// The request names the partition in which its sender listens, and an id that the reply repeats. The sender reads that partition
// of its own from the end, without a group, and begins only when the end is known.
//
// prints:
//   ANNA, BERT
//   carl: no reply within 100 ms
import { randomUUID } from 'node:crypto'
import { filter, firstValueFrom } from 'rxjs'
import {
  ack,
  assign,
  commit,
  consumer,
  deserialize,
  eachPartition,
  handle,
  type Header,
  logTo,
  produceTo,
  producer,
  subscribe,
  utf8
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { requests: 3, replies: 8 } })
const textOf = (headers: readonly Header[], name: string): string => {
  const value = headers.find((header) => header.name === name)?.value
  return value === undefined || value === null ? '' : Buffer.from(value).toString()
}

// The service. A request is committed once its reply is written: after a crash it may be answered twice.
const requests = consumer(cluster, { 'group.id': 'names', 'auto.offset.reset': 'earliest', subscription: subscribe('requests') }) // prettier-ignore
logTo(requests, console, { level: 'warn' })
const answered = eachPartition((partition: Parameters<Parameters<typeof eachPartition>[0]>[0]) =>
  partition.pipe(
    deserialize({ value: utf8 }),
    handle(async ({ value }) => {
      if (value === 'carl') await new Promise((later) => setTimeout(later, 300))
      return value.toUpperCase()
    }, { concurrency: 16, order: 'none' }), // prettier-ignore
    produceTo(cluster, {
      topic: 'replies',
      properties: { 'linger.ms': 0 },
      record: ({ value, headers }) => ({
        value,
        partition: Number(textOf(headers, 'reply-partition')),
        headers: headers.filter(({ name }) => name === 'correlation-id')
      })
    }),
    commit()
  )
)
requests.pipe(answered).subscribe()

// The client: each process has a partition of its own, such as the ordinal of its pod.
const mine = 5
const replies = consumer(cluster, { subscription: assign([{ topic: 'replies', partition: mine, from: 'end' }]) })
const waiting = new Map<string, (reply: string) => void>()
replies
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        // A reply that nobody waits for any more is ignored.
        handle(({ headers, value }) => waiting.get(textOf(headers, 'correlation-id'))?.(value)),
        ack()
      )
    )
  )
  .subscribe()
await firstValueFrom(replies.positionUpdates({ everyMs: 10 }).pipe(filter(([first]) => first?.position != null)))

const sender = producer(cluster, { 'linger.ms': 0 })
const request = async (value: string, timeoutMs: number): Promise<string> => {
  const id = randomUUID()
  const reply = new Promise<string>((resolve, reject) => {
    waiting.set(id, resolve)
    setTimeout(() => reject(new Error(`${value}: no reply within ${timeoutMs} ms`)), timeoutMs).unref()
  })
  const headers = [{ name: 'correlation-id', value: id }, { name: 'reply-partition', value: String(mine) }] // prettier-ignore
  const sent = sender.send({ topic: 'requests', value, headers })
  return Promise.all([reply, sent]).then(([text]) => text).finally(() => waiting.delete(id)) // prettier-ignore
}

console.log((await Promise.all([request('anna', 5_000), request('bert', 5_000)])).join(', '))
await request('carl', 100).catch((error: unknown) => console.log((error as Error).message))
await Promise.all([requests.drain(), replies.drain(), sender.close()])
