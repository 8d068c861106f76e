import { refuseNested } from './bodies.js'
import { MarbleError } from './marble-error.js'
import { hookFramework, vitestTest } from './test-framework.js'

/** A marble test, or a search, that a test has created: whether it has run, and how many runs are in progress. */
interface Made {
  readonly at: Error
  hasRun: boolean
  running: number
}

/**
 * Finds marble tests and searches that a running test has created and not awaited. A marble test does nothing before it is called
 * or awaited: `it('…', () => { marbles(…) })` would always pass, and so would
 * `it('…', () => { void expect(pipeline).toPlay(…) })`.
 */
class UnawaitedTests {
  private made: Made[] | null = null

  /** A test of the framework begins. */
  begin(): void {
    this.made = []
  }

  /** The test ends. @throws MarbleError if it has not awaited everything that it created, unless it has failed anyway */
  end(hasFailed: boolean): void {
    const made = this.made ?? []
    this.made = null
    if (!hasFailed) refuseUnawaited(made)
  }

  /** Registers something that the test has to await; call the returned function to run it. */
  add(at: Error): <A>(run: () => Promise<A>) => Promise<A> {
    const one: Made = { at, hasRun: false, running: 0 }
    if (this.made !== null) this.made.push(one)
    else {
      const test = vitestTest()
      test?.whenFinished(() => {
        // One that runs may belong to a concurrent test, which waits for it.
        if (!test.hasFailed && !(test.isConcurrent && one.hasRun)) refuseUnawaited([one])
      })
    }
    const counted = async <A>(run: () => Promise<A>): Promise<A> => {
      one.running++
      try {
        return await run()
      } finally {
        one.running--
      }
    }
    return (run) => {
      one.hasRun = true
      refuseNested(at)
      return counted(run)
    }
  }

  /** Runs something that the test has to await. */
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

/** Watches the tests of a framework through hooks that need no import. */
const watched = (tests: UnawaitedTests): UnawaitedTests => {
  let running = 0
  hookFramework({
    begins: () => {
      if (running++ === 0) tests.begin()
    },
    ends: () => {
      // Of concurrent tests, and of subtests, it is unknown which one has created it: the last to end fails.
      if (--running === 0) tests.end(false)
    }
  })
  return tests
}

export const unawaitedTests = /*#__PURE__*/ watched(/*#__PURE__*/ new UnawaitedTests())
