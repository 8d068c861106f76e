import {
  aFunction,
  listOf,
  optional,
  problemsWith,
  problemsWithOptions,
  refuseWrong
} from '../model/check-arguments.js'
import { objectOf, oneOf } from './arguments/rules.js'
import { ownBug, ownShareBug } from './bugs/own-bug.js'
import { type PlantedBug, BugTrial, runsWithBug } from './bugs/planted-bug.js'
import { plantedBugs, type PlantedBugName } from './bugs/planted-bugs.js'
import { DiagramError } from './diagram/diagram-error.js'
import { unawaitedTests } from './unawaited-tests.js'
import { MarbleError } from './marble-error.js'
import type { Pipeline } from './play/scenario.js'
import type { SharePipeline } from './play/share-scenario.js'

/** Which bugs are planted. */
export interface CatchesOptions {
  /** The library's own bugs. @default all */
  readonly bugs?: readonly PlantedBugName[]
  /**
   * Your own bugs, by what they do: each turns the pipeline of the test into another one. A bug that throws, or fails before
   * its first record, did not start, and does not count as caught.
   *
   * @example
   * own: { 'charges before it saves': () => chargesFirst }
   */
  readonly own?: Readonly<Record<string, (pipeline: Pipeline) => Pipeline>>
  /** The same for pipelines of share groups. */
  readonly ownShare?: Readonly<Record<string, (pipeline: SharePipeline) => SharePipeline>>
}

/** A bug that a test has caught. */
export interface CaughtBug {
  readonly bug: string
  /** the first test that caught it */
  readonly by: string
  /** the first line of that test's message */
  readonly how: string
}

/** Tests by name, as `marbles` returns them. */
export type MarbleTests = Readonly<Record<string, () => Promise<void>>>

/**
 * Checks that tests catch bugs. Plants one bug after the other around the pipelines of marble tests, without changing their
 * code, and plays the tests until one of them fails. Resolves with the test that caught each bug. Rejects with a `MarbleError`
 * that names the bugs that no test caught, what a diagram needs for them to act, and what shows them. A test that fails without
 * a bug rejects with its own error.
 *
 * The bugs act around a pipeline: on its records, on `sink` and `cluster`, on its drain. Plant bugs of its own code with `own`.
 *
 * @example
 * const slow = marbles(({ cluster }) => { cluster(diagram, { pipeline }) })
 * it('holds the commit back for a slow record', slow)
 * it('has tests that see bugs', () => catches({ slow }, { bugs: ['acknowledges early', 'drops the last'] }))
 */
export const catches = async (tests: MarbleTests, options: CatchesOptions = {}): Promise<readonly CaughtBug[]> => {
  refuseWrong(
    problemsWith('catches: tests', tests, objectOf(aFunction, 'tests by their names')),
    problemsWithOptions('catches', options, {
      bugs: optional(someBugs),
      own: optional(ownBugs),
      ownShare: optional(ownBugs)
    })
  )
  const { bugs = Object.keys(plantedBugs) as PlantedBugName[], own = {}, ownShare = {} } = options
  const madeAt = new Error()
  if (Object.keys(tests).length === 0) throw new MarbleError('there is no test that could see a bug', madeAt)
  if (bugs.length + Object.keys(own).length + Object.keys(ownShare).length === 0)
    throw new MarbleError('no bug is planted: name some in `bugs`, `own` or `ownShare`, or leave `bugs` out', madeAt)
  const runs = Object.entries(tests).map(([name, test]) => {
    const run = runsWithBug.get(test)
    if (run === undefined) throw new MarbleError(`“${name}” is no test that \`marbles\` has made`, madeAt)
    return { name, run, test }
  })
  const all: readonly (readonly [string, PlantedBug])[] = [
    ...bugs.map((name) => [name, plantedBugs[name]] as const),
    ...Object.entries(own).map(([name, plant]) => [name, ownBug(plant)] as const),
    ...Object.entries(ownShare).map(([name, plant]) => [name, ownShareBug(plant)] as const)
  ]
  return unawaitedTests.awaited(madeAt, async () => {
    for (const { test } of runs) await test()
    const { caught, missed } = await tried(runs, all, options.bugs === undefined)
    if (missed.length > 0) throw new MarbleError(reportOf(missed, caught), madeAt)
    return caught
  })
}

/** A test, and how to run it with a bug. */
interface Run {
  readonly name: string
  readonly run: (trial: BugTrial) => Promise<void>
}

/** Plants each bug and plays the tests until one sees it. */
const tried = async (
  runs: readonly Run[],
  bugs: readonly (readonly [string, PlantedBug])[],
  isAll: boolean
): Promise<{ readonly caught: readonly CaughtBug[]; readonly missed: readonly string[] }> => {
  const caught: CaughtBug[] = []
  const missed: string[] = []
  for (const [name, bug] of bugs) {
    let acted = false
    let possible = false
    let seen: CaughtBug | null = null
    let notStarted: BugTrial['startFailure'] = null
    for (const { name: by, run } of runs) {
      const trial = new BugTrial(bug)
      const how = await failureOf(run(trial))
      acted ||= trial.hasActed
      possible ||= trial.wasPossible
      notStarted ??= trial.startFailure
      if (how === null || trial.startFailure !== null) continue
      seen = { bug: name, by, how }
      break
    }
    if (seen !== null) caught.push(seen)
    else if (notStarted !== null) missed.push(notStartedText(name, notStarted.error))
    // By default only the bugs that can act in these tests count.
    else if (possible || !isAll || !(name in plantedBugs)) missed.push(missedText(name, bug, acted))
  }
  return { caught, missed }
}

const someBugs = listOf(oneOf(...Object.keys(plantedBugs)), `a list of ${Object.keys(plantedBugs).join(', ')}`)
const ownBugs = objectOf(aFunction, 'functions of a pipeline, by what their bugs do')

/**
 * The first line of the error with which a test failed; null if it passed. A diagram that cannot be read has caught nothing.
 */
const failureOf = async (test: Promise<void>): Promise<string | null> => {
  try {
    await test
    return null
  } catch (error) {
    if (error instanceof DiagramError) throw error
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return line.replace('the diagram did not come true: ', '')
  }
}

const notStartedText = (name: string, error: unknown): string =>
  `${name}: it did not start, so there was nothing to see: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`

const missedText = (name: string, { does, needs, shownBy }: PlantedBug, acted: boolean): string =>
  acted
    ? `${name}: it ${does}, and every test passes. Shown by ${shownBy}.`
    : `${name}: it ${does}, and never came into play. It needs ${needs}. Shown by ${shownBy}.`

const reportOf = (missed: readonly string[], caught: readonly CaughtBug[]): string => {
  const width = Math.max(0, ...caught.map(({ bug }) => bug.length)) + 2
  return [
    `no test has seen ${String(missed.length)} of ${String(missed.length + caught.length)} planted bugs`,
    '',
    ...missed.map((text) => `  ${text}`),
    ...(caught.length === 0
      ? []
      : ['', 'seen', ...caught.map(({ bug, by, how }) => `  ${bug.padEnd(width)}by “${by}”: ${how}`)]),
    ''
  ].join('\n')
}
