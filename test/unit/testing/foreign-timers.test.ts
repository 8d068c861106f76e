import { mock } from 'node:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { MarbleError, marbles, type MarbleBody, type Pipeline } from '../../../src/testing.js'

const slowly: Pipeline = (orders) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(() => new Promise((done) => setTimeout(done, 3))),
        commit({ every: 1 })
      )
    )
  )

const playing =
  (commits: string): MarbleBody =>
  ({ cluster }) => {
    cluster(`orders/0          -a----\none               ^-----\norders/0 commits  ${commits}`, { pipeline: slowly })
  }
const right = playing('----a-')
const wrong = playing('-a----')

const globals = (): readonly unknown[] => [setTimeout, setInterval, clearTimeout, clearInterval, Date, setImmediate]
const real = globals()
const realNow = process.hrtime.bigint

/** What others do with the globals. */
const fakes: Readonly<Record<string, { readonly install: () => void; readonly remove: () => void }>> = {
  vitest: {
    install: () => {
      vi.useFakeTimers()
    },
    remove: () => {
      vi.useRealTimers()
    }
  },
  'node:test': {
    install: () => {
      mock.timers.enable()
    },
    remove: () => {
      mock.timers.reset()
    }
  }
}

const whileFaked = 'replaced while this marble test ran'

/** Whether code outside of a test has real time again. */
const hasRealTime = async (): Promise<boolean> => {
  const began = realNow()
  await new Promise((done) => setTimeout(done, 20))
  return Number(realNow() - began) > 15_000_000
}

describe.each(Object.entries(fakes))('fake timers of %s', (_, { install, remove }) => {
  afterEach(() => {
    remove()
  })

  it('that are there before do not matter', async () => {
    install()
    const faked = globals()
    await marbles(right)()
    await expect(marbles(wrong)()).rejects.toThrow('“orders/0 commits” at 1 ms')
    expect(globals()).toEqual(faked)
    remove()
    expect(globals()).toEqual(real)
  })

  it('that the body installs are refused, and nothing of them or of the test is left', async () => {
    const body: MarbleBody = (tools) => {
      install()
      return right(tools)
    }
    await expect(marbles(body)()).rejects.toThrow(whileFaked)
    remove()
    expect(await hasRealTime()).toBe(true)
    expect(globals()).toEqual(real)
    await marbles(right)()
  })

  it('that the body removes are refused, and nothing is left', async () => {
    install()
    const body: MarbleBody = (tools) => {
      remove()
      return right(tools)
    }
    await expect(marbles(body)()).rejects.toThrow(whileFaked)
    expect(globals()).toEqual(real)
    await marbles(right)()
  })

  it('that a handler installs are refused', async () => {
    const installing: Pipeline = (orders) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(() => {
              install()
            }),
            commit({ every: 1 })
          )
        )
      )
    const body: MarbleBody = ({ cluster }) => {
      cluster('orders/0          -a--\none               ^---\norders/0 commits  -a--', { pipeline: installing })
    }
    await expect(marbles(body)()).rejects.toThrow(whileFaked)
    remove()
    expect(await hasRealTime()).toBe(true)
    expect(globals()).toEqual(real)
  })
})

describe('a spy on a timer', () => {
  it('is no fake', async () => {
    const set = vi.fn()
    const body: MarbleBody = (tools) => {
      const spied = vi.spyOn(globalThis, 'setTimeout')
      right(tools)
      return () => {
        set(spied.mock.calls.length)
        spied.mockRestore()
      }
    }
    await marbles(body)()
    expect(set.mock.calls[0]?.[0]).toBeGreaterThan(0)
    expect(globals()).toEqual(real)
  })
})

describe('marble tests at the same time', () => {
  it('have each their own time, whichever fails', async () => {
    const trials = [right, wrong, right, wrong].map((body) => marbles(body)())
    const results = await Promise.allSettled(trials)
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
    expect(globals()).toEqual(real)
  })

  it('run in the closure of another one, which fails if they do', async () => {
    const around =
      (inner: MarbleBody): MarbleBody =>
      (tools) => {
        right(tools)
        return () => marbles(inner)()
      }
    await marbles(around(right))()
    await expect(marbles(around(wrong))()).rejects.toThrow('“orders/0 commits” at 1 ms')
    expect(globals()).toEqual(real)
  })

  it('are refused in the body of another one, even if that does not look', async () => {
    const nested: MarbleBody = (tools) => {
      try {
        void marbles(wrong)()
      } catch {
        // It fails all the same.
      }
      right(tools)
    }
    const trial = marbles(nested)()
    await expect(trial).rejects.toThrow(MarbleError)
    await expect(trial).rejects.toThrow('a marble test was begun within the body of another one')
    expect(globals()).toEqual(real)
    await marbles(right)()
  })
})

describe.concurrent('concurrent tests', () => {
  it.each([1, 2, 3, 4])('are marble tests as they are: %i', () => marbles(right))
  it('fail where they are wrong', ({ expect: its }) =>
    its(marbles(wrong)()).rejects.toThrow('“orders/0 commits” at 1 ms'))
})

describe('a date', () => {
  const constant = new Date(5)

  it('of the file of the test is one within a run too, and the other way round', async () => {
    let within: unknown
    await marbles(
      () => {
        expect(constant).toBeInstanceOf(Date)
        class Day extends Date {}
        expect(new Day(5)).toBeInstanceOf(Day)
        expect(new Day(5)).toBeInstanceOf(Date)
        expect(Date()).toBe(new Date(Date.now()).toString())
        expect(Date.UTC(1970, 0, 2)).toBe(86_400_000)
        within = new Date(5)
      },
      { compares: false }
    )()
    expect(within).toBeInstanceOf(Date)
    expect(within).toStrictEqual(constant)
  })
})
