import { describe, expect, it } from 'vitest'
import { ConsumerError, describeFault } from '../../../src/index.js'
import { postgresOffsets, toPostgres } from '../../../src/postgres.js'
import { arrayLiteral } from '../../../src/sinks/postgres/array-literal.js'

/** What a program without types may give. */
const any = (given: unknown): never => given as never
const db = { query: () => Promise.resolve({ rows: [] }) }
const right = { table: 't', columns: { v: 'int' }, row: () => ({ v: 1 }) }

describe('toPostgres and postgresOffsets', () => {
  it.each([
    [() => toPostgres(any(undefined), right), 'toPostgres: db is left out'],
    [() => toPostgres(any('postgres://'), right), 'toPostgres: db is "postgres://"'],
    [() => toPostgres(db, any({})), 'toPostgres: table is left out'],
    [() => toPostgres(db, any({ ...right, columns: { v: 'int; drop table x' } })), 'toPostgres: columns is'],
    [() => toPostgres(db, any({ ...right, columns: [] })), 'toPostgres: columns is'],
    [() => toPostgres(db, { ...right, columns: { v: 'int[]), (select 1' } }), 'toPostgres: columns is'],
    [() => toPostgres(db, { ...right, columns: { v: 'text), (version()' } }), 'toPostgres: columns is'],
    [() => toPostgres(db, { ...right, columns: { ['v'.repeat(64)]: 'int' } }), 'at most 63 bytes'],
    [() => toPostgres(db, { ...right, columns: { 'v\0': 'int' } }), 'at most 63 bytes'],
    [() => toPostgres(db, { ...right, table: 'a.b.c' }), 'a table, or schema.table'],
    [() => toPostgres(db, { ...right, table: `s.${'ä'.repeat(32)}` }), 'at most 63 bytes'],
    [() => toPostgres(db, { ...right, table: 's.' }), 'a table, or schema.table'],
    [() => toPostgres(db, { ...right, conflict: { update: [] } }), 'a list of columns'],
    [() => toPostgres(db, any({ ...right, conflict: { update: 'id' } })), 'a list of columns'],
    [() => postgresOffsets(db, { group: 'g', table: 'a\0b' }), 'a table, or schema.table'],
    [() => toPostgres(db, any({ ...right, row: 3 })), 'toPostgres: row is 3'],
    [() => toPostgres(db, any({ ...right, conflict: 'update' })), 'toPostgres: conflict is "update"'],
    [() => toPostgres(db, any({ ...right, offsets: {} })), 'toPostgres: offsets is {}'],
    [() => toPostgres(db, any({ ...right, recrods: 3 })), 'did you mean records?'],
    [
      () => toPostgres(db, { ...right, concurrency: 2, offsets: postgresOffsets(db, { group: 'g' }) }),
      'toPostgres: concurrency is 2, allowed is 1 with offsets'
    ],
    [() => postgresOffsets(any({}), { group: 'g' }), 'postgresOffsets: db is {}'],
    [() => postgresOffsets(db, any({})), 'postgresOffsets: group is left out']
  ] as const)('refuse what they cannot work with, %#: %s', (call, says) => {
    try {
      call()
      expect.fail('nothing was refused')
    } catch (error) {
      if (!(error instanceof ConsumerError)) throw error
      expect(describeFault(error.fault)).toContain(says)
    }
  })
})

describe('the type of a column', () => {
  it.each([
    'int8',
    'double precision',
    'numeric(10, 2)',
    'numeric(3,-2)',
    'varchar (20)',
    'timestamp(3) with time zone',
    'bit varying(5)',
    'shop.mood'
  ])(
    // prettier-ignore
    'may be %s',
    (type) => {
      expect(() => toPostgres(db, { ...right, columns: { v: type } })).not.toThrow()
    }
  )
})

describe('arrayLiteral', () => {
  it('quotes every element and escapes quotes and backslashes', () => {
    expect(arrayLiteral(['a', 'b"c', 'd\\e', 'NULL', '', null, undefined, 2n ** 63n, true, 1.5])).toBe(
      String.raw`{"a","b\"c","d\\e","NULL","",NULL,NULL,"9223372036854775808","true","1.5"}`
    )
    expect(arrayLiteral([Uint8Array.of(1, 255)])).toBe(String.raw`{"\\x01ff"}`)
    expect(arrayLiteral([])).toBe('{}')
  })

  it.each([['a\0b'], ['\ud800'], ['x\udc00'], [() => 0], [Symbol('x')]])('refuses %j', (value) => {
    expect(() => arrayLiteral([value])).toThrow(TypeError)
  })

  it('takes whole surrogate pairs', () => {
    expect(arrayLiteral(['😀'])).toBe('{"😀"}')
  })
})
