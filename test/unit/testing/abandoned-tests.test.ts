import { interval } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { MarbleError, marbles, type MarbleBody, type MarblesOptions, type Pipeline } from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
const realMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000

/** What a test framework gives up after its time is over; nothing tells it so, and it goes on. */
const endless: MarbleBody = ({ cluster }) => {
  cluster(
    `
    orders/0          a- 20m --
    one               ^--------
    orders/0 commits  a--------
    `,
    { pipeline }
  )
}
const innocent: MarbleBody = ({ cluster }) => {
  cluster(
    `
    orders/0          ab--
    one               ^---
    orders/0 commits  ab--
    `,
    { pipeline }
  )
}

const errorOf = async (trial: Promise<void>): Promise<MarbleError> => {
  try {
    await trial
  } catch (error) {
    if (error instanceof MarbleError) return error
    throw error
  }
  throw new Error('the test did not fail')
}
const failing = (body: MarbleBody, options?: MarblesOptions): Promise<MarbleError> => errorOf(marbles(body, options)())

describe('a test that was given up and goes on', () => {
  it('leaves other code its timers and its time', async () => {
    const abandoned = failing(endless, { budget: { moments: 300 } })
    const [began, wall] = [realMs(), Date.now()]
    await wait(50)
    // A timer in virtual time took a millisecond at most, whatever it was asked for.
    expect(realMs() - began).toBeGreaterThan(45)
    expect(Date.now() - wall).toBeGreaterThan(45)
    await abandoned
  })

  it('lets other tests run', async () => {
    const order: string[] = []
    const abandoned = errorOf(marbles(endless, { budget: { moments: 2_000 } })()).then(() => order.push('abandoned'))
    await marbles(innocent)()
    order.push('innocent')
    await abandoned
    expect(order).toEqual(['innocent', 'abandoned'])
  })

  it('ends by its budget of moments, with what has happened so far', async () => {
    expect((await failing(endless, { budget: { moments: 1_000 } })).message).toMatch(
      /^after 1000 moments there is still more to come: something never ends, at \d+ ms\n\nwas\n {2}orders\/0 {10}a- 20m --\n.*\n {2}orders\/0 commits {2}a-+\n/
    )
  })

  it('ends by its budget of virtual time', async () => {
    expect((await failing(endless, { budget: { virtualMs: 5_000 } })).message).toContain(
      'after 5000 ms there is still more to come: something never ends, at 5000 ms\n\nwas\n'
    )
  })

  it('ends where time does not pass', async () => {
    const spinning: MarbleBody = ({ clock }) => {
      const again = (): void => {
        clock.turn(again)
      }
      again()
    }
    await expect(marbles(spinning)()).rejects.toThrow(
      '1000000 steps at 0 ms: something goes on without letting time pass'
    )
  })

  it('ends by itself without any budget of its own', async () => {
    const ticking: MarbleBody = () => {
      interval(1_000).subscribe()
    }
    await expect(marbles(ticking)()).rejects.toThrow('after 10000 moments there is still more to come')
  })
})

describe('virtual time', () => {
  it('is each test’s own, though several run at the same time', async () => {
    const seen: string[] = []
    const timed = (name: string, ms: number): Promise<void> =>
      marbles(() => {
        void wait(ms).then(() => {
          seen.push(`${name} at ${String(Date.now())} ${String(performance.now())}`)
        })
      })()
    await Promise.all([timed('long', 3_600_000), timed('short', 10)])
    expect(seen.sort()).toEqual(['long at 3600000 3600000', 'short at 10 10'])
  })

  it('is over when the last has ended: everything is the machine’s again', async () => {
    const all = (): readonly unknown[] => [setTimeout, setInterval, clearTimeout, clearInterval, Date, performance.now]
    const former = all()
    const failed = failing(endless, { budget: { moments: 100 } })
    await Promise.all([
      marbles(innocent)(),
      failed,
      expect(
        marbles(() => {
          throw new Error('no body')
        })()
      ).rejects.toThrow('no body')
    ])
    expect(all()).toEqual(former)
    expect(all().every((one, index) => one === former[index])).toBe(true)
  })

  it('leaves alone what somebody else has put over it meanwhile', async () => {
    const real = globalThis.setTimeout
    const theirs = ((): number => 0) as unknown as typeof setTimeout
    await marbles(() => {
      globalThis.setTimeout = theirs
    })()
    expect(globalThis.setTimeout).toBe(theirs)
    globalThis.setTimeout = real
  })

  it('counts real timers as real, and clears them', async () => {
    let fired = false
    const real = setTimeout(() => {
      fired = true
    }, 5)
    await marbles(() => {
      clearTimeout(real)
    })()
    await wait(20)
    expect(fired).toBe(false)
  })
})
