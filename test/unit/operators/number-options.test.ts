import { describe, expect, it } from 'vitest'
import { atMostOnce, batch, commit, concurrencyLimit, exponential, handle, park, writeTo } from '../../../src/index.js'

const backoff = exponential({ initialMs: 1, maxMs: 2 })
// What a setting that is missing becomes.
const missing = Number(undefined)

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

  it('are none of those that mean no limit', () => {
    expect(() => handle(() => 0, { concurrency: Infinity })).not.toThrow()
    expect(() => batch({ records: Infinity, bytes: Infinity, withinMs: Infinity })).not.toThrow()
    expect(() => concurrencyLimit(Infinity)).not.toThrow()
  })
})
