import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { ConsumerError, type ConsumerRecord, describeFault, exponential } from '../../src/index.js'
import { type Postgres, postgresOffsets, toPostgres, type ToPostgresOptions } from '../../src/postgres.js'
import { testPartition } from '../../src/testing.js'
import { collect, type Collected } from '../support/collect.js'
import { describePostgres } from '../support/postgres.js'

const tls = (file: string): string => readFileSync(new URL(`../fixtures/tls/${file}`, import.meta.url), 'utf8')
const columns = { v: 'text' }
const hostile = [
  "'); drop table victims; --",
  '"); drop table victims; --',
  '{"a"}, {"b"}',
  '\\"; select 1; --',
  '$1::text',
  "E'\\x27'",
  '\u202e\u0001',
  '%s %I %L'
]

/** Writes a record for each value; ends when the stream does. */
const write = (
  db: Postgres,
  values: readonly unknown[],
  options: Omit<ToPostgresOptions<ConsumerRecord>, 'row'>
): Collected<ConsumerRecord> => {
  const partition = testPartition()
  const collected = collect(
    partition.stream.pipe(
      toPostgres<ConsumerRecord>(db, { ...options, row: ({ offset }) => ({ v: values[Number(offset)] }) })
    )
  )
  for (let at = 0; at < values.length; at++) partition.deliver()
  partition.drain()
  return collected
}

describePostgres(
  'what goes into PostgreSQL',
  (pool, server) => {
    const count = async (table: string): Promise<unknown> =>
      (await pool().query(`select count(*)::int as n from ${table}`)).rows[0]?.['n']

    it('are values, never a statement: of records, and of the names of topics and groups', async () => {
      await pool().query('create table victims (v text)')
      await write(pool(), hostile, { table: 'victims', columns }).ended
      expect((await pool().query('select v from victims')).rows.map(({ v }) => v)).toEqual(hostile)
      const [group, topic] = [`g'; drop table victims; --`, `t'); drop table victims; --`]
      const offsets = postgresOffsets(pool(), { group, table: 'kept' })
      const gained = await new Promise((done) => {
        const from = offsets.startFrom as (partitions: readonly object[]) => {
          subscribe: (next: (p: unknown) => void) => void
        }
        from([{ topic, partition: 0 }]).subscribe(done)
      })
      expect(gained).toEqual([])
      expect((await pool().query('select group_id, topic from kept')).rows).toEqual([{ group_id: group, topic }])
      expect(await count('victims')).toBe(hostile.length)
    })

    it('goes into tables and columns whose names are names, whatever is in them', async () => {
      const [table, column] = [`a"; drop table named; --`, `v"); drop table named; --`]
      await pool().query('create table named (v text)')
      const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
      await pool().query(
        `create table ${quoted(table)} (${quoted(column)} text primary key, "a.b" text, "constructor" text)`
      )
      const partition = testPartition()
      const { ended } = collect(
        partition.stream.pipe(
          toPostgres<ConsumerRecord>(pool(), {
            table,
            columns: { [column]: 'text', 'a.b': 'text', constructor: 'text' },
            row: () => ({ [column]: 'x', 'a.b': 'y' }),
            conflict: { update: [column] }
          })
        )
      )
      partition.deliver()
      partition.drain()
      await ended
      expect((await pool().query(`select * from ${quoted(table)}`)).rows).toEqual([
        { [column]: 'x', 'a.b': 'y', constructor: null }
      ])
      expect(await count('named')).toBe(0)
    })

    it('says in no fault what is in a row, or in one that was there', async () => {
      await pool().query('create table numbers (v int8 primary key check (v < 4000000000000000))')
      await pool().query('insert into numbers values (31415926)')
      const secret = 'card 4111111111111111'
      for (const value of [secret, `a"b ${secret}`, '99999999999999999999999', '31415926', '4111111111111111']) {
        const how = await write(pool(), [value], { table: 'numbers', columns: { v: 'int8' } }).ended
        const all = `${inspect(how, { depth: 20 })}${JSON.stringify(how, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))}${how instanceof ConsumerError ? describeFault(how.fault) : ''}`
        expect(how).toBeInstanceOf(ConsumerError)
        expect(all).toMatch(/2[23]...|out of range/)
        expect(all).not.toMatch(/4111|31415926|99999999/)
      }
    })

    it('is given up by the server after a while: a statement, a wait for a lock, a session that stands still', async () => {
      await pool().query('create table limits (v text)')
      await pool().query(
        `create function told() returns trigger language plpgsql as $$ begin new.v = current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout'); return new; end $$`
      )
      await pool().query('create trigger told before insert on limits for each row execute function told()')
      await write(pool(), ['x'], { table: 'limits', columns }).ended
      const own = new (server().Pool)({ connectionString: `${server().url}?options=-c%20statement_timeout%3D5s` })
      await write(own, ['x'], { table: 'limits', columns }).ended
      await own.end()
      expect((await pool().query('select v from limits')).rows).toEqual([{ v: '1min 30s 30s' }, { v: '5s 30s 30s' }])
      // Nothing of it outlives the transaction.
      expect((await pool().query('show lock_timeout')).rows).toEqual([{ lock_timeout: '0' }])
    })

    it('goes over TLS to who the certificate says, and to nobody else', async () => {
      await pool().query('create table secured (v text)')
      const url = server().url.replace('test@', 'test:hunter2@')
      const attempts = { backoff: exponential({ initialMs: 1, maxMs: 2 }), attempts: 2 }
      const into = async (ssl: { readonly ca: string; readonly host?: string }, host = '127.0.0.1') => {
        const secured = new (server().Pool)({ connectionString: url.replace('127.0.0.1', host), ssl })
        const how = await write(secured, ['x'], { table: 'secured', columns, retry: attempts }).ended
        await secured.end()
        return how
      }
      expect(await into({ ca: tls('ca.pem'), host: '127.0.0.1' })).toBe('complete')
      expect(await count('secured')).toBe(1)
      const another = await into({ ca: tls('expired.pem'), host: '127.0.0.1' })
      const elsewhere = await into({ ca: tls('ca.pem') }, 'localhost')
      for (const how of [another, elsewhere]) {
        if (!(how instanceof ConsumerError)) throw new Error(String(how))
        const said = describeFault(how.fault)
        expect(said).toMatch(/certificate|altname/i)
        expect(`${said}${inspect(how, { depth: 20 })}`).not.toContain('hunter2')
      }
      expect(await count('secured')).toBe(1)
    })
  },
  { own: true }
)
