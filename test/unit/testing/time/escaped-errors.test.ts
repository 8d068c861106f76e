import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  commit,
  type ConsumerRecord,
  eachPartition,
  exponential,
  handle,
  type HandleOptions
} from '../../../../src/index.js'
import { marbles, type MarbleBody, type Pipeline } from '../../../../src/testing.js'

const kinds = ['unhandledRejection', 'uncaughtException'] as const

/** Vitest would count these errors as its own: its listeners rest meanwhile. */
const alone = async <A>(run: () => Promise<A>): Promise<A> => {
  const former = kinds.map((kind) => [kind, process.listeners(kind as 'uncaughtException')] as const)
  for (const kind of kinds) process.removeAllListeners(kind)
  try {
    return await run()
  } finally {
    for (const [kind, listeners] of former) for (const listener of listeners) process.on(kind, listener)
  }
}

const handling =
  (
    handler: Parameters<typeof handle<ConsumerRecord, unknown>>[0],
    options: HandleOptions<ConsumerRecord> = {}
  ): Pipeline =>
  (orders) =>
    orders.pipe(eachPartition((partition) => partition.pipe(handle(handler, options), commit({ every: 1 }))))

/** Unsubscribed while a handler runs. */
const unsubscribed = `
  orders/0  -a--------
  one       ^--!------
  sink      ----------
`
/** Everything that the diagram says comes true. */
const diagram = `
  orders/0          -a--------
  one               ^---------
  orders/0 commits  -a--------
`
const verdictOf = async (pipeline: Pipeline, text = diagram, after?: () => Promise<void>): Promise<string> => {
  const body: MarbleBody = ({ cluster }) => {
    cluster(text, { pipeline })
    return after
  }
  return marbles(body)().then(
    () => 'green',
    (error: unknown) => String(error)
  )
}
const verdict = (...given: Parameters<typeof verdictOf>): Promise<string> => alone(() => verdictOf(...given))

const fails = (): void => {
  expect('a').toBe('b')
}
const later = async (): Promise<void> => {
  await new Promise((done) => setTimeout(done, 2))
  fails()
}

describe('an assertion that fails where nobody waits for it', () => {
  it.each<readonly [string, Pipeline]>([
    ['in a promise that is not returned', handling(() => void later())],
    ['in a timer', handling(() => void setTimeout(fails, 3))],
    [
      'in an interval',
      handling(() => {
        const timer = setInterval(() => {
          clearInterval(timer)
          fails()
        }, 3)
      })
    ],
    ['in setImmediate', handling(() => void setImmediate(fails))],
    [
      'in a listener of the signal',
      handling((_, { signal }) => {
        signal.addEventListener('abort', fails)
        return new Promise((done) => setTimeout(done, 2))
      })
    ],
    ['in a rejected promise that is kept', handling(() => void Promise.reject(new Error('expected “b”')))],
    [
      'in a listener of an emitter',
      handling(
        () => {
          const emitter = new EventEmitter()
          emitter.on('said', fails)
          emitter.emit('said')
        },
        { onFailure: 'skip' }
      )
    ]
  ])('fails the test: %s', async (where, pipeline) => {
    const text = where === 'in a listener of the signal' ? unsubscribed : diagram
    expect(await verdict(pipeline, text)).toMatch(/expected/)
  })

  it('fails it too where the next attempt succeeds', async () => {
    let calls = 0
    const backoff = exponential({ initialMs: 1, maxMs: 1, random: () => 1 })
    const pipeline = handling(
      () => {
        if (++calls === 1) fails()
      },
      { retry: { attempts: 2, backoff } }
    )
    const text = diagram.replace('commits  -a-', 'commits  --a')
    expect(await verdict(pipeline, text)).toContain(
      'one: an assertion has failed, and the record is tried again: expected'
    )
  })

  it('fails it in the closure of the body', async () => {
    const after = async (): Promise<void> => {
      void later()
      await new Promise((done) => setTimeout(done, 5))
    }
    expect(
      await verdict(
        handling(() => undefined),
        diagram,
        after
      )
    ).toContain('nobody has handled an error')
  })

  it('does not fail another test that runs meanwhile', async () => {
    const trials = [handling(() => void later()), handling(() => undefined)]
    const results = await alone(() => Promise.all(trials.map((pipeline) => verdictOf(pipeline))))
    expect(results).toEqual([expect.stringContaining('nobody has handled an error'), 'green'])
  })

  it('does not fail one whose process has died', async () => {
    const text = `
      orders/0  -a--------
      one       ^-#-------
    `
    expect(
      await verdict(
        handling(() => void later()),
        text
      )
    ).not.toContain('nobody has handled')
  })
})
