import { right as success } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  ConsumerError,
  type ConsumerRecord,
  type DeadLetterPolicy,
  describeFault,
  exponential,
  writeOnce
} from '../../../src/index.js'
import {
  postgresOffsets,
  postgresStore,
  type PostgresClient,
  toPostgres,
  type ToPostgresOptions
} from '../../../src/postgres.js'
import { areTooLarge, arrayLiteral, textOf } from '../../../src/sinks/postgres/array-literal.js'
import { sqlState } from '../../../src/sinks/postgres/server-error.js'
import { classOf } from '../../../src/sinks/postgres/to-postgres.js'
import { testPartition } from '../../../src/testing.js'
import { collect, until } from '../../support/collect.js'

const valueOf = ({ value }: ConsumerRecord): string => Buffer.from(value ?? []).toString()
const backoff = exponential({ initialMs: 1, maxMs: 1 })
const options: ToPostgresOptions<ConsumerRecord> = { table: 't', columns: { v: 'text' }, row: (record) => ({ v: valueOf(record) }), retry: { attempts: 5, backoff } } // prettier-ignore

/** Runs records through an operator: what was passed on, what became a dead letter, and how it ended. */
const through = async (
  values: readonly string[],
  make: (onFailure: DeadLetterPolicy) => ReturnType<typeof toPostgres<ConsumerRecord>>
) => {
  const letters: string[] = []
  const partition = testPartition()
  const take: DeadLetterPolicy['take'] = ({ record }) => {
    letters.push(valueOf(record))
    return of(success(undefined))
  }
  const policy: DeadLetterPolicy = { _tag: 'DeadLetter', take, hold: () => () => undefined }
  const { values: passed, ended } = collect(partition.stream.pipe(make(policy), ack()))
  for (const value of values) partition.deliver({ value })
  partition.drain()
  const end = await ended
  return {
    passed: passed.map((record) => valueOf(record as ConsumerRecord)),
    letters,
    end: end instanceof ConsumerError ? describeFault(end.fault) : end
  }
}

/** A client that answers inserts by their rows. */
const client = (insert: (literal: string) => void = () => undefined): PostgresClient & { readonly rows: string[] } => {
  const rows: string[] = []
  return {
    rows,
    query: (text, values) => {
      if (!text.startsWith('insert')) return Promise.resolve({ rows: [] })
      const [literal = ''] = (values ?? []) as string[]
      try {
        insert(literal)
      } catch (error) {
        return Promise.reject(error)
      }
      rows.push(literal)
      return Promise.resolve({ rows: [] })
    }
  }
}
const refusal = (code: string): Error => Object.assign(new Error('refused'), { code })

describe('rows of programs without types', () => {
  it('are refused as a promise, and no record is to blame', async () => {
    const row = (record: ConsumerRecord) => Promise.resolve({ v: valueOf(record) })
    const { passed, letters, end } = await through(['a'], (onFailure) =>
      toPostgres(client(), { ...options, row: row as never, onFailure })
    )
    expect([passed, letters]).toEqual([[], []])
    expect(end).toContain('row(…) returned a promise')
  })

  it.each([[undefined], [null], ['a text'], [5]])('are refused as %s, alone', async (wrong) => {
    const row = (record: ConsumerRecord) => (valueOf(record) === 'b' ? (wrong as never) : { v: valueOf(record) })
    const outcome = await through(['a', 'b', 'c'], (onFailure) => toPostgres(client(), { ...options, row, onFailure }))
    expect(outcome).toEqual({ passed: ['a', 'c'], letters: ['b'], end: 'complete' })
  })

  it.each([
    ['Map', new Map([['a', 1]])],
    ['Set', new Set([1])],
    ['Promise', Promise.resolve(1)],
    ['ArrayBuffer', new ArrayBuffer(4)],
    ['RegExp', /a/],
    ['Error', new Error('a')]
  ])('are refused with a %s, which would become {}', (name, value) => {
    expect(() => arrayLiteral([value])).toThrow(`a column cannot hold a ${name}`)
  })

  it('keep what is empty and plain', () => {
    expect([{}, Object.create(null) as object, []].map(textOf)).toEqual(['{}', '{}', '[]'])
  })
})

describe('times', () => {
  it.each([
    ['2026-11-30T12:00:00.000Z', '2026-11-30T12:00:00.000Z'],
    ['+010000-01-01T00:00:00.000Z', '10000-01-01T00:00:00.000Z'],
    ['+275760-09-13T00:00:00.000Z', '275760-09-13T00:00:00.000Z'],
    ['0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z'],
    ['0000-12-31T00:00:00.000Z', '0001-12-31T00:00:00.000Z BC'],
    ['-000043-03-15T00:00:00.000Z', '0044-03-15T00:00:00.000Z BC']
  ])('%s are written as PostgreSQL reads them', (iso, text) => {
    expect(textOf(new Date(iso))).toBe(text)
  })

  it('that are none are refused', () => {
    expect(() => textOf(new Date(NaN))).toThrow(RangeError)
  })
})

describe('what the server refuses', () => {
  it.each([
    ['22003', 'permanent'],
    ['23505', 'permanent'],
    ['44000', 'permanent'],
    ['54000', 'permanent'],
    ['21000', 'permanent'],
    ['42P01', 'retriable'],
    ['40P01', 'retriable'],
    ['57014', 'retriable'],
    ['EPIPE', 'retriable']
  ])('%s is %s', (code, expected) => {
    expect(classOf(refusal(code))).toBe(expected)
  })

  it('has a code of the server only', () => {
    expect(['EPIPE', 'EBUSY', '08006', '0A000', 'P0001', 'XX000'].map((code) => sqlState({ code }))).toEqual([null, null, '08006', '0A000', 'P0001', 'XX000']) // prettier-ignore
  })

  it('two rows that are one to it, though their texts differ, are written one after the other', async () => {
    const db = client((literal) => {
      if (literal.includes('1.0') && literal.includes('"1"')) throw refusal('21000')
    })
    const outcome = await through(['1', '2', '1.0'], (onFailure) =>
      toPostgres(db, { ...options, columns: { v: 'numeric' }, conflict: { update: ['v'] }, onFailure })
    )
    expect(outcome).toEqual({ passed: ['1', '2', '1.0'], letters: [], end: 'complete' })
    expect(db.rows.join().match(/"[\d.]+"/g)).toEqual(['"1"', '"2"', '"1.0"'])
  })
})

describe('a batch that is too large', () => {
  it('for one statement is seen before it is sent', () => {
    const columns = (length: number) => [{ length }, { length: 100 * 1024 * 1024 }]
    expect([100, 156, 157].map((mebibytes) => areTooLarge(columns(mebibytes * 1024 * 1024)))).toEqual([
      false,
      false,
      true
    ])
  })

  it('for a text of JavaScript is halved', async () => {
    const db = client((literal) => {
      if (literal.includes(',')) throw new RangeError('Invalid string length')
    })
    const outcome = await through(['a', 'b', 'c'], (onFailure) => toPostgres(db, { ...options, onFailure }))
    expect(outcome).toEqual({ passed: ['a', 'b', 'c'], letters: [], end: 'complete' })
    expect(db.rows).toEqual(['{"a"}', '{"b"}', '{"c"}'])
  })
})

it('an upsert by a column that is not written is refused', () => {
  expect(() => toPostgres(client(), { ...options, conflict: { update: ['id'] } })).toThrow(
    'toPostgres: conflict.update is ["id"], allowed is columns that are written: v'
  )
})

it('a client that gives its rows in another form is refused by name', async () => {
  const offsets = postgresOffsets({ query: () => Promise.resolve([] as never) }, { group: 'g' })
  let reason: unknown
  const asked = offsets.startFrom([{ topic: 't', partition: 0 }]) as { subscribe(observer: object): unknown }
  asked.subscribe({ error: (error: unknown) => (reason = error) })
  await until(() => reason !== undefined, 'it is refused')
  expect(String(reason)).toContain('returns no { rows }: write an adapter')
})

it('a bug of a write of the application’s own concerns the record that it has with it, and no other', async () => {
  const write = (_: PostgresClient, records: readonly ConsumerRecord[]): void => {
    for (const record of records) if (valueOf(record) === 'b') (undefined as never as { a(): void }).a()
  }
  const outcome = await through(['a', 'b', 'c'], (onFailure) =>
    writeOnce({ store: postgresStore(client()), write, onFailure })
  )
  expect(outcome).toEqual({ passed: ['a', 'c'], letters: ['b'], end: 'complete' })
})

describe('a transaction over a pool', () => {
  const pooled = (takesSeveral: boolean) => {
    const texts: string[] = []
    const query: PostgresClient['query'] = (text) => {
      texts.push(text.replace(/ .*/, ''))
      return text.includes('; ') && !takesSeveral ? Promise.reject(refusal('42601')) : Promise.resolve({ rows: [] })
    }
    const pool = { totalCount: 1, connect: () => Promise.resolve({ query, release: () => undefined }) }
    return { pool, texts }
  }
  const written = async (takesSeveral: boolean): Promise<string> => {
    const { pool, texts } = pooled(takesSeveral)
    for (const value of ['a', 'b'])
      expect((await through([value], (onFailure) => toPostgres(pool, { ...options, onFailure }))).end).toBe('complete')
    return texts.join(' ')
  }

  it('begins with its limits in one round trip', async () => {
    expect(await written(true)).toBe('begin; insert commit begin; insert commit')
  })

  it('begins with two where its clients take one statement at a time, as it finds out once', async () => {
    expect(await written(false)).toBe('begin; begin select insert commit begin select insert commit')
  })
})
