import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom, from } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ack, type ConsumerRecord, exponential, writeOnce } from '../../../../src/index.js'
import { sqliteOffsets, sqliteStore, type Sqlite } from '../../../../src/sqlite.js'
import { testPartition } from '../../../../src/testing.js'
import { collect, until } from '../../../support/collect.js'
import { openSqlite } from '../../../support/sqlite.js'

const retry = { attempts: Infinity, backoff: exponential({ initialMs: 1, maxMs: 5 }) }
const write = (db: Sqlite, records: readonly ConsumerRecord[]): void => {
  for (const { offset } of records)
    db.prepare('insert into rows (id, value) values (?, ?)').run(Number(offset), 'x'.repeat(1_000))
}

describe('a SQLite file that takes no rows for a time loses none and has none twice:', () => {
  let folder = ''
  const open: { close(): void }[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ackstream-sqlite-'))
  })
  afterEach(() => {
    for (const db of open.splice(0)) db.close()
    rmSync(folder, { recursive: true })
  })
  const opened = (): Sqlite & { close(): void } => {
    const db = openSqlite(join(folder, 'rows.db'))
    open.push(db)
    return db
  }

  it.each<[string, (db: Sqlite, other: () => Sqlite) => () => void]>([
    [
      'the disk is full',
      (db) => {
        const { page_count: pages } = db.prepare('pragma page_count').get() as { page_count: number }
        db.exec(`pragma max_page_count = ${String(pages)}`)
        return () => db.exec('pragma max_page_count = 1000000')
      }
    ],
    [
      'it may only be read',
      (db) => {
        db.exec('pragma query_only = on')
        return () => db.exec('pragma query_only = off')
      }
    ],
    [
      'another connection writes',
      (_db, other) => {
        const writer = other()
        writer.exec('begin exclusive')
        return () => writer.exec('commit')
      }
    ]
  ])('%s', async (_, disturb) => {
    const db = opened()
    // The primary key refuses a row that is written twice.
    db.exec('create table rows (id integer primary key, value text)')
    const offsets = sqliteOffsets(db, { group: 'g' })
    const partition = testPartition()
    await firstValueFrom(from(offsets.startFrom([partition])))
    const undo = disturb(db, opened)
    const { ended } = collect(
      partition.stream.pipe(writeOnce({ store: sqliteStore(db), offsets, retry, write, onFailure: 'skip' }), ack())
    )
    for (let at = 0; at < 20; at++) partition.deliver({ value: 'x' })
    await until(() => partition.events.some(({ _tag }) => _tag === 'waiting'), 'it waits')
    expect(partition.acked).toEqual([])
    undo()
    partition.drain()
    expect(await ended).toBe('complete')
    expect(partition.acked).toHaveLength(20)
    expect(db.prepare('select count(*) as rows from rows').get()).toMatchObject({ rows: 20 })
    expect(db.prepare('select next_offset as next from ackstream_offsets').get()).toMatchObject({ next: 20 })
    expect(partition.events.map(({ _tag }) => _tag)).toEqual(['waiting', 'recovered'])
  })
})
