import { right } from 'fp-ts/lib/Either.js'
import { firstValueFrom, from, of, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  ack,
  ConsumerError,
  type ConsumerRecord,
  describeFault,
  exponential,
  writeOnce
} from '../../../../src/index.js'
import { sqliteInbox, sqliteOffsets, sqliteStore, type Sqlite } from '../../../../src/sqlite.js'
import { offsetStoreContract, sinkContract, testPartition } from '../../../../src/testing.js'
import { collect, until } from '../../../support/collect.js'
import { openSqlite } from '../../../support/sqlite.js'

const open: { close(): void }[] = []
afterEach(() => {
  for (const db of open.splice(0)) db.close()
})
const opened = (): Sqlite => {
  const db = openSqlite()
  open.push(db)
  return db
}

const retry = { attempts: 9, backoff: exponential({ initialMs: 1, maxMs: 2 }) }
const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
const write = (db: Sqlite, records: readonly ConsumerRecord[]): void => {
  for (const { value } of records) db.prepare('insert into rows (value) values (?)').run(textOf(value))
}
const rowsIn = (db: Sqlite): readonly string[] => {
  const { all } = db.prepare("select coalesce(group_concat(value, ' '), '') as [all] from (select value from rows order by id)").get() as { all: string } // prettier-ignore
  return all === '' ? [] : all.split(' ')
}
const withRows = (): Sqlite => {
  const db = opened()
  db.exec("create table rows (id integer primary key, value text check (value <> 'bad'))")
  return db
}

describe('offsets in SQLite', () => {
  it.each(offsetStoreContract)('$name', ({ run }) =>
    run(() => {
      const db = opened()
      return {
        offsets: (group = 'g') => sqliteOffsets(db, { group, table: 'quoted "offsets"' }),
        transaction: sqliteStore<Sqlite>(db).transaction
      }
    })
  )
})

describe('writeOnce into SQLite', () => {
  // The contract's values have spaces.
  const cases = sinkContract
  it.each(cases)('$name', ({ run }) =>
    run(() => {
      const db = withRows()
      let failing = 0
      const between: Sqlite = {
        exec: (text) => {
          if (text !== 'commit' || failing === 0) return db.exec(text)
          failing--
          throw Object.assign(new Error('database is locked'), { code: 'ERR_SQLITE_ERROR', errcode: 5 })
        },
        prepare: (text) => db.prepare(text)
      }
      const dashed = (record: ConsumerRecord): string => textOf(record.value).replaceAll(' ', '_')
      return {
        operator: ({ onFailure }) =>
          writeOnce<ConsumerRecord, Sqlite>({
            store: sqliteStore(between),
            retry,
            onFailure,
            write: (tx, records) => {
              for (const record of records) tx.prepare('insert into rows (value) values (?)').run(dashed(record))
            }
          }),
        written: () => rowsIn(db).map((value) => value.replaceAll('_', ' ')),
        badValue: 'bad',
        failNext: (times) => {
          failing = times
        }
      }
    })
  )

  it('commits rows, offset and ids together, and knows duplicates', async () => {
    const db = withRows()
    const partition = testPartition({ topic: 'orders' })
    const offsets = sqliteOffsets(db, { group: 'g' })
    await firstValueFrom(from(offsets.startFrom([partition])))
    const inbox = sqliteInbox(db, { id: ({ value }: ConsumerRecord) => textOf(value) })
    const passed = firstValueFrom(partition.stream.pipe(writeOnce({ store: sqliteStore(db), offsets, inbox, retry, write }), ack(), toArray())) // prettier-ignore
    for (const value of ['a', 'b', 'a', 'c', 'c', 'b']) partition.deliver({ value })
    partition.drain()
    expect(await passed).toHaveLength(6)
    expect(rowsIn(db)).toEqual(['a', 'b', 'c'])
    expect(db.prepare('select cast(next_offset as text) as next from ackstream_offsets').get()).toMatchObject({ next: '6' }) // prettier-ignore
    expect(db.prepare('select count(*) as n from ackstream_inbox where at > 1700000000').get()).toMatchObject({ n: 3 })
  })

  it('lets partitions of one connection take turns', async () => {
    const db = withRows()
    const slowly = async (tx: Sqlite, records: readonly ConsumerRecord[]): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve))
      write(tx, records)
    }
    const store = sqliteStore(db)
    const all = [0, 1, 2].map((partition) => {
      const one = testPartition({ partition })
      const passed = firstValueFrom(one.stream.pipe(writeOnce({ store, write: slowly, records: 2 }), ack(), toArray()))
      for (let at = 0; at < 10; at++) one.deliver({ value: `${String(partition)}.${String(at)}` })
      one.drain()
      return passed
    })
    expect((await Promise.all(all)).flat()).toHaveLength(30)
    expect(new Set(rowsIn(db)).size).toBe(30)
  })
})

describe('sqliteStore, sqliteOffsets and sqliteInbox', () => {
  it.each([
    [() => sqliteStore(undefined as never), 'sqliteStore is left out'],
    [() => sqliteStore('orders.db' as never), 'sqliteStore is "orders.db"'],
    [() => sqliteOffsets({} as never, { group: 'g' }), 'sqliteOffsets: db is {}'],
    [() => sqliteOffsets(opened(), {} as never), 'sqliteOffsets: group is left out'],
    [() => sqliteOffsets(opened(), { group: 'g', table: '' }), 'sqliteOffsets: table is ""'],
    [() => sqliteInbox(opened(), {} as never), 'sqliteInbox: id is left out'],
    [() => sqliteInbox(3 as never, { id: () => '' }), 'sqliteInbox: db is 3']
  ])('refuse what they cannot work with, %#', (call, says) => {
    try {
      call()
      expect.fail('nothing was refused')
    } catch (error) {
      if (!(error instanceof ConsumerError)) throw error
      expect(describeFault(error.fault)).toContain(says)
    }
  })
})

it('a value that cannot be bound concerns its record alone', async () => {
  const db = withRows()
  const insert = (records: readonly ConsumerRecord[], into: Sqlite): void => {
    for (const { value } of records)
      into.prepare('insert into rows (value) values (?)').run(textOf(value) === 'odd' ? ({} as never) : textOf(value))
  }
  const partition = testPartition()
  const letters: string[] = []
  const take = ({ record }: { readonly record: ConsumerRecord }) => {
    letters.push(textOf(record.value))
    return of(right(undefined))
  }
  const onFailure = { _tag: 'DeadLetter' as const, take, hold: () => () => undefined }
  const write = (tx: Sqlite, records: readonly ConsumerRecord[]): void => {
    insert(records, tx)
  }
  const { values, subscription } = collect(
    partition.stream.pipe(writeOnce({ store: sqliteStore(db), write, onFailure, retry }), ack())
  )
  for (const value of ['a', 'odd', 'b']) partition.deliver({ value })
  await until(() => values.length === 2, 'the others are written')
  expect([rowsIn(db), letters]).toEqual([['a', 'b'], ['odd']])
  subscription.unsubscribe()
})
