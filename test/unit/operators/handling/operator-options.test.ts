import { describe, expect, it } from 'vitest'
import {
  atMostOnce,
  batch,
  commit,
  concurrencyLimit,
  deadLetter,
  deserialize,
  eachPartition,
  exponential,
  filterRecords,
  filterValue,
  handle,
  mapValue,
  park,
  produceTo,
  replayDeadLetters,
  writeTo
} from '../../../../src/index.js'
import { writeNdjson } from '../../../../src/ndjson.js'
import { memoryCluster } from '../../../../src/testing.js'

const backoff = exponential({ initialMs: 1, maxMs: 2 })
// What a setting that is missing becomes.
const missing = Number(undefined)

/** What a program without types may give. */
const anything = (given: unknown): never => given as never
const cluster = memoryCluster()
const named = 'allowed is one of '

describe('numbers that an operator cannot work with', () => {
  it.each([
    ['handle: concurrency is NaN', () => handle(() => 0, { concurrency: missing })],
    ['handle: concurrency is 0', () => handle(() => 0, { concurrency: 0 })],
    ['handle: timeoutMs is -1', () => handle(() => 0, { timeoutMs: -1 })],
    ['handle: retry.attempts is 0', () => handle(() => 0, { retry: { attempts: 0, backoff } })],
    ['writeTo: concurrency is 1.5', () => writeTo(() => 0, { concurrency: 1.5 })],
    ['batch: records is 0', () => batch({ records: 0 })],
    ['batch: bytes is NaN', () => batch({ bytes: missing })],
    ['batch: withinMs is NaN', () => batch({ withinMs: missing })],
    ['commit: every is NaN', () => commit({ every: missing })],
    ['commit: withinMs is -5', () => commit({ withinMs: -5 })],
    ['commit: withinMs is Infinity', () => commit({ withinMs: Infinity })],
    ['atMostOnce: every is 0', () => atMostOnce({ every: 0 })],
    ['concurrencyLimit: size is NaN', () => concurrencyLimit(missing)],
    ['exponential: maxMs is NaN', () => exponential({ initialMs: 1, maxMs: missing })],
    ['park: records is 0', () => park({ records: 0, retry: { attempts: 1, backoff }, then: 'skip' })],
    ['park: retry.attempts is NaN', () => park({ retry: { attempts: missing, backoff }, then: 'skip' })]
  ])('are refused where it is called: %s', (problem, call) => {
    expect(call).toThrow(`the configuration is wrong: ${problem}, allowed is `)
  })

  it('are named all at once', () => {
    expect(() => commit({ every: 0, withinMs: missing })).toThrow(
      'commit: every is 0, allowed is a whole number from 1, or Infinity; commit: withinMs is NaN, allowed is ms from 0 to 2147483647'
    )
  })

  it('do not include those that mean no limit', () => {
    expect(() => handle(() => 0, { concurrency: Infinity })).not.toThrow()
    expect(() => batch({ records: Infinity, bytes: Infinity, withinMs: Infinity })).not.toThrow()
    expect(() => concurrencyLimit(Infinity)).not.toThrow()
  })
})

describe('options that an operator does not have, or cannot be so', () => {
  it.each([
    [
      "handle: order is \"keys\", allowed is 'partition', 'key', 'none', or a function",
      () => handle(() => 0, anything({ order: 'keys' }))
    ],
    ['handle: concurency is not known, did you mean concurrency?', () => handle(() => 0, anything({ concurency: 5 }))],
    [
      'handle: retry.attemps is not known, did you mean attempts?',
      () => handle(() => 0, anything({ retry: { attempts: 1, attemps: 2, backoff } }))
    ],
    [
      'handle: retry is 3, allowed is an object of options: one of attempts, backoff',
      () => handle(() => 0, anything({ retry: 3 }))
    ],
    ['handle: limit is 8, allowed is concurrencyLimit(…)', () => handle(() => 0, anything({ limit: 8 }))],
    [
      'handle is null, allowed is an object of options: one of concurrency, limit',
      () => handle(() => 0, anything(null))
    ],
    [
      'handle is [{"concurrency":5}], allowed is an object of options',
      () => handle(() => 0, anything([{ concurrency: 5 }]))
    ],
    ['batch is a function, allowed is an object of options: one of records', () => batch(anything(() => 5))],
    [`handle: colour is not known, ${named}concurrency, limit, timeoutMs, order, retry, onFailure`, () => handle(() => 0, anything({ colour: 1 }))], // prettier-ignore
    ['writeTo: onFailure is "ignore", allowed is \'fail\', \'skip\', \'release\', \'reject\', or deadLetter(…), or park(…)', () => writeTo(() => 0, anything({ onFailure: 'ignore' }))], // prettier-ignore
    ['mapValue: onfailure is not known, did you mean onFailure?', () => mapValue(() => 0, anything({ onfailure: 'skip' }))], // prettier-ignore
    [
      'filterValue: onFailure is true',
      () =>
        filterValue(
          anything(() => true),
          anything({ onFailure: true })
        )
    ],
    ['filterRecords: onFailure is ', () => filterRecords(() => true, anything({ onFailure: {} }))],
    ['deserialize: onFailure is "drop"', () => deserialize({}, anything({ onFailure: 'drop' }))],
    ['batch is {}, allowed is a limit at least: records, bytes or withinMs', () => batch({})],
    ['batch: record is not known, did you mean records?', () => batch(anything({ record: 5 }))],
    ['commit: within is not known, did you mean withinMs?', () => commit(anything({ within: 5 }))],
    ['atMostOnce: evry is not known, did you mean every?', () => atMostOnce(anything({ evry: 5 }))],
    [
      'eachPartition: onError is "restart", allowed is \'stop\', or { restart: exponential(…) }',
      () => eachPartition(() => [], anything({ onError: 'restart' }))
    ],
    [
      'exponential: random is 4, allowed is a function',
      () => exponential(anything({ initialMs: 1, maxMs: 2, random: 4 }))
    ],
    ['park: then is "park"', () => park(anything({ retry: { attempts: 1, backoff }, then: 'park' }))],
    ["produceTo: acks is -1, allowed is 0, 1, 'all'", () => produceTo(cluster, anything({ topic: 'a', acks: -1 }))],
    ['produceTo: topics is not known, did you mean topic?', () => produceTo(cluster, anything({ topics: 'a' }))],
    ['deadLetter: topic is "", allowed is a name', () => deadLetter(cluster, { topic: '' })],
    [
      'replayDeadLetters: topics is "orders", allowed is a list of names',
      () => replayDeadLetters(cluster, anything({ topics: 'orders' }))
    ],
    ['deadLetter: topic is left out, allowed is a name', () => deadLetter(cluster, anything({}))],
    ['park: retry is left out', () => park(anything({ then: 'skip' }))],
    [
      'handle: retry.backoff is left out, allowed is exponential(…)',
      () => handle(() => 0, anything({ retry: { attempts: 2 } }))
    ],
    ['concurrencyLimit: size is left out', () => concurrencyLimit(anything(undefined))],
    ['writeNdjson: line is "value", allowed is a function', () => writeNdjson('x', anything({ line: 'value' }))]
  ])('are refused where it is called: %s', (problem, call) => {
    expect(call).toThrow(`the configuration is wrong: ${problem}`)
  })

  it('are named all at once', () => {
    expect(() => handle(() => 0, anything({ concurency: 5, order: 'keys', timeoutMs: -1 }))).toThrow(
      /concurency is not known.*; handle: timeoutMs is -1.*; handle: order is "keys"/
    )
  })

  it('do not include options that are left out', () => {
    expect(() => handle(() => 0, anything({ concurrency: undefined, retry: undefined }))).not.toThrow()
  })
})
