import { aFunction, aText, problemsWith, refuseWrong } from '../model/check-arguments.js'
import { problemsWithMarblesOptions } from './arguments/problems-with-marbles.js'
import { scenarioOptions } from './arguments/problems-with-scenario.js'
import { MarbleError } from './marble-error.js'
import type { MarblesOptions } from './marble-tools.js'
import { marbles } from './marbles.js'
import type { Pipeline, Scenario } from './play/scenario.js'

/** The result of a matcher of vitest, or of anything with `expect.extend`. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
}

/** The options of a played diagram, besides the pipeline. */
export type PlaysOptions = Omit<Scenario, 'pipeline'> & MarblesOptions

/**
 * Matchers for `expect.extend`; `ackstream/testing/vitest` does it for vitest.
 *
 * @example
 * expect.extend(marbleMatchers)
 * await expect(pipeline).toPlay(diagram, { config: { 'enable.auto.commit': false } })
 */
export const marbleMatchers = {
  /** Whether the pipeline fulfils the diagram. */
  toPlay: async (pipeline: Pipeline, diagram: string, options: PlaysOptions = {}): Promise<MatcherResult> => {
    refuseWrong(
      problemsWith('toPlay: what is expected', pipeline, aFunction),
      problemsWith('toPlay: diagram', diagram, aText),
      problemsWithMarblesOptions('toPlay', options, scenarioOptions)
    )
    const { columnMs, leakCheck, compares, budget, ...scenario } = options
    const given = { columnMs, leakCheck, compares, budget }
    const how = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    try {
      await marbles(({ cluster }) => {
        cluster(diagram, { ...scenario, pipeline })
      }, how)()
      return { pass: true, message: () => `the diagram came true\n\n${diagram}` }
    } catch (error) {
      // A diagram that cannot be read is an error for `toPlay` and for `not.toPlay`.
      if (!(error instanceof MarbleError)) throw error
      return { pass: false, message: () => error.message }
    }
  }
}
