import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  batch,
  commit,
  consumer,
  ConsumerError,
  eachPartition,
  exponential,
  handle,
  mapValue,
  subscribe,
  type ConsumerEvent,
  type ConsumerRecord,
  type HandleOptions
} from '../../../src/index.js'
import { memoryCluster, testRecord } from '../../../src/testing.js'
import { workers, type WorkerHandler, type WorkerRecord } from '../../../src/workers.js'
import { collect, until } from '../../support/collect.js'

const file = new URL('../../support/tasks.worker.mjs', import.meta.url)

/** What `tasks.worker.mjs` takes. */
interface Task {
  readonly task: string
  readonly key?: string
  readonly answer?: unknown
  readonly bytes?: Uint8Array
  readonly shared?: SharedArrayBuffer
  readonly of?: number
}
type OnThread = (record: WorkerRecord<unknown, Task>) => unknown

const pools: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close()
})

const pool = (threads: number, of: URL | string = file): WorkerHandler<OnThread> => {
  const made = workers<OnThread>({ file: of, threads })
  pools.push(made)
  return made
}

const task = (value: Task): ConsumerRecord<null, Task> => testRecord({ value })
const alive = (): { readonly signal: AbortSignal } => new AbortController()

/** The memory that a task which loops counts in. */
const counting = (): { readonly shared: SharedArrayBuffer; readonly count: () => number } => {
  const shared = new SharedArrayBuffer(4)
  return { shared, count: () => Atomics.load(new Int32Array(shared), 0) }
}

/** Waits until the thread that counts is no more: it is ended a moment after its record has failed. */
const untilStill = (count: () => number): Promise<void> => {
  let before = -1
  return until(() => {
    const isStill = count() === before
    before = count()
    return isStill
  }, 'the end of the loop')
}

/** The tasks as records of one partition, worked on by the pool behind `handle`: what came out, and what was said. */
const piped = (
  of: WorkerHandler<OnThread>,
  tasks: readonly Task[],
  options: HandleOptions<ConsumerRecord<unknown, Task>>
): {
  readonly results: unknown[]
  readonly events: readonly ConsumerEvent[]
  readonly ended: Promise<'complete' | Error>
  readonly close: () => Promise<void>
} => {
  const cluster = memoryCluster({ topics: { orders: 1 } })
  for (const { key = null } of tasks) cluster.produce('orders', { key, value: null })
  const orders = consumer(cluster, {
    'group.id': 'g',
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders')
  })
  const { values: events } = collect(orders.events)
  const results: unknown[] = []
  const { ended } = collect(
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          mapValue((_, { offset }) => tasks[Number(offset)] ?? { task: 'none' }),
          handle(of, options),
          mapValue((result) => results.push(result)),
          commit({ every: 1 })
        )
      )
    )
  )
  const close = (): Promise<void> => orders.close()
  pools.push({ close })
  return { results, events, ended, close }
}

describe('workers', () => {
  it('gives a thread the record’s data, with bytes of their own', async () => {
    const bytes = new Uint8Array(1_000).subarray(10, 13)
    const headers = [{ name: 'trace', value: 'x' }]
    const record = testRecord({
      topic: 't',
      partition: 3,
      offset: 2n ** 60n,
      timestamp: 5,
      key: 'k',
      value: { task: 'tell', bytes },
      headers
    })
    expect(await pool(1)(record, alive())).toEqual({
      topic: 't',
      partition: 3,
      offset: 2n ** 60n,
      timestamp: 5,
      key: 'k',
      value: { task: 'tell', bytes: new Uint8Array(3) },
      headers: [{ name: 'trace', value: new Uint8Array([120]) }],
      bytesOfValue: 3
    })
    expect(record.value.bytes.length).toBe(3)
  })

  it('works on as many records at once as there are threads, each key in its order', async () => {
    const shared = new SharedArrayBuffer(4)
    const meeting = { task: 'meet', of: 2, shared }
    const { results } = piped(
      pool(2),
      [
        { ...meeting, key: 'a', answer: 'a1' },
        { key: 'a', task: 'echo', answer: 'a2' },
        { ...meeting, key: 'b', answer: 'b1' }
      ],
      { concurrency: 2, order: 'key' }
    )
    await until(() => results.length === 3, 'all')
    expect(results.filter((result) => result !== 'b1')).toEqual(['a1', 'a2'])
  })

  it('has what finds no thread wait in the order it came', async () => {
    const run = pool(1)
    const ended: number[] = []
    const calls = [0, 1, 2, 3].map(async (answer) => {
      await run(task({ task: 'echo', answer }), alive())
      ended.push(answer)
    })
    await Promise.all(calls)
    expect(ended).toEqual([0, 1, 2, 3])
  })

  it('takes what `batch` made as a list of records', async () => {
    const cluster = memoryCluster({ topics: { orders: 1 } })
    cluster.produce('orders', { value: 'a' }, { value: 'b' })
    const orders = consumer(cluster, {
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders')
    })
    const all = workers<(records: readonly WorkerRecord<unknown, Task>[]) => unknown>({ file, threads: 1 })
    pools.push(orders, all)
    const run = collect(
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            mapValue((_, { offset }): Task => ({ task: 'echo', answer: offset })),
            batch({ records: 2 }),
            handle(all),
            mapValue((offsets) => results.push(offsets)),
            commit({ every: 1 })
          )
        )
      )
    )
    const results: unknown[] = []
    await until(() => results.length > 0 || run.values.length > 0, 'the batch')
    expect(results).toEqual([[0n, 1n]])
  })

  it('fails for what the function throws, with its message and the place in its file', async () => {
    const { ended } = piped(pool(1), [{ task: 'throw' }], {})
    const error = await ended
    if (!(error instanceof ConsumerError) || error.fault._tag !== 'HandlerFault')
      throw new Error(`it ended with ${String(error)}`)
    expect(error.message).toBe('handle failed at orders/0 offset 0 in attempt 1: it cannot be worked on')
    expect(error.fault.cause).toMatchObject({ name: 'TypeError', message: 'it cannot be worked on' })
    expect((error.fault.cause as Error).stack).toContain('tasks.worker.mjs')
  })

  it.each([
    ['ends the thread', 'exit', /exited with code: 3/],
    ['gives what cannot be sent', 'method', /what the worker returned, or threw, cannot be cloned/]
  ])('fails when the function %s, and goes on with another thread', async (_, name, message) => {
    const run = pool(1)
    await expect(run(task({ task: name }), alive())).rejects.toThrow(message)
    expect(await run(task({ task: 'echo', answer: 1 }), alive())).toBe(1)
  })

  it('fails for a value that cannot be sent', async () => {
    const run = pool(1)
    await expect(run(task({ task: 'echo', answer: () => 1 }), alive())).rejects.toThrow(/could not be cloned/)
    expect(await run(task({ task: 'echo', answer: 1 }), alive())).toBe(1)
  })

  it('ends a loop that takes longer than `timeoutMs`, and tries again on another thread', async () => {
    const { shared, count } = counting()
    const options = {
      timeoutMs: 1_000,
      retry: { attempts: 2, backoff: exponential({ initialMs: 1, maxMs: 1 }) },
      onFailure: 'skip'
    } as const
    const run = pool(1)
    const { results, events } = piped(run, [{ task: 'loop', shared }], options)
    await until(() => events.length > 0, 'the end of the last attempt')
    expect(results).toEqual([])
    expect(events).toMatchObject([
      { _tag: 'skipped', fault: { attempt: 2, cause: { message: expect.stringContaining('1000 ms') } } }
    ])
    expect(await run(task({ task: 'echo', answer: 'next' }), alive())).toBe('next')
    await untilStill(count)
  })

  it('ends its threads’ work when the consumer is closed', async () => {
    const { shared, count } = counting()
    const run = pool(1)
    const { close } = piped(run, [{ task: 'loop', shared }], {})
    await until(() => count() > 0, 'the loop')
    await close()
    expect(await run(task({ task: 'echo', answer: 'free again' }), alive())).toBe('free again')
  })

  it('gives no thread to what was given up while it waited', async () => {
    const { shared, count } = counting()
    const met = counting()
    const run = pool(1)
    const [first, second] = [new AbortController(), new AbortController()]
    const looping = run(task({ task: 'loop', shared }), first)
    const waiting = run(task({ task: 'meet', shared: met.shared, of: 0 }), second)
    await until(() => count() > 0, 'the loop')
    second.abort(new Error('no longer wanted'))
    first.abort(new Error('nor this'))
    await expect(looping).rejects.toThrow('nor this')
    await expect(waiting).rejects.toThrow('no longer wanted')
    expect(await run(task({ task: 'echo', answer: 1 }), alive())).toBe(1)
    await untilStill(count)
    expect(met.count()).toBe(0)
  })

  it('says of each record that the file cannot be loaded, and lets none of them wait', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'worker-'))
    const unloadable = join(folder, 'unloadable.mjs')
    writeFileSync(unloadable, "import './none.mjs'")
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    const run = pool(2, unloadable)
    for (const records of [1, 4]) {
      const calls = Array.from({ length: records }, () => run(task({ task: 'echo' }), alive()))
      for (const { status, reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
        expect([status, String(reason)]).toEqual(['rejected', expect.stringMatching(/Cannot find module .*none\.mjs/)])
      }
    }
  })

  it.each([new URL('none.mjs', file), './none.mjs', 'file:///none.mjs'])(
    'refuses a file that does not exist: %s',
    (none) => {
      expect(() => workers({ file: none })).toThrow(/^.*workers: file is .*none\.mjs.*, allowed is a file that exists/)
    }
  )

  it('takes a path as well', async () => {
    expect(await pool(1, fileURLToPath(file))(task({ task: 'echo', answer: 1 }), alive())).toBe(1)
  })

  it('fails what runs, waits or comes once it is closed', async () => {
    const { shared, count } = counting()
    const run = pool(1)
    const calls = [run(task({ task: 'loop', shared }), alive()), run(task({ task: 'echo' }), alive())]
    const ends = Promise.allSettled(calls)
    await until(() => count() > 0, 'the loop')
    await run[Symbol.asyncDispose]()
    const closed = {
      status: 'rejected',
      reason: { fault: { _tag: 'ClosedFault', what: 'the pool of worker threads' } }
    }
    expect(await ends).toMatchObject([closed, closed])
    await expect(run(task({ task: 'echo' }), alive())).rejects.toMatchObject(closed.reason)
  })

  it.each([0, 1.5, NaN])('refuses to have %s threads', (threads) => {
    expect(() => workers<OnThread>({ file, threads })).toThrow(`threads is ${String(threads)}`)
  })
})
