// PG_URL=postgres://… node bench/inserting.mjs: rows a second and processor time of toPostgres beside a bare loop that
// sends the same `insert … select … from unnest` with the same driver. pg 8 has to be installed, or its folder be PG_HOME.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ack } from 'ackstream'
import { toPostgres } from 'ackstream/postgres'
import { testPartition } from 'ackstream/testing'
import { median } from './statistics.mjs'

const { Pool } = createRequire(join(process.env.PG_HOME ?? process.cwd(), 'index.js'))('pg')
const pool = new Pool({ connectionString: process.env.PG_URL, max: 1 })
const count = Number(process.argv[2] ?? 100_000)
const rounds = Number(process.argv[3] ?? 3)
const batch = 500
const rows = Array.from({ length: count }, (_, at) => ({ id: `order-${at}`, amount: at % 1_000, note: 'x'.repeat(60) }))
const columns = { id: 'text', amount: 'int8', note: 'text' }

const emptied = () => pool.query('drop table if exists bench; create table bench (id text, amount int8, note text)')

const bare = async () => {
  for (let from = 0; from < count; from += batch) {
    const some = rows.slice(from, from + batch)
    const client = await pool.connect()
    await client.query('begin')
    await client.query(
      'insert into bench (id, amount, note) select * from unnest($1::text[], $2::int8[], $3::text[])',
      Object.keys(columns).map((column) => some.map((row) => row[column]))
    )
    await client.query('commit')
    client.release()
  }
}

const ours = async () => {
  const partition = testPartition()
  let written = 0
  await new Promise((done, failed) => {
    partition.stream
      .pipe(
        toPostgres(pool, { table: 'bench', columns, row: ({ offset }) => rows[Number(offset)], records: batch }),
        ack()
      )
      .subscribe({
        next: () => {
          if (++written === count) done()
        },
        error: failed
      })
    for (let at = 0; at < count; at++) partition.deliver({ value: null })
  })
}

const measured = async (work) => {
  await emptied()
  const began = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  const ms = performance.now() - began
  const { rows: found } = await pool.query('select count(*)::int as count from bench')
  if (found[0].count !== count) throw new Error(`${found[0].count} rows of ${count}`)
  return { rate: (count * 1000) / ms, us: (user + system) / count }
}

const results = { bare: [], ours: [] }
for (let round = 0; round <= rounds; round++)
  for (const [name, work] of Object.entries({ bare, ours })) {
    const result = await measured(work)
    if (round > 0) results[name].push(result)
  }
const of = (name, what) => median(results[name].map((one) => one[what]))
for (const name of Object.keys(results))
  console.log(
    `${name}: ${Math.round(of(name, 'rate')).toLocaleString('en')} rows/s, ${of(name, 'us').toFixed(2)} µs of processor time a row`
  )
console.log(`ours ÷ bare: ${(of('ours', 'rate') / of('bare', 'rate')).toFixed(2)} of its rate`)
await pool.query('drop table bench')
await pool.end()
