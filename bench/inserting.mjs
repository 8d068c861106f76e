// PG_URL=postgres://… node bench/inserting.mjs [RECORDS] [ROUNDS]: records of a topic of four partitions become rows of a table,
// 500 in a transaction, on four connections. toPostgres beside bare loops that read the same topic from the same Kafka and send
// the same `insert … select … from unnest` with the same driver: kafkajs's `eachBatch`, and our consumer with a handler.
// pg 8 has to be installed, or its folder be PG_HOME; Kafka as for `npm run bench`.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { tap } from 'rxjs'
import { ack, batch, commit, consumer, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { postgresOffsets, toPostgres } from 'ackstream/postgres'
import { filled, withKafka } from './harness.mjs'
import { columns, insertInto, rowOf, size } from './bare-insert.mjs'
import { median, table } from './statistics.mjs'

const { Pool } = createRequire(join(process.env.PG_HOME ?? process.cwd(), 'index.js'))('pg')
const count = Number(process.argv[2] ?? 100_000)
const rounds = Number(process.argv[3] ?? 3)
const partitions = 4
const pool = new Pool({ connectionString: process.env.PG_URL, max: partitions })

/** Each reads all records, and calls `wrote` with how many more are in the table. */
const peers = {
  'kafkajs `eachBatch`, bare loop': async ({ brokers, topic, group, wrote }) => {
    const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
    const reader = client.consumer({ groupId: group, maxWaitTimeInMs: 100 })
    await reader.connect()
    await reader.subscribe({ topics: [topic], fromBeginning: true })
    await reader.run({
      partitionsConsumedConcurrently: partitions,
      eachBatch: async ({ batch: { messages }, resolveOffset, heartbeat, commitOffsetsIfNecessary }) => {
        for (let from = 0; from < messages.length; from += size) {
          const some = messages.slice(from, from + size)
          await insertInto(
            pool,
            some.map(({ value }) => rowOf(value))
          )
          resolveOffset(some.at(-1).offset)
          await commitOffsetsIfNecessary()
          await heartbeat()
          wrote(some.length)
        }
      }
    })
    return () => reader.disconnect()
  },
  'ackstream, `batch` and a bare handler': ({ brokers, topic, group, wrote, failed }) =>
    read({ brokers, topic, group, failed }, (partition) =>
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
      )
    ),
  'ackstream, `toPostgres` and `commit()`': ({ brokers, topic, group, wrote, failed }) =>
    read({ brokers, topic, group, failed }, (partition) =>
      partition.pipe(toPostgres(pool, settings), counted(wrote), commit())
    ),
  'ackstream, `toPostgres` with `offsets`: exactly once': ({ brokers, topic, group, wrote, failed }) => {
    const offsets = postgresOffsets(pool, { group, table: 'bench_offsets' })
    return read(
      { brokers, topic, group, failed, more: { 'enable.auto.commit': false, startFrom: offsets.startFrom } },
      (partition) => partition.pipe(toPostgres(pool, { ...settings, offsets }), counted(wrote), ack())
    )
  }
}
const settings = { table: 'bench', columns, row: ({ value }) => rowOf(value), records: size }

const counted = (wrote) => (source) => source.pipe(tap(() => wrote(1)))

const read = ({ brokers, topic, group, failed, more = {} }, pipeline) => {
  const reader = consumer(kafka({ 'bootstrap.servers': brokers }), {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    subscription: subscribe(topic),
    ...more
  })
  reader.pipe(eachPartition(pipeline)).subscribe({ error: failed })
  return () => reader.close()
}

let groups = 0
const measured = async (name, { brokers, topic }) => {
  await pool.query('drop table if exists bench; create table bench (id text, amount int8, note text)')
  await pool.query('checkpoint')
  let close = () => undefined
  let left = count
  let began = null
  let before = null
  let result = null
  await new Promise((done, failed) => {
    const wrote = (records) => {
      // From the first rows on: how long a group takes to begin is measured elsewhere.
      if (began === null) {
        began = performance.now()
        before = process.cpuUsage()
        left -= records
        result = { records: left }
        return
      }
      if ((left -= records) > 0) return
      const { user, system } = process.cpuUsage(before)
      result = { ...result, ms: performance.now() - began, cpu: user + system }
      done()
    }
    Promise.resolve(peers[name]({ brokers, topic, group: `bench-${process.pid}-${groups++}`, wrote, failed })).then(
      (given) => {
        close = given
      },
      failed
    )
  })
  await close()
  const { rows } = await pool.query('select count(*)::int as rows, count(distinct id)::int as ids from bench')
  if (rows[0].rows !== count || rows[0].ids !== count)
    throw new Error(`${name}: ${JSON.stringify(rows[0])} of ${count}`)
  return { rate: (result.records * 1000) / result.ms, us: result.cpu / result.records }
}

await withKafka(async ({ brokers, cluster }) => {
  const { topics: topic } = await filled(cluster, {
    partitions,
    records: count,
    value: (number) =>
      Buffer.from(JSON.stringify({ id: `order-${number}`, amount: number % 1_000, note: 'x'.repeat(60) }))
  })
  const { rows } = await pool.query(
    "select current_setting('server_version') as version, current_setting('fsync') as fsync"
  )
  console.log(
    `PostgreSQL ${rows[0].version}, fsync ${rows[0].fsync}; ${count} records, ${rounds} rounds and one before them`
  )
  const results = Object.fromEntries(Object.keys(peers).map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++)
    for (const name of Object.keys(peers)) {
      const result = await measured(name, { brokers, topic })
      console.log(
        `${round === 0 ? 'warm-up' : round}: ${name}: ${Math.round(result.rate)} rows/s, ${result.us.toFixed(1)} µs`
      )
      if (round > 0) results[name].push(result)
    }
  const of = (name, what) => median(results[name].map((one) => one[what]))
  const bare = Math.max(
    ...Object.keys(peers)
      .slice(0, 2)
      .map((name) => of(name, 'rate'))
  )
  console.log(
    table(
      ['into PostgreSQL', 'rows/s', 'of the faster bare loop', 'processor, µs a row'],
      Object.keys(peers).map((name) => [
        name,
        Math.round(of(name, 'rate')).toLocaleString('en'),
        (of(name, 'rate') / bare).toFixed(2),
        of(name, 'us').toFixed(1)
      ])
    )
  )
})
await pool.query('drop table if exists bench, bench_offsets')
await pool.end()
