import { afterEach, describe, expect, it } from 'vitest'
import { ConsumerError, describeFault } from '../../../../src/index.js'
import { postgresOutbox } from '../../../../src/postgres.js'
import { messageId, type Sqlite, sqliteOutbox } from '../../../../src/sqlite.js'
import { memoryCluster, testPartition } from '../../../../src/testing.js'
import { collect } from '../../../support/collect.js'
import { outboxScenarios, type OutboxUnderTest } from '../../../support/outbox-scenarios.js'
import { openSqlite } from '../../../support/sqlite.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const open: { close(): void }[] = []
afterEach(() => {
  for (const db of open.splice(0)) db.close()
})

/** The statement of docs/outbox.md. */
const table = `create table outbox (
  id integer primary key autoincrement,
  message_id text not null default (lower(hex(randomblob(16)))),
  topic text not null,
  key text,
  value text,
  headers text,
  published_at integer,
  fault text
)`
const statements = { read: 'select', mark: 'update outbox set published_at' }

const inSqlite = (): OutboxUnderTest & { readonly asked: string[] } => {
  const db = openSqlite()
  open.push(db)
  db.exec(table)
  let failing = { begins: '', times: 0 }
  const asked: string[] = []
  const between: Sqlite = {
    exec: (text) => db.exec(text),
    prepare: (text) => {
      const plain = text.replaceAll('"', '').trimStart()
      asked.push(plain)
      if (failing.times > 0 && plain.startsWith(failing.begins)) {
        failing = { ...failing, times: failing.times - 1 }
        throw Object.assign(new Error('database is locked'), { code: 'ERR_SQLITE_ERROR', errcode: 5 })
      }
      return db.prepare(text)
    }
  }
  return {
    asked,
    open: (cluster, options) => sqliteOutbox(between, cluster, { table: 'outbox', ...options }),
    insert: (...rows) => {
      const insert = db.prepare('insert into outbox (topic, key, value, headers) values (?, ?, ?, ?)')
      for (const { topic = 'out', key = null, value = null, headers = null } of rows)
        insert.run(topic, key, value as string | null, headers)
      return Promise.resolve()
    },
    counts: () => {
      const row = db.prepare('select count(*) filter (where published_at is null and fault is null) as due, count(published_at) as published, count(fault) as aside from outbox').get() as Record<'due' | 'published' | 'aside', number> // prettier-ignore
      return Promise.resolve({ ...row })
    },
    expireLease: () => {
      db.exec('update ackstream_outbox_leases set until = 0')
      return Promise.resolve()
    },
    failNext: (statement, times) => {
      failing = { begins: statements[statement as keyof typeof statements], times }
    }
  }
}

describe('an outbox in SQLite', () => {
  outboxScenarios(inSqlite)

  it('looks for rows at each interval of its clock, not before', async () => {
    const clock = new VirtualClock()
    const under = inSqlite()
    const outbox = under.open(memoryCluster({ time: clock }), { pollMs: 500 })
    const { ended } = collect(outbox)
    const turns = async (): Promise<number> => {
      for (let turn = 0; turn < 10; turn++) await new Promise((go) => setImmediate(go))
      return under.asked.filter((text) => text.startsWith('select')).length
    }
    expect(await turns()).toBe(1)
    clock.advance(499)
    expect(await turns()).toBe(1)
    clock.advance(1)
    expect(await turns()).toBe(2)
    await outbox.drain()
    expect(await ended).toBe('complete')
  })

  it('waits longer with each failure', async () => {
    const clock = new VirtualClock()
    const under = inSqlite()
    under.failNext('read', 100)
    const outbox = under.open(memoryCluster({ time: clock }), {})
    const waits: number[] = []
    outbox.events.subscribe((event) => event._tag === 'waiting' && waits.push(event.inMs))
    collect(outbox)
    for (let failure = 1; failure <= 10; failure++) {
      while (waits.length < failure) await new Promise((go) => setImmediate(go))
      clock.advance(waits.at(-1) ?? 0)
    }
    await outbox.close()
    waits.forEach((ms, at) => {
      const most = Math.min(10_000, 100 * 2 ** at)
      expect(ms).toBeGreaterThanOrEqual(most / 2)
      expect(ms).toBeLessThanOrEqual(most)
    })
  })
})

describe('what an outbox is given', () => {
  const any = (given: unknown): never => given as never
  const cluster = memoryCluster()
  it.each([
    [() => sqliteOutbox(any(3), cluster, { table: 'outbox' }), 'sqliteOutbox: db is 3'],
    [() => sqliteOutbox(openSqlite(), cluster, any({})), 'sqliteOutbox: table is left out'],
    [
      () => sqliteOutbox(openSqlite(), cluster, any({ table: 'outbox', published: 'archive' })),
      'published is "archive"'
    ],
    [() => sqliteOutbox(openSqlite(), cluster, any({ table: 'outbox', producer: { acks: 7 } })), 'acks'],
    [() => sqliteOutbox(openSqlite(), cluster, { table: 'outbox', pollMs: 6_000 }), 'twice pollMs (6000)'],
    [() => sqliteOutbox(openSqlite(), cluster, { table: 'outbox', pollMs: 0, leaseMs: 0 }), 'leaseMs is 0'],
    [
      () => sqliteOutbox(openSqlite(), cluster, { table: 'outbox', producer: { 'delivery.timeout.ms': 60_000 } }),
      'delivery.timeout.ms is 60000'
    ],
    [() => sqliteOutbox(openSqlite(), cluster, { table: 'outbox', producer: { retries: 3 } }), 'retries is 3'],
    [() => sqliteOutbox(openSqlite(), cluster, { table: 'outbox', producer: { acks: 0 } }), 'acks is 0'],
    [
      () => sqliteOutbox(openSqlite(), cluster, { table: 'outbox', producer: { acks: 0, 'transactional.id': 'x' } }),
      'acks is 0'
    ],
    [() => postgresOutbox(any('x'), cluster, { table: 'outbox' }), 'postgresOutbox: db is "x"'],
    [() => postgresOutbox({ query: any(() => 0) }, cluster, { table: 'a.b.c' }), 'a table, or schema.table']
  ])('is checked, %#: %s', (call, says) => {
    try {
      call()
      expect.fail('nothing was refused')
    } catch (error) {
      if (!(error instanceof ConsumerError)) throw error
      expect(describeFault(error.fault)).toContain(says)
    }
  })

  it('messageId refuses a record without one', async () => {
    const partition = testPartition()
    const { values } = collect(partition.stream)
    partition.deliver({ value: 'a' })
    expect(() => messageId(values[0] as never)).toThrow('has no header message-id')
    await Promise.resolve()
  })

  it('messageId gives the id as it is, with a byte order mark', () => {
    const partition = testPartition()
    const { values } = collect(partition.stream)
    partition.deliver({ value: 'a', headers: [{ name: 'message-id', value: new TextEncoder().encode('\ufeff1') }] })
    expect(messageId(values[0] as never)).toBe('\ufeff1')
  })
})
