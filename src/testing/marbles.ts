import { refuseWrong } from '../model/check-arguments.js'
import { problemsWithMarbles as problems } from './arguments/problems-with-marbles.js'
import { type BugTrial, runsWithBug } from './bugs/planted-bug.js'
import { unawaitedTests } from './unawaited-tests.js'
import { callBody } from './bodies.js'
import { MarbleRun, type RunPurpose } from './marble-run.js'
import type { MarbleBody, MarblesOptions, MarbleTest } from './marble-tools.js'
import { BudgetError, inVirtualTime } from './time/virtual-run.js'

/**
 * A test in virtual time, as a function for any test framework. The body says what happens and what is expected. Then time
 * passes, moment by moment, with a real turn of the event loop in between, so that `async` handlers run unchanged:
 * `setTimeout`, `setInterval`, `Date` and `performance.now` are virtual meanwhile. Concurrent tests have separate times.
 *
 * Nothing is played before the function is called or awaited: `it('…', marbles(…))` and `it('…', () => marbles(…))` both run
 * it.
 *
 * It rejects with a `MarbleError` that shows the expected diagram above the actual one, and with a `DiagramError` for a diagram
 * that cannot be read.
 *
 * @example
 * it('commits what is charged', marbles(({ cluster }) => {
 * cluster(
 * `
 * orders/0              abc------
 * sink b                ---|
 * one                   ^--------
 * one orders/0 commits  a--(bc)--
 * `,
 * { pipeline: (orders, { sink }) => orders.pipe(eachPartition((p) => p.pipe(handle(sink), commit({ every: 1 })))) }
 * )
 * }))
 */
export const marbles = (body: MarbleBody, options: MarblesOptions = {}): MarbleTest => {
  refuseWrong(problems.marbles(body, options))
  const madeAt = new Error()
  const awaited = unawaitedTests.add(madeAt)
  const play = (trial: BugTrial | null): Promise<void> =>
    awaited(() => playMarbles(body, options, { madeAt, trial, isSearch: false }))
  const run = (): Promise<void> => play(null)
  const test: MarbleTest = Object.assign(run, {
    // Awaiting it runs it, so `() => marbles(…)` is never a test that does nothing.
    then: ((done, failed) => run().then(done, failed)) satisfies MarbleTest['then']
  })
  runsWithBug.set(test, play)
  return test
}

/** Plays the body of a marble test once. */
export const playMarbles = (body: MarbleBody, options: MarblesOptions, purpose: RunPurpose): Promise<void> =>
  inVirtualTime(async (run) => {
    const test = new MarbleRun(run, options, purpose)
    try {
      const after = callBody(() => body(test.tools))
      test.refuseForeignTimers()
      test.refuseNoClosure(after)
      await test.through(typeof after === 'function')
      if (typeof after === 'function') await test.closing(after as () => unknown)
      test.refuseForeignTimers()
    } catch (error) {
      // They explain whatever else went wrong.
      test.refuseForeignTimers()
      throw error instanceof BudgetError ? test.cutShort(error) : error
    } finally {
      test.bury()
    }
  }, options.budget)
