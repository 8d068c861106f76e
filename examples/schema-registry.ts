// How do I read values whose schema is in a registry (Avro, Protobuf), without asking for it each time?
//
// A codec decodes at once. What has to be fetched first is the work of a handler, which can wait, try again and give up. These
// values have the wire format of Confluent's registry: a zero, the number of the schema in four bytes, and the rest. `typeFor`
// stands for avsc's `Type.forSchema`, or for a type of protobufjs.
//
// prints:
//   dead letter: no schema 9
//   a costs 12
//   b costs 7
//   the registry was asked 3 times, the first time in vain
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { commit, consumer, type ConsumerRecord, deadLetterTo, eachPartition, exponential, handle, logTo, subscribe } from 'ackstream' // prettier-ignore
import { memoryCluster } from 'ackstream/testing'

let asked = 0
const registry = createServer(({ url }, response) => {
  response.statusCode = ++asked === 1 ? 503 : url === '/schemas/ids/1' ? 200 : 404
  response.end('{ "schema": ["id", "amount"] }')
})
await new Promise<void>((listening) => registry.listen(0, '127.0.0.1', listening))
const { port } = registry.address() as AddressInfo

type Order = Readonly<Record<string, string>>
const typeFor = (fields: readonly string[]) => (bytes: Uint8Array): Order =>
  Object.fromEntries(Buffer.from(bytes).toString().split(';').map((value, index) => [fields[index] ?? '', value])) // prettier-ignore

class Undecodable extends Error {}

const types = new Map<number, Promise<(bytes: Uint8Array) => Order>>()
const fetchType = async (id: number) => {
  const answer = await fetch(`http://127.0.0.1:${port}/schemas/ids/${id}`)
  if (answer.status === 404) throw new Undecodable(`no schema ${id}`)
  if (!answer.ok) throw new Error(`the registry answered ${answer.status}`)
  return typeFor(((await answer.json()) as { schema: string[] }).schema)
}
const decoded = async ({ value }: ConsumerRecord<unknown>): Promise<Order> => {
  if (value === null || value.length < 5 || value[0] !== 0) throw new Undecodable('not in the format of the registry')
  const id = new DataView(value.buffer, value.byteOffset).getInt32(1)
  const type = types.get(id) ?? fetchType(id)
  types.set(id, type)
  type.catch(() => types.delete(id)) // the next attempt asks again
  return (await type)(value.subarray(5))
}

const cluster = memoryCluster({ topics: { orders: 1 } })
const framed = (id: number, text: string): Uint8Array => Buffer.concat([Buffer.of(0, 0, 0, 0, id), Buffer.from(text)])
cluster.produce('orders', { value: framed(9, '?') }, { value: framed(1, 'a;12') }, { value: framed(1, 'b;7') })

const orders = consumer(cluster, {
  'group.id': 'g',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('orders')
})
logTo(orders, console, { level: 'error' })
const decoding = {
  retry: {
    attempts: 10,
    backoff: exponential({ initialMs: 10, maxMs: 1_000 }),
    classify: (cause: unknown) => (cause instanceof Undecodable ? 'permanent' : 'retriable')
  },
  onFailure: deadLetterTo({ write: ({ reason }) => console.log(`dead letter: ${reason.split(': ').at(-1)}`) })
} as const
await new Promise((committed) => {
  orders
    .pipe(
      eachPartition((partition) =>
        partition.pipe(
          handle(decoded, decoding),
          handle(({ value: { id, amount } }) => console.log(`${id} costs ${amount}`)),
          commit({ every: 2 })
        )
      )
    )
    .subscribe(committed)
})
await orders.drain()
registry.close()
console.log(`the registry was asked ${asked} times, the first time in vain`)
