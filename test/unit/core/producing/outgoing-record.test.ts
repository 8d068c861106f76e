import { describe, expect, it } from 'vitest'
import { TakenRecord, takeRecord } from '../../../../src/core/producing/outgoing-record.js'
import type { Fault } from '../../../../src/model/fault.js'

const taken = (given: unknown, topic?: string): TakenRecord => {
  const record = takeRecord(given, topic)
  if (!(record instanceof TakenRecord)) throw new Error(`refused: ${JSON.stringify(record)}`)
  return record
}
const refused = (given: unknown, topic?: string): Fault => {
  const fault = takeRecord(given, topic)
  if (fault instanceof TakenRecord) throw new Error('taken')
  return fault
}

describe('takeRecord', () => {
  it('fills in what may be left out', () => {
    expect(taken({ topic: 't', value: null })).toMatchObject({
      topic: 't',
      key: null,
      value: null,
      headers: [],
      partition: undefined,
      timestamp: undefined
    })
  })

  it('uses the topic of the producer if the record names none', () => {
    expect(taken({ value: 'x' }, 'otherwise').topic).toBe('otherwise')
    expect(taken({ topic: 't', value: 'x' }, 'otherwise').topic).toBe('t')
  })

  it('measures texts as UTF-8', () => {
    expect(taken({ topic: 't', key: 'é', value: '€uro' })).toMatchObject({ keyBytes: 2, valueBytes: 6 })
  })

  it('keeps a copy of what is not bytes: a change afterwards has no effect', () => {
    const header = { name: 'a', value: 'b' }
    const given = { topic: 't', value: 'x', headers: [header] }
    const record = taken(given)
    given.headers.push({ name: 'c', value: 'd' })
    header.name = 'changed'

    expect(record.headers).toEqual([{ name: 'a', value: 'b' }])
    expect(takeRecord(record)).toBe(record)
  })

  it.each<[string, unknown, string]>([
    ['no object', 'x', 'a record is a string, allowed is an object with a value'],
    ['no topic', { value: 'x' }, 'topic of a record is undefined, allowed is the name of a topic'],
    ['a number as key', { topic: 't', key: 7, value: 'x' }, 'key of a record is a number'],
    ['no value', { topic: 't' }, 'value of a record is undefined'],
    ['an object as value', { topic: 't', value: {} }, 'value of a record is [object Object]'],
    ['headers that are no list', { topic: 't', value: 'x', headers: { a: 'b' } }, 'headers of a record is [object Obj'],
    ['a hole among the headers', { topic: 't', value: 'x', headers: [,] }, 'headers[0] of a record is undefined'],
    ['a header without a name', { topic: 't', value: 'x', headers: [{ value: 'x' }] }, 'headers[0].name of a record'],
    ['a header of a number', { topic: 't', value: 'x', headers: [{ name: 'a', value: 1 }] }, 'headers[0].value']
  ])('refuses %s, and says what is allowed', (_what, given, reason) => {
    expect(refused(given)).toMatchObject({ _tag: 'UsageFault', reason: expect.stringContaining(reason) as string })
  })

  it.each<[string, object, string]>([
    ['an empty topic', { topic: '' }, 'unknown topic'],
    ['a topic of 250 characters', { topic: 't'.repeat(250) }, 'unknown topic'],
    ['a negative partition', { partition: -1 }, 'unknown partition'],
    ['half a partition', { partition: 0.5 }, 'unknown partition'],
    ['a partition beyond 31 bits', { partition: 2 ** 31 }, 'unknown partition'],
    ['a negative timestamp', { timestamp: -1 }, 'refused'],
    ['no number as timestamp', { timestamp: Number.NaN }, 'refused']
  ])('refuses %s permanently', (_what, part, trouble) => {
    expect(refused({ topic: 't', value: 'x', ...part })).toMatchObject({
      _tag: 'ProduceFault',
      trouble,
      permanent: true
    })
  })

  it('never shows the content of a wrong value', () => {
    const secret = { topic: 't', value: { password: 'hunter2' } }
    expect(JSON.stringify(refused(secret))).not.toContain('hunter2')
  })

  it('is a fault if reading the record throws', () => {
    const given = {
      topic: 't',
      get value(): string {
        throw new Error('gone')
      }
    }
    expect(refused(given)).toEqual({ _tag: 'UsageFault', reason: 'a record cannot be read: gone' })
  })

  it('accepts the bytes of another realm', () => {
    const other = new Uint8Array(2)
    Object.setPrototypeOf(other, Object.create(Object.getPrototypeOf(new Uint8Array(0)) as object) as object)
    expect(taken({ topic: 't', value: other }).value).toBe(other)
  })
})
