// What the benchmarks of PostgreSQL insert, and the bare loop's way to do it.

/** How many rows a transaction has. */
export const size = 500
export const columns = { id: 'text', amount: 'int8', note: 'text' }

const decoder = new TextDecoder()
export const rowOf = (value) => JSON.parse(decoder.decode(value))

/** Inserts rows in a transaction of their own, in one statement. */
export const insertInto = async (pool, rows) => {
  const client = await pool.connect()
  await client.query('begin')
  await client.query(
    'insert into bench (id, amount, note) select * from unnest($1::text[], $2::int8[], $3::text[])',
    Object.keys(columns).map((column) => rows.map((row) => row[column]))
  )
  await client.query('commit')
  client.release()
}
