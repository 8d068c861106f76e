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
    [() => toPostgres(db, any({ ...right, row: 3 })), 'toPostgres: row is 3'],
    [() => toPostgres(db, any({ ...right, conflict: 'update' })), 'toPostgres: conflict is "update"'],
    [() => toPostgres(db, any({ ...right, offsets: {} })), 'toPostgres: offsets is {}'],
    [() => toPostgres(db, any({ ...right, recrods: 3 })), 'did you mean records?'],
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
