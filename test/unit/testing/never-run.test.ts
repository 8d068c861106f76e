import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import {
  catches,
  dualRun,
  marbleMatchers,
  MarbleError,
  marbles,
  memoryCluster,
  type MarbleBody,
  type Pipeline
} from '../../../src/testing.js'
import { losesNothing, playSchedule } from '../../../src/testing/fast-check.js'
import { unawaitedTests } from '../../../src/testing/unawaited-tests.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const right: MarbleBody = ({ cluster }) => {
  cluster('orders/0  a--\none       ^--\nsink      a--', { pipeline })
}
const wrong: MarbleBody = ({ cluster }) => {
  cluster('orders/0  a--\none       ^--\nsink      -a-', { pipeline })
}

/** As a framework does with what a test returns: it waits for it. */
const framework = async (test: () => unknown): Promise<void> => {
  await test()
}

describe('a marble test within a test', () => {
  it('runs where it is returned instead of called', async () => {
    await framework(() => marbles(right))
    await expect(framework(() => marbles(wrong))).rejects.toThrow(MarbleError)
  })

  it('runs where it is awaited, each time', async () => {
    await marbles(right)
    const test = marbles(wrong)
    await expect((async () => await test)()).rejects.toThrow('the diagram did not come true')
    await expect(test()).rejects.toThrow('the diagram did not come true')
  })

  // What it is about.
  it('runs here', () => marbles(right))

  it('is missed by the hooks of vitest and Jest where nobody has run it', async () => {
    // This file does not import them.
    unawaitedTests.begin()
    marbles(wrong)
    expect(() => {
      unawaitedTests.end(false)
    }).toThrow('this test has made a marble test that never ran')
    unawaitedTests.begin()
    await marbles(right)()
    unawaitedTests.end(false)
    unawaitedTests.begin()
    marbles(wrong)
    unawaitedTests.end(true)
  })
})

describe('what a test does not wait for', () => {
  const over = 'this test is over, and what it has begun in virtual time is not'

  it('is missed: a marble test that was called', async () => {
    unawaitedTests.begin()
    const floating = marbles(right)()
    expect(() => {
      unawaitedTests.end(false)
    }).toThrow(over)
    await floating
  })

  it('is missed: a diagram that is expected, searches, dual runs, looks for bugs', async () => {
    const begun: readonly (() => PromiseLike<unknown>)[] = [
      () => marbleMatchers.toPlay(pipeline, 'orders/0  a--\none       ^--\nsink      a--'),
      () => losesNothing({ pipeline }, { runs: 1, seed: 1 }),
      () =>
        playSchedule(
          { topic: 'orders', events: [{ _tag: 'record', at: 0, partition: 0, takes: 1, failures: 0 }] },
          { pipeline }
        ),
      () => dualRun('orders/0  a--\none       ^--', { pipeline }, memoryCluster(), { columnMs: 5 }),
      () => catches({ right: marbles(right) }, { bugs: ['writes twice'] })
    ]
    for (const begin of begun) {
      unawaitedTests.begin()
      const floating = begin()
      expect(() => {
        unawaitedTests.end(false)
      }).toThrow(over)
      await floating
    }
  })

  it('is not missed where it is awaited, also twice', async () => {
    unawaitedTests.begin()
    const test = marbles(right)
    await Promise.all([test(), test()])
    unawaitedTests.end(false)
  })
})

describe('a test of vitest that does not import the matcher', () => {
  /** As vitest keeps a test that runs. */
  const within = async (run: () => unknown, state = 'run', concurrent = false): Promise<unknown> => {
    const worker = (globalThis as { __vitest_worker__?: { current?: unknown } }).__vitest_worker__
    const former = worker?.current
    const finished: (() => void)[] = []
    const onTestFinished = (one: () => void): unknown => finished.push(one)
    Object.assign(worker ?? {}, {
      current: { type: 'test', concurrent, result: { state }, context: { onTestFinished } }
    })
    try {
      await run()
    } finally {
      Object.assign(worker ?? {}, { current: former })
    }
    return finished.map((one) => {
      one()
    })
  }

  it('fails where it has made one that it has not run', async () => {
    await expect(within(() => void marbles(wrong))).rejects.toThrow('never ran')
    await within(() => void marbles(wrong), 'fail')
    await within(() => marbles(right)())
  })

  it('fails too where other tests run at the same time, but not for what those wait for', async () => {
    await expect(within(() => void marbles(wrong), 'run', true)).rejects.toThrow('never ran')
    const running: Promise<void>[] = []
    await within(
      () => {
        running.push(marbles(right)())
      },
      'run',
      true
    )
    await Promise.all(running)
  })
})

describe('a body', () => {
  const any = (body: unknown): MarbleBody => body as MarbleBody

  it('is not async, and says so', async () => {
    const trial = marbles(
      any(async ({ cluster }: Parameters<MarbleBody>[0]) => {
        await Promise.resolve()
        cluster('nonsense', { pipeline })
      })
    )()
    await expect(trial).rejects.toThrow(MarbleError)
    await expect(trial).rejects.toThrow('the body of this marble test is async')
  })

  it('returns nothing but a function', async () => {
    await expect(
      marbles(any(({ cluster }: Parameters<MarbleBody>[0]) => cluster('orders/0  a--\none       ^--', { pipeline })))()
    ).rejects.toThrow('what the body of marbles returns is')
  })

  it('may return an async function, which is waited for', async () => {
    const trial = marbles(({ cluster }) => {
      cluster('orders/0  a--\none       ^--', { pipeline })
      return async () => {
        await new Promise((done) => setTimeout(done, 1_000))
        throw new Error('found afterwards')
      }
    })()
    await expect(trial).rejects.toThrow('found afterwards')
  })

  it('expects something of what it looks at', async () => {
    await expect(
      marbles(({ hot, expectObservable }) => {
        expectObservable(hot('-a|'))
      })()
    ).rejects.toThrow('expectObservable(…) compares nothing without toBe(…)')
    await expect(
      marbles(({ partition, expectAcks }) => {
        expectAcks(partition('|'))
      })()
    ).rejects.toThrow('expectAcks(…) compares nothing without toBe(…)')
  })
})
