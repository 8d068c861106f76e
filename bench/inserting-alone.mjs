// node bench/inserting-alone.mjs [RECORDS] [ROUNDS]: what a row for PostgreSQL costs this process, without a server and without
// Kafka: a driver that answers on the next turn, and the embedded cluster. It reads the values as pg 8 does: arrays become texts,
// and texts UTF-8. `toPostgres` beside our consumer with a handler that sends the same statement. Processor time is what counts:
// by the clock, the embedded cluster is most of it.
import { setImmediate as turn } from 'node:timers/promises'
import { lastValueFrom, tap } from 'rxjs'
import { batch, commit, consumer, eachPartition, handle, producer, subscribe } from 'ackstream'
import { toPostgres } from 'ackstream/postgres'
import { memoryCluster } from 'ackstream/testing'
import { columns, insertInto, rowOf, size } from './bare-insert.mjs'
import { median, table } from './statistics.mjs'

const count = Number(process.argv[2] ?? 200_000)
const rounds = Number(process.argv[3] ?? 5)
const partitions = 4

/** As pg 8 makes the text of an array. */
const arrayText = (values) => {
  let text = '{'
  for (const [at, value] of values.entries()) {
    if (at > 0) text += ','
    text += `"${String(value).replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`
  }
  return `${text}}`
}
let statements = 0
const client = {
  query: async (_text, values = []) => {
    statements++
    for (const value of values) Buffer.from(Array.isArray(value) ? arrayText(value) : value)
    await turn()
    return { rows: [] }
  },
  release: () => undefined
}
const pool = { totalCount: 0, connect: async () => client }

const settings = { table: 'bench', columns, row: ({ value }) => rowOf(value), records: size }
const pipelines = {
  '`batch` and a bare handler': (wrote) => (partition) =>
    partition.pipe(
      batch({ records: size, withinMs: 20 }),
      handle(async ({ value: records }) => {
        await insertInto(
          pool,
          records.map(({ value }) => rowOf(value))
        )
        wrote(records.length)
      }),
      commit()
    ),
  '`toPostgres` and `commit()`': (wrote) => (partition) =>
    partition.pipe(
      toPostgres(pool, settings),
      tap(() => wrote(1)),
      commit()
    )
}

const cluster = memoryCluster({ topics: { orders: partitions } })
const writer = producer(cluster, { 'linger.ms': 5 })
const records = Array.from({ length: count }, (_, number) => ({
  topic: 'orders',
  partition: number % partitions,
  value: JSON.stringify({ id: `order-${number}`, amount: number % 1_000, note: 'x'.repeat(60) })
}))
await lastValueFrom(writer.sendAll(records))
await writer.close()

let groups = 0
const measured = async (name) => {
  const source = consumer(cluster, {
    'group.id': `bench-${groups++}`,
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders')
  })
  let left = count
  statements = 0
  const before = process.cpuUsage()
  await new Promise((done, failed) => {
    const wrote = (rows) => {
      if ((left -= rows) === 0) done()
    }
    source.pipe(eachPartition(pipelines[name](wrote))).subscribe({ error: failed })
  })
  const { user, system } = process.cpuUsage(before)
  await source.close()
  return { us: (user + system) / count, statements }
}

const results = Object.fromEntries(Object.keys(pipelines).map((name) => [name, []]))
for (let round = 0; round <= rounds; round++)
  for (const name of Object.keys(pipelines)) {
    const result = await measured(name)
    if (round > 0) results[name].push(result)
  }
const of = (name, what) => median(results[name].map((one) => one[what]))
console.log(
  table(
    ['into a driver that answers at once', 'processor, µs a row', 'statements'],
    Object.keys(pipelines).map((name) => [name, of(name, 'us').toFixed(2), of(name, 'statements')])
  )
)
