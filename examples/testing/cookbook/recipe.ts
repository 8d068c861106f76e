// A diagram as a test, and a second test: the first has to see the bugs that are planted around or within its pipeline.
import { it } from 'vitest'
import {
  catches,
  type CatchesOptions,
  marbles,
  type AnyScenario,
  type MarblesOptions,
  type MarbleTools
} from 'ackstream/testing'

export const recipe = (
  name: string,
  diagram: string,
  scenario: AnyScenario | ((tools: MarbleTools) => AnyScenario),
  bugs: CatchesOptions,
  options: MarblesOptions = {}
): void => {
  const test = marbles((tools) => {
    // What has state is made anew for each run.
    tools.cluster(diagram, typeof scenario === 'function' ? scenario(tools) : scenario)
  }, options)
  it(name, test)
  it(`${name}: bugs are seen`, async () => {
    await catches({ [name]: test }, { bugs: [], ...bugs })
  })
}
