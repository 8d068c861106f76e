import { commit, consumer, ConsumerError, deserialize, eachPartition, handle, producer, secret, subscribe, utf8 } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { writeNdjson } from 'ackstream/ndjson'
import { marbles, memoryCluster, type Pipeline } from 'ackstream/testing'
import 'ackstream/testing/jest'
import { losesNothing } from 'ackstream/testing/fast-check'
import { workers } from 'ackstream/workers'
import { firstValueFrom, toArray } from 'rxjs'
import * as net from 'node:net'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

test('consumes and commits what was produced', async () => {
  const cluster = memoryCluster({ topics: { greetings: 1 } })
  cluster.produce('greetings', { value: 'hello' })
  const greetings = consumer(cluster, { 'group.id': 'g', 'auto.offset.reset': 'earliest', subscription: subscribe('greetings') })
  const seen: string[] = []
  const run = firstValueFrom(
    greetings.pipe(
      eachPartition((partition) =>
        partition.pipe(deserialize({ value: utf8 }), handle((record) => { seen.push(record.value); void greetings.drain() }), commit())
      ),
      toArray()
    )
  )
  await run
  expect(seen).toEqual(['hello'])
  expect(cluster.committed('g', { topic: 'greetings', partition: 0 })).toBe(1n)
})

test('plays a diagram', marbles(({ cluster }) => {
  cluster(
    `
    orders/0              -abc-----
    sink b                ---|
    one                   ^--------
    one orders/0          ^abc-----
    one orders/0 commits  -a---(bc)
    `,
    { pipeline }
  )
}))

test('plays a diagram by a matcher', async () => {
  const diagram = 'orders/0              -ab\none                   ^--\none orders/0 commits  -ab'
  await expect(pipeline).toPlay(diagram)
  await expect(expect(pipeline).toPlay(diagram.replace('commits  -ab', 'commits  --a'))).rejects.toThrow('the diagram did not come true')
})

test('looks for lost records', async () => { await losesNothing({ pipeline }, { runs: 5 }) })

test('says what is wrong', () => {
  expect(() => kafka({ 'bootstrap.servers': '' })).toThrow(ConsumerError)
  expect(kafka({ 'bootstrap.servers': 'a:1', 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN', 'sasl.username': 'u', 'sasl.password': secret('x') })._tag).toBe('Cluster')
})

test('finds the packages that are installed beside it', async () => {
  await producer(kafka({ 'bootstrap.servers': 'a:1' }), { 'compression.type': 'lz4' }).close()
  expect(typeof writeNdjson).toBe('function')
  const double = workers<(n: { value: number }) => number>({ file: `${__dirname}/double.js`, threads: 1 })
  await double.close()
})

test('a broker that is not there', async () => {
  const server = net.createServer((socket) => { socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') }).listen(0, '127.0.0.1')
  await new Promise((go) => server.once('listening', go))
  const { port } = server.address() as net.AddressInfo
  const created: any = await firstValueFrom(kafka({ 'bootstrap.servers': `127.0.0.1:${port}`, 'security.protocol': 'SSL' }).createTopicsEither([{ topic: 't', partitions: 1 }]))
  expect(created.left._tag).toBe('FrameFault')
  server.close()
})
