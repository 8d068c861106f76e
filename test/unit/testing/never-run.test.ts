import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { MarbleError, marbles, type MarbleBody, type Pipeline } from '../../../src/testing.js'
import { madeTests } from '../../../src/testing/made-tests.js'

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
    madeTests.begin()
    marbles(wrong)
    expect(() => {
      madeTests.end(false)
    }).toThrow('this test has made a marble test that never ran')
    madeTests.begin()
    await marbles(right)()
    madeTests.end(false)
    madeTests.begin()
    marbles(wrong)
    madeTests.end(true)
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
