import { right } from 'fp-ts/lib/Either.js'
import { firstValueFrom, from, of, Subject } from 'rxjs'
import { afterEach, expect, it } from 'vitest'
import {
  ack,
  consumer,
  ConsumerError,
  type ConsumerRecord,
  type DeadLetterPolicy,
  deserialize,
  eachPartition,
  exponential,
  subscribe,
  utf8,
  type WithValue,
  writeOnce
} from '../../src/index.js'
import {
  type Postgres,
  type PostgresClient,
  postgresInbox,
  postgresOffsets,
  type PostgresOffsets,
  postgresStore,
  toPostgres
} from '../../src/postgres.js'
import {
  memoryCluster,
  type MemoryCluster,
  offsetStoreContract,
  sinkContract,
  testPartition
} from '../../src/testing.js'
import { collect, type Collected, until } from '../support/collect.js'
import { describePostgres, type Pool } from '../support/postgres.js'

const open: { close: () => Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

let tables = 0
const newTable = async (pool: Pool, columns: string): Promise<string> => {
  const table = `t${String(++tables)}`
  await pool.query(`create table ${table} (${columns})`)
  return table
}
const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at))
const backoff = exponential({ initialMs: 1, maxMs: 5 })

/** A pool that a test gets between: `before` is asked of each statement. */
const between = (
  pool: Pool,
  before: (text: string) => Promise<void> | void,
  after?: (text: string) => void
): Postgres => ({
  totalCount: 0,
  connect: async () => {
    const client = await pool.connect()
    return {
      query: async (text, values) => {
        await before(text)
        const answer = await client.query(text, values)
        after?.(text)
        return answer
      },
      on: client.on?.bind(client),
      off: client.off?.bind(client),
      release: (destroy) => {
        client.release(destroy)
      }
    }
  }
})

const copy = (
  cluster: MemoryCluster,
  db: Postgres,
  table: string,
  offsets: PostgresOffsets,
  records = 50
): Collected<unknown> & { readonly close: () => Promise<unknown> } => {
  const source = consumer(cluster, {
    'group.id': `g-${table}`,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    'heartbeat.interval.ms': 20,
    startFrom: offsets.startFrom,
    subscription: subscribe('in')
  })
  open.push(source)
  const collected = collect(
    source.pipe(
      eachPartition((partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          toPostgres<WithValue<ConsumerRecord, string>>(db, {
            table,
            columns: { place: 'int', n: 'int8' },
            row: ({ partition: place, value }) => ({ place, n: value }),
            records,
            offsets,
            retry: { attempts: Infinity, backoff }
          }),
          ack()
        )
      )
    )
  )
  return { ...collected, close: () => source.close() }
}

const clusterWith = (count: number, partitions: number): MemoryCluster => {
  const cluster = memoryCluster({ topics: { in: partitions } })
  cluster.produce('in', ...numbered(count).map((value, at) => ({ value, partition: at % partitions })))
  return cluster
}

const rowsOf = async (pool: Pool, table: string): Promise<readonly number[]> =>
  (await pool.query(`select n from ${table} order by n`)).rows.map(({ n }) => Number(n))

const offsetsIn = async (pool: Pool, group: string): Promise<readonly string[]> =>
  (
    await pool.query('select next_offset::text as next from ackstream_offsets where group_id = $1 order by partition', [
      group
    ])
  ).rows.map(({ next }) => String(next))

describePostgres('toPostgres keeps the contract of a sink', (pool) => {
  it.each(sinkContract)('$name', ({ run }) =>
    run(async () => {
      const table = await newTable(pool(), "id bigserial, value text check (value <> 'bad')")
      let failing = 0
      const db = between(pool(), (text) => {
        if (!text.startsWith('insert') || failing === 0) return
        failing--
        throw Object.assign(new Error('deadlock detected'), { code: '40P01' })
      })
      return {
        operator: ({ onFailure }) =>
          toPostgres<ConsumerRecord>(db, {
            table,
            columns: { value: 'text' },
            row: ({ value }) => ({ value: textOf(value) }),
            retry: { attempts: 9, backoff },
            onFailure
          }),
        written: async () =>
          (await pool().query(`select value from ${table} order by id`)).rows.map(({ value }) => String(value)),
        badValue: 'bad',
        failNext: (times) => {
          failing = times
        }
      }
    })
  )
})

describePostgres('offsets in PostgreSQL', (pool) => {
  it.each(offsetStoreContract)('$name', ({ run }) =>
    run(() => {
      const table = `offsets${String(++tables)}`
      return {
        offsets: (group = 'g') => postgresOffsets(pool(), { group, table }),
        transaction: postgresStore(pool()).transaction
      }
    })
  )

  it('do not pass a record that no row can be made of before it is skipped or dead-lettered', async () => {
    const table = await newTable(pool(), 'v int')
    const partition = testPartition({ topic: 'in' })
    const offsets = postgresOffsets(pool(), { group: `g-${table}` })
    await firstValueFrom(from(offsets.startFrom([partition])))
    const letter = new Subject<never>()
    const onFailure: DeadLetterPolicy = { _tag: 'DeadLetter', take: () => letter, hold: () => () => undefined }
    const { ended } = collect(
      partition.stream.pipe(
        toPostgres<ConsumerRecord>(pool(), {
          table,
          columns: { v: 'int' },
          row: ({ offset }) => {
            if (offset === 3n) throw new Error('no amount')
            return { v: offset }
          },
          offsets,
          onFailure
        }),
        ack()
      )
    )
    for (let at = 0; at < 6; at++) partition.deliver()
    partition.drain()
    while (!letter.observed) await new Promise((resolve) => setImmediate(resolve))
    expect(await offsetsIn(pool(), `g-${table}`)).toEqual(['3'])
    letter.complete()
    expect(await ended).toBe('complete')
    expect(await offsetsIn(pool(), `g-${table}`)).toEqual(['6'])
    expect((await pool().query(`select v from ${table} order by v`)).rows.map(({ v }) => v)).toEqual([0, 1, 2, 4, 5])
  })

  it('take statements of the application’s own, and an inbox', async () => {
    const table = await newTable(pool(), 'account int primary key, balance int')
    await pool().query(`insert into ${table} values (1, 100), (2, 100)`)
    const partition = testPartition({ topic: 'in' })
    const offsets = postgresOffsets(pool(), { group: `g-${table}` })
    await firstValueFrom(from(offsets.startFrom([partition])))
    const { ended } = collect(
      partition.stream.pipe(
        deserialize({ value: utf8 }),
        writeOnce<WithValue<ConsumerRecord, string>, PostgresClient>({
          store: postgresStore(pool()),
          offsets,
          inbox: postgresInbox(pool(), { id: ({ value }) => value, table: `inbox_${table}` }),
          write: async (client, payments) => {
            for (const { value } of payments)
              await client.query(`update ${table} set balance = balance - 10 where account = $1`, [value.slice(-1)])
          }
        }),
        ack()
      )
    )
    for (const value of ['a1', 'b2', 'a1', 'c1', 'b2']) partition.deliver({ value })
    partition.drain()
    expect(await ended).toBe('complete')
    expect((await pool().query(`select * from ${table} order by account`)).rows).toEqual([
      { account: 1, balance: 80 },
      { account: 2, balance: 90 }
    ])
    expect(await offsetsIn(pool(), `g-${table}`)).toEqual(['5'])
  })
})

describePostgres('toPostgres', (pool) => {
  const write = async (
    values: readonly unknown[],
    columns: string,
    type: string,
    options: {
      readonly conflict?: 'fail' | 'ignore' | { readonly update: readonly string[] }
      readonly onFailure?: 'fail' | 'skip'
    } = {}
  ) => {
    const table = await newTable(pool(), columns)
    const partition = testPartition()
    const rows = [...values]
    const { ended } = collect(
      partition.stream.pipe(
        toPostgres<ConsumerRecord>(pool(), {
          table,
          columns: { v: type },
          row: ({ offset }) => ({ v: rows[Number(offset)] }),
          ...options
        })
      )
    )
    for (let at = 0; at < rows.length; at++) partition.deliver()
    partition.drain()
    return { how: await ended, table, partition }
  }
  const read = async (table: string): Promise<readonly unknown[]> =>
    (await pool().query(`select v::text as v from ${table}`)).rows.map(({ v }) => v)

  it('keeps int8 beyond 2^53, quotes, backslashes, braces, NULL, bytes, times and JSON as they are', async () => {
    expect(await read((await write([2n ** 63n - 1n, -(2n ** 63n), null], 'v int8', 'int8')).table)).toEqual([
      '9223372036854775807',
      '-9223372036854775808',
      null
    ])
    const texts = ['a"b', 'c\\d', '{e,f}', 'NULL', '', '😀', "'; drop table x; --", null]
    expect(await read((await write(texts, 'v text', 'text')).table)).toEqual(texts)
    expect(await read((await write([Uint8Array.of(0, 255)], 'v bytea', 'bytea')).table)).toEqual(['\\x00ff'])
    expect(await read((await write([{ a: [1n, 'x'] }], 'v jsonb', 'jsonb')).table)).toEqual(['{"a": ["1", "x"]}'])
    const stored = await write([new Date(0)], 'v timestamptz', 'timestamptz')
    expect((await pool().query(`select extract(epoch from v)::int as v from ${stored.table}`)).rows).toEqual([{ v: 0 }])
  })

  it('takes more rows than a statement may have values', async () => {
    const { table } = await write(numbered(70_000), 'v int', 'int')
    expect((await pool().query(`select count(*)::int as n from ${table}`)).rows).toEqual([{ n: 70_000 }])
  })

  it('refuses what PostgreSQL cannot hold, alone: NUL, half of a surrogate pair, what is no number, a key that is there', async () => {
    const nul = await write(['a', 'b\0', 'c', '\ud800', 'd'], 'v text', 'text', { onFailure: 'skip' })
    expect(await read(nul.table)).toEqual(['a', 'c', 'd'])
    expect(nul.partition.acked).toEqual([1n, 3n])
    const numbers = await write(['1', 'x', '3'], 'v int', 'int', { onFailure: 'skip' })
    expect(await read(numbers.table)).toEqual(['1', '3'])
    const keys = await write(['1', '2', '1', '3'], 'v int primary key', 'int', { onFailure: 'skip' })
    expect(await read(keys.table)).toEqual(['1', '2', '3'])
    expect((await write(['x'], 'v int', 'int')).how).toBeInstanceOf(ConsumerError)
  })

  it('of a batch of 500 with one bad row: 499 rows are in, one dead letter, nothing twice', async () => {
    const table = await newTable(pool(), 'v int')
    const partition = testPartition()
    const letters: bigint[] = []
    const onFailure: DeadLetterPolicy = {
      _tag: 'DeadLetter',
      take: ({ record }) => {
        letters.push(record.offset)
        return of(right(undefined))
      },
      hold: () => () => undefined
    }
    let calls = 0
    const counted = between(pool(), (text) => {
      if (text.startsWith('insert')) calls++
    })
    const { values, ended } = collect(
      partition.stream.pipe(
        toPostgres<ConsumerRecord>(counted, {
          table,
          columns: { v: 'int' },
          row: ({ offset }) => ({ v: offset === 321n ? 'no number' : offset }),
          onFailure
        })
      )
    )
    for (let at = 0; at < 500; at++) partition.deliver()
    partition.drain()
    expect(await ended).toBe('complete')
    const expected = numbered(500).filter((n) => n !== '321')
    expect(
      (await pool().query(`select v::text as v from ${table} order by ${table}.v`)).rows.map(({ v }) => v)
    ).toEqual(expected)
    expect(letters).toEqual([321n])
    expect(values.map((value) => String(value.offset))).toEqual(expected)
    // Halved: two calls for each of nine times, and the first.
    expect(calls).toBeLessThanOrEqual(19)
  })

  it('leaves what is there alone, or takes its place', async () => {
    const ignored = await write(['1', '1', '2'], 'v int primary key', 'int', { conflict: 'ignore' })
    expect(await read(ignored.table)).toEqual(['1', '2'])
    const table = await newTable(pool(), 'id text primary key, v int')
    const partition = testPartition()
    const { ended } = collect(
      partition.stream.pipe(
        toPostgres<ConsumerRecord>(pool(), {
          table,
          columns: { id: 'text', v: 'int' },
          row: ({ offset }) => ({ id: `k${String(offset % 2n)}`, v: offset }),
          conflict: { update: ['id'] }
        })
      )
    )
    for (let at = 0; at < 5; at++) partition.deliver()
    partition.drain()
    await ended
    expect((await pool().query(`select id, v from ${table} order by id`)).rows).toEqual([
      { id: 'k0', v: 4 },
      { id: 'k1', v: 3 }
    ])
  })
})

describePostgres('toPostgres with offsets', (pool) => {
  it('writes each record once though connections are ended and members come and go, and the offsets are equal', async () => {
    const cluster = clusterWith(3_000, 3)
    const table = await newTable(pool(), 'place int, n int8')
    let statements = 0
    // Every seventh insert, commit or update has its session ended by the server beforehand.
    const cut = async (): Promise<void> => {
      if (++statements % 7 === 0)
        await pool().query(
          "select pg_terminate_backend(pid) from pg_stat_activity where state like 'idle in transaction%'"
        )
    }
    const db = (): Postgres =>
      between(pool(), (text) => (/^(insert into "t|update|commit)/.test(text) ? cut() : undefined))
    const offsets = (): PostgresOffsets => postgresOffsets(pool(), { group: `g-${table}` })
    let run = copy(cluster, db(), table, offsets())
    for (let rounds = 0; rounds < 4; rounds++) {
      const target = (await rowsOf(pool(), table)).length + 300
      while ((await rowsOf(pool(), table)).length < target);
      run.subscription.unsubscribe()
      run = copy(cluster, db(), table, offsets())
    }
    while ((await offsetsIn(pool(), `g-${table}`)).some((next) => next !== '1000'));
    await run.close()
    expect(await rowsOf(pool(), table)).toEqual(numbered(3_000).map(Number))
    expect(await offsetsIn(pool(), `g-${table}`)).toEqual(['1000', '1000', '1000'])
  })

  it('looks a commit without an answer up, and writes nothing twice', async () => {
    const cluster = clusterWith(200, 1)
    const table = await newTable(pool(), 'place int, n int8')
    let lost = 0
    const db = between(
      pool(),
      () => undefined,
      (text) => {
        if (text === 'commit' && lost++ < 2) throw new Error('Connection terminated unexpectedly')
      }
    )
    const run = copy(cluster, db, table, postgresOffsets(pool(), { group: `g-${table}` }), 40)
    while ((await offsetsIn(pool(), `g-${table}`))[0] !== '200');
    await until(() => run.values.length === 200, 'all are passed on')
    expect(await rowsOf(pool(), table)).toEqual(numbered(200).map(Number))
    expect(lost).toBeGreaterThan(2)
  })

  it('rolls a member back that stood still within its transaction while another took its partition over', async () => {
    const cluster = clusterWith(10, 1)
    const table = await newTable(pool(), 'place int, n int8')
    const stands = new Subject<void>()
    let isStanding = false
    const db = between(pool(), (text) => {
      if (!text.startsWith('update')) return undefined
      isStanding = true
      return new Promise<void>((go) => stands.subscribe(go))
    })
    const zombie = testPartition({ topic: 'in' })
    const letters: unknown[] = []
    const onFailure: DeadLetterPolicy = {
      _tag: 'DeadLetter',
      take: (failed) => {
        letters.push(failed)
        throw new Error('no')
      },
      hold: () => () => undefined
    }
    const before = postgresOffsets(db, { group: `g-${table}` })
    await new Promise<unknown>((done) => {
      const claimed = before.startFrom([zombie]) as unknown as { subscribe: (next: (given: unknown) => void) => void }
      claimed.subscribe(done)
    })
    const { ended } = collect(
      zombie.stream.pipe(
        toPostgres<ConsumerRecord>(db, {
          table,
          columns: { place: 'int', n: 'int8' },
          row: ({ offset }) => ({ place: 0, n: offset }),
          offsets: before,
          onFailure
        })
      )
    )
    zombie.deliver()
    await until(() => isStanding, 'the zombie stands in mid-transaction')
    const run = copy(cluster, pool(), table, postgresOffsets(pool(), { group: `g-${table}` }))
    while ((await offsetsIn(pool(), `g-${table}`))[0] !== '10');
    stands.next()
    const error = await ended
    expect(error).toBeInstanceOf(ConsumerError)
    expect((error as ConsumerError).fault).toMatchObject({ _tag: 'FencedFault' })
    expect(letters).toEqual([])
    await run.close()
    expect(await rowsOf(pool(), table)).toEqual(numbered(10).map(Number))
  })
})
