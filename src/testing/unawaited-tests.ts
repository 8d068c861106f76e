import { MarbleError } from './marble-error.js'
import { hookFramework, vitestTest } from './test-framework.js'

/** Something in virtual time that a test has made: whether it has run, and how often it runs now. */
interface Made {
  readonly at: Error
  hasRun: boolean
  running: number
}

/**
 * Marble tests, and searches, that are made while another test runs, and whether it waits for them. What `marbles` gives does
 * nothing before it is called or awaited: `it('…', () => { marbles(…) })` would be green whatever happens, and so would
 * `it('…', () => { void expect(pipeline).toPlay(…) })`.
 */
class UnawaitedTests {
  private made: Made[] | null = null

  /** A test of the framework begins. */
  begin(): void {
    this.made = []
  }

  /** It ends. @throws MarbleError if it has not waited for what it has made, unless it has failed in any case */
  end(hasFailed: boolean): void {
    const made = this.made ?? []
    this.made = null
    if (!hasFailed) refuseUnawaited(made)
  }

  /** Gives how to run it. */
  add(at: Error): <A>(run: () => Promise<A>) => Promise<A> {
    const one: Made = { at, hasRun: false, running: 0 }
    if (this.made !== null) this.made.push(one)
    else {
      const test = vitestTest()
      test?.whenFinished(() => {
        if (!test.hasFailed) refuseUnawaited([one])
      })
    }
    return async (run) => {
      one.hasRun = true
      one.running++
      try {
        return await run()
      } finally {
        one.running--
      }
    }
  }

  /** Runs something that the test has to wait for. */
  awaited<A>(at: Error, run: () => Promise<A>): Promise<A> {
    return this.add(at)(run)
  }
}

const refuseUnawaited = (made: readonly Made[]): void => {
  const idle = made.find(({ hasRun }) => !hasRun)
  if (idle !== undefined) throw new MarbleError(neverRun, idle.at)
  const open = made.find(({ running }) => running > 0)
  if (open !== undefined) throw new MarbleError(notAwaited, open.at)
}

const neverRun =
  'this test has made a marble test that never ran: give `marbles(…)` to `it` as it is, return it, or call and await it (`await marbles(…)()`)'
const notAwaited =
  'this test is over, and what it has begun in virtual time is not: whatever comes of that, nobody sees it. Return it, or `await` it (`await expect(pipeline).toPlay(…)`)'

/** Watches the tests of a framework whose hooks are there without being imported. */
const watched = (tests: UnawaitedTests): UnawaitedTests => {
  let running = 0
  let isAlone = true
  hookFramework({
    begins: () => {
      isAlone = running++ === 0
      if (isAlone) tests.begin()
    },
    ends: () => {
      running--
      // Of tests that run at the same time it is not known which has made it.
      tests.end(!isAlone)
    }
  })
  return tests
}

export const unawaitedTests = /*#__PURE__*/ watched(/*#__PURE__*/ new UnawaitedTests())
