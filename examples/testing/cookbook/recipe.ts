// A diagram as a test, and a second test: the first has to see the bugs that are planted around or within its pipeline.
import { it } from 'vitest'
import { catches, type CatchesOptions, marbles, type MarbleTools, type Scenario } from 'ackstream/testing'

export const recipe = (
  name: string,
  diagram: string,
  scenario: Scenario | ((tools: MarbleTools) => Scenario),
  bugs: CatchesOptions
): void => {
  const test = marbles((tools) => {
    // What has state is made anew for each run.
    tools.cluster(diagram, typeof scenario === 'function' ? scenario(tools) : scenario)
  })
  it(name, test)
  it(`${name}: bugs are seen`, async () => {
    await catches({ [name]: test }, { bugs: [], ...bugs })
  })
}
