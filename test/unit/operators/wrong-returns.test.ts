import { right } from 'fp-ts/lib/Either.js'
import { map, NEVER, type Observable, of, Subscription } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  deadLetterTo,
  eachPartition,
  exponential,
  fanOut,
  filterRecords,
  filterValue,
  handle,
  logTo,
  mapValue,
  produceTo,
  records,
  shareConsumer,
  sink,
  subscribe,
  transactional,
  writeOnce,
  writeTo,
  type ConsumerConfig,
  type PartitionStream
} from '../../../src/index.js'
import { memoryStore } from '../../../src/testing.js'
import { rig, type Rig } from '../../support/rig.js'

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

/** Plain JavaScript: what a user's function returns is not checked. */
const untyped = (returned: unknown): never => returned as never

const failureOf = async (
  pipeline: (made: Rig) => (orders: Rig['orders']) => Observable<unknown>,
  config: Partial<ConsumerConfig> = {}
): Promise<{ readonly message: string; readonly lines: readonly string[]; readonly committed: readonly unknown[] }> => {
  const made = rig(1, config, 2)
  const errors: string[] = []
  const lines: string[] = []
  const note = (text: string): number => lines.push(text)
  logTo(made.orders, { debug: note, info: note, warn: note, error: note })
  pipeline(made)(made.orders).subscribe({
    error: (error: unknown) => errors.push(error instanceof Error ? error.message : 'no error')
  })
  made.clock.advance(100)
  await turns()
  made.clock.advance(60_000)
  return { message: errors.join(), lines, committed: made.committed() }
}

const each = (project: (partition: PartitionStream) => unknown) => () => eachPartition(project as never)
const through = (operator: unknown) => each((partition) => partition.pipe(operator as never, ack()))

describe('a pipeline that a function does not return', () => {
  const nothing = /its function returned nothing: it has to return the pipeline/
  it('is named, in eachPartition', async () => {
    const { message, lines } = await failureOf(each((partition) => void partition.pipe(ack())))
    expect(message).toMatch(nothing)
    expect(message).toMatch(/^eachPartition:/)
    expect(lines.join()).not.toContain('continues without the record')
  })

  it('is named, in transactional and in fanOut', async () => {
    const properties = { 'transactional.id': 't' }
    const inTransactions = await failureOf(
      ({ cluster }) => transactional(cluster, properties, () => untyped(undefined)),
      { 'enable.auto.commit': false }
    )
    expect(inTransactions.message).toMatch(nothing)
    const inBranches = await failureOf(through(fanOut(() => untyped(undefined))))
    expect(inBranches.message).toMatch(nothing)
  })

  it('is named, in the pipeline of a loop', async () => {
    const { orders, clock } = rig(1, {}, 1)
    const step = records(orders, { pipeline: () => untyped(undefined) })
      [Symbol.asyncIterator]()
      .next()
    const refused = expect(step).rejects.toThrow(/^records: pipeline: its function returned nothing/)
    clock.advance(60_000)
    await refused
  })

  it('may be a subscription', async () => {
    const { message } = await failureOf(each((partition) => partition.pipe(ack()).subscribe()))
    expect(message).toContain('returned a subscription: return the pipeline itself, without subscribe()')
    const { message: other } = await failureOf(each(() => new Subscription()))
    expect(other).toContain('without subscribe()')
  })

  it('may be promised', async () => {
    const { message } = await failureOf(each((partition) => Promise.resolve(partition.pipe(ack()))))
    expect(message).toContain('returned a promise of a pipeline, to which nothing subscribes')
  })

  it('may be anything else', async () => {
    expect((await failureOf(each(() => 7))).message).toContain('returned 7: it has to return the pipeline')
  })

  it('is no mistake if it is a list, or a promise of a value', async () => {
    const values: unknown[] = []
    const made = rig(1, {}, 1)
    made.orders.pipe(eachPartition(() => [1, 2])).subscribe((value) => values.push(value))
    const other = rig(1, {}, 1)
    other.orders.pipe(eachPartition(async () => Promise.resolve(3))).subscribe((value) => values.push(value))
    made.clock.advance(100)
    other.clock.advance(100)
    await turns()
    expect(values).toEqual([1, 2, 3])
  })
})

describe('a generator as a handler', () => {
  const generators: readonly (readonly [string, () => unknown])[] = [
    [
      'async function*',
      async function* () {
        await Promise.resolve()
        yield 1
      }
    ],
    [
      'function*',
      function* () {
        yield 1
      }
    ]
  ]
  it.each(generators)('%s is refused, since nothing would run it', async (_name, generator) => {
    for (const operator of [handle(generator), writeTo(generator), handle(async () => Promise.resolve(generator()))]) {
      const { message, committed } = await failureOf(through(operator))
      expect(message).toMatch(/failed at orders\/0 offset 0 in attempt 1: the handler is a generator function/)
      expect(committed).toEqual([null])
    }
  })

  it('an iterable value of another kind is passed on', async () => {
    expect((await failureOf(through(handle(() => [1, 2])))).message).toBe('')
    expect((await failureOf(through(handle(() => of([1, 2]))))).message).toBe('')
  })
})

describe('work that nothing runs, or nothing waits for', () => {
  const lost = async (): Promise<never> => Promise.reject(new Error('lost'))
  const list = /it returned a list of promises, which nothing waits for: return Promise\.all/
  const promisedStream = /it returned an Observable within a promise or an Observable, .*nothing subscribes/
  const mistakes: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['a list of promises', () => [1, 2].map(lost), list],
    ['a promise of a list of promises', async () => Promise.resolve([1, 2].map(lost)), list],
    ['a list with a promise in it', () => ['a', lost()], list],
    [
      'an Observable of promises',
      () => of(1).pipe(map(lost)),
      /it returned an Observable of a promise, .*mergeMap instead of map/
    ],
    ['a promise of an Observable', async () => Promise.resolve(of(1)), promisedStream],
    ['an Observable of Observables', () => of(1).pipe(map(() => of(2))), promisedStream],
    ['a list of Observables', () => [of(1)], /it returned a list of Observables, .*forkJoin/],
    ['a list of TaskEithers', () => [() => lost()], /it returned a list of functions, which nothing calls/],
    [
      'a promise of a TaskEither',
      async () => Promise.resolve(() => lost()),
      /it returned a function within a promise, .*which nothing calls/
    ]
  ]
  it.each(mistakes)('is refused in %s', async (_name, handler, message) => {
    for (const operator of [handle(handler), writeTo(handler), sink({ write: handler })]) {
      const failure = await failureOf(through(operator))
      expect(failure.message).toMatch(message)
      expect(failure.committed).toEqual([null])
    }
  })

  it('is refused in the function of writeOnce, where its transaction would end before it', async () => {
    const store = memoryStore()
    const retry = { attempts: 1, backoff: exponential({ initialMs: 1, maxMs: 1 }) }
    const { message } = await failureOf(through(writeOnce({ store, retry, write: () => [lost()] })))
    expect(message).toMatch(list)
  })

  it('is refused in the function of deadLetterTo', async () => {
    const onFailure = deadLetterTo({
      write: () => [lost()],
      retry: { attempts: 1, backoff: exponential({ initialMs: 1, maxMs: 1 }) }
    })
    const { message } = await failureOf(through(handle(lost, { onFailure })))
    expect(message).toMatch(list)
  })

  it('is not refused as the result of a TaskEither, nor deeper within a value', async () => {
    expect((await failureOf(through(handle(() => right(() => 1))))).message).toBe('')
    expect((await failureOf(through(handle(() => ({ later: NEVER }))))).message).toBe('')
  })
})

describe('records where partition streams belong', () => {
  const inner = (operator: unknown) => each((partition) => partition.pipe(operator as never))
  it('end the pipeline with advice, in eachPartition and in transactional', async () => {
    const again = await failureOf(inner(eachPartition(() => of(1))))
    expect(again.message).toMatch(
      /^eachPartition takes the partition streams of a consumer, and gets records: .* share consumer/
    )
    const { message } = await failureOf(({ cluster }) =>
      inner(transactional(cluster, { 'transactional.id': 't' }, () => NEVER))()
    )
    expect(message).toMatch(/^transactional takes .*, and gets records: it goes in the place of eachPartition/)
  })

  it('are those of a share consumer', () => {
    const { cluster, clock } = rig(1, {}, 1)
    const jobs = shareConsumer(cluster, { 'group.id': 'jobs', subscription: subscribe('orders') })
    const errors: unknown[] = []
    jobs.pipe(eachPartition(() => NEVER) as never).subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(1_000)
    cluster.produce('orders', { value: 'a' })
    clock.advance(1_000)
    expect(String(errors)).toContain('the operators of a share consumer follow without it')
  })
})

describe('a promise where nothing waits for it', () => {
  it.each([
    ['filterRecords', filterRecords(untyped(async () => Promise.resolve(false)))],
    ['filterValue', filterValue(untyped(async () => Promise.reject(new Error('lost'))))],
    ['mapValue', mapValue(async () => Promise.resolve(1))]
  ])('is refused by %s', async (name, operator) => {
    const { message, committed } = await failureOf(through(operator))
    expect(message).toBe(
      `${name} failed at orders/0 offset 0 in attempt 1: it returned a promise, for which it does not wait; use handle`
    )
    expect(committed).toEqual([null])
  })
})

it('a record that cannot be written is refused with the place of the record that it was made of', async () => {
  const { message, lines } = await failureOf(({ cluster }) =>
    eachPartition((partition) =>
      partition.pipe(produceTo(cluster, { topic: 'orders', record: () => ({ value: untyped({ a: 1 }) }) }), ack())
    )
  )
  expect(message).toMatch(
    /^produceTo failed at orders\/0 offset 0 in attempt 1: value of a record is \[object Object\]/
  )
  expect(lines.join()).toContain('continues without the record')
})
