import { MarbleError } from './marble-error.js'

interface Made {
  readonly at: Error
  hasRun: boolean
}

/**
 * Marble tests that are made while another test runs, and whether they run. What `marbles` gives does nothing before it is
 * called or awaited: `it('…', () => { marbles(…) })` would be green whatever happens.
 */
class MadeTests {
  private made: Made[] | null = null

  /** A test of the framework begins. */
  begin(): void {
    this.made = []
  }

  /** It ends. @throws MarbleError if it has made a marble test and not run it, unless it has failed in any case */
  end(hasFailed: boolean): void {
    const idle = this.made?.find(({ hasRun }) => !hasRun)
    this.made = null
    if (idle !== undefined && !hasFailed) throw new MarbleError(neverRun, idle.at)
  }

  /** Gives how to say that it runs. */
  add(at: Error): () => void {
    const one: Made = { at, hasRun: false }
    this.made?.push(one)
    return () => {
      one.hasRun = true
    }
  }
}

const neverRun =
  'this test has made a marble test that never ran: give `marbles(…)` to `it` as it is, return it, or call and await it (`await marbles(…)()`)'

export const madeTests = /*#__PURE__*/ new MadeTests()
