import { right } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import { beforeEach, expect, it } from 'vitest'
import { ack, type ConsumerRecord, type DeadLetterPolicy, exponential } from '../../src/index.js'
import { toPostgres, type ToPostgresOptions } from '../../src/postgres.js'
import { testPartition } from '../../src/testing.js'
import { collect, until } from '../support/collect.js'
import { describePglite } from '../support/postgres.js'

type Row = Readonly<Record<string, unknown>>
const retry = { attempts: Infinity, backoff: exponential({ initialMs: 1, maxMs: 5 }) }

describePglite('rows that nobody expects, in PGlite', (db) => {
  let table = ''
  let tables = 0
  beforeEach(() => {
    table = `odd${String(++tables)}`
  })
  /** Writes rows; the numbers of those that became dead letters. */
  const written = async (rows: readonly Row[], options: Partial<ToPostgresOptions<ConsumerRecord>>) => {
    const letters: number[] = []
    const take: DeadLetterPolicy['take'] = ({ record }) => {
      letters.push(Number(record.offset))
      return of(right(undefined))
    }
    const onFailure: DeadLetterPolicy = { _tag: 'DeadLetter', take, hold: () => () => undefined }
    const partition = testPartition()
    const { ended } = collect(
      partition.stream.pipe(
        toPostgres<ConsumerRecord>(db(), { table, columns: {}, row: ({ offset }) => rows[Number(offset)] ?? {}, retry, onFailure, ...options }), // prettier-ignore
        ack()
      )
    )
    for (let at = 0; at < rows.length; at++) partition.deliver({ value: 'x' })
    partition.drain()
    expect(await ended).toBe('complete')
    return letters
  }
  const found = async (query: string): Promise<readonly unknown[]> => (await db().query(query)).rows

  it('two texts of one key are written one after the other', async () => {
    await db().query(`create table ${table} (id numeric primary key, v text)`)
    const rows = ['1', '2', '1.0', '01'].map((id) => ({ id, v: id }))
    const letters = await written(rows, { columns: { id: 'numeric', v: 'text' }, conflict: { update: ['id'] } })
    expect([letters, await found(`select v from ${table} order by id`)]).toEqual([[], [{ v: '01' }, { v: '2' }]])
  })

  it('a key that is too long for its index is a dead letter, alone', async () => {
    await db().query(`create table ${table} (id text primary key)`)
    // Not to be compressed.
    const long = Array.from({ length: 9_000 }, (_, at) => ((at * 7_919) % 10_007).toString(36)).join('')
    const letters = await written([{ id: 'a' }, { id: long }, { id: 'b' }], { columns: { id: 'text' } })
    expect([letters, await found(`select id from ${table} order by id`)]).toEqual([[1], [{ id: 'a' }, { id: 'b' }]])
  })

  it('a row that a view does not take is a dead letter, alone', async () => {
    await db().query(`create table ${table} (v int)`)
    await db().query(`create view ${table}_few as select v from ${table} where v < 10 with check option`)
    const letters = await written([{ v: 1 }, { v: 11 }, { v: 2 }], { table: `${table}_few`, columns: { v: 'int' } })
    expect([letters, await found(`select v from ${table} order by v`)]).toEqual([[1], [{ v: 1 }, { v: 2 }]])
  })

  it('a row that a trigger does not take is a dead letter, alone', async () => {
    await db().query(`create table ${table} (v int)`)
    await db().query(
      `create function ${table}_check() returns trigger language plpgsql as $$ begin if new.v > 9 then raise exception '% is too much', new.v; end if; return new; end $$`
    )
    await db().query(`create trigger own before insert on ${table} for each row execute function ${table}_check()`)
    const letters = await written([{ v: 1 }, { v: 11 }, { v: 2 }], { columns: { v: 'int' } })
    expect([letters, await found(`select v from ${table} order by v`)]).toEqual([[1], [{ v: 1 }, { v: 2 }]])
  })

  it('a row that breaks a constraint at the commit is a dead letter, alone', async () => {
    await db().query(`create table ${table} (v text, unique (v) deferrable initially deferred)`)
    const letters = await written([{ v: 'a' }, { v: 'b' }, { v: 'a' }, { v: 'c' }], { columns: { v: 'text' } })
    expect([letters, await found(`select v from ${table} order by v`)]).toEqual([
      [2],
      [{ v: 'a' }, { v: 'b' }, { v: 'c' }]
    ])
  })

  it('a row for which a partitioned table has no partition is a dead letter, alone', async () => {
    await db().query(`create table ${table} (v int) partition by range (v)`)
    await db().query(`create table ${table}_few partition of ${table} for values from (0) to (10)`)
    const letters = await written([{ v: 1 }, { v: 11 }, { v: 2 }], { columns: { v: 'int' } })
    expect([letters, await found(`select v from ${table} order by v`)]).toEqual([[1], [{ v: 1 }, { v: 2 }]])
  })

  it('columns may have the names of words of SQL, and numbers that are too large are dead letters', async () => {
    await db().query(`create table ${table} ("select" int2, "order by" text, "quo""ted" text)`)
    const rows = [
      { select: 1, 'order by': 'a', 'quo"ted': 'b' },
      { select: 40_000, 'order by': 'a', 'quo"ted': 'b' },
      { select: 1.5, 'order by': 'a', 'quo"ted': 'b' },
      { select: NaN, 'order by': 'a', 'quo"ted': 'b' }
    ]
    const letters = await written(rows, { columns: { select: 'int2', 'order by': 'text', 'quo"ted': 'text' } })
    expect([letters, await found(`select * from ${table}`)]).toEqual([[1, 2, 3], [rows[0]]])
  })

  it('times are the same in each time zone of the session, from the first to the last', async () => {
    await db().query(`create table ${table} (id int, at timestamptz)`)
    const times = ['2026-03-29T01:30:00.000Z', '+012026-01-01T00:00:00.000Z', '-000043-03-15T12:00:00.000Z', '0000-12-31T00:00:00.000Z'] // prettier-ignore
    await db().query("set time zone 'Asia/Kathmandu'")
    const letters = await written(times.map((time, id) => ({ id, at: new Date(time) })), { columns: { id: 'int', at: 'timestamptz' } }) // prettier-ignore
    await db().query("set time zone 'UTC'")
    expect(letters).toEqual([])
    expect(await found(`select at::text as at from ${table} order by id`)).toEqual([
      { at: '2026-03-29 01:30:00+00' },
      { at: '12026-01-01 00:00:00+00' },
      { at: '0044-03-15 12:00:00+00 BC' },
      { at: '0001-12-31 00:00:00+00 BC' }
    ])
  })

  it('a table that comes later is waited for', async () => {
    const partition = testPartition()
    const { values, subscription } = collect(
      partition.stream.pipe(toPostgres<ConsumerRecord>(db(), { table, columns: { v: 'int' }, row: () => ({ v: 1 }), retry }), ack()) // prettier-ignore
    )
    partition.deliver({ value: 'x' })
    await until(() => partition.events.some(({ _tag }) => _tag === 'waiting'), 'it waits')
    await db().query(`create table ${table} (v int)`)
    await until(() => values.length === 1, 'it is written')
    subscription.unsubscribe()
  })

  it('a batch is parsed by the server once', async () => {
    // Counted by a constraint that is checked for each text which becomes a value of the type.
    await db().query(`create sequence ${table}_parsed`)
    await db().query(`create domain ${table}_counted as text check (nextval('${table}_parsed') > 0)`)
    await db().query(`create table ${table} (id text)`)
    const letters = await written([{ id: 'a' }, { id: 'b' }, { id: 'c' }], { columns: { id: `${table}_counted` } })
    expect([letters, await found(`select last_value::int as parsed from ${table}_parsed`)]).toEqual([
      [],
      [{ parsed: 3 }]
    ])
  })
})
