import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { plant } from './plant.js'
import { type PlantedBug, plantedBugs } from './planted-bugs.js'

const root = resolve(import.meta.dirname, '../..')
/** A few, to see that planting works; all of them are a part of `npm run test:all`. */
const tried = plantedBugs.filter((_, index) => process.env['PLANTED'] === 'all' || index % 24 === 2)

const named = (bugs: readonly PlantedBug[]) => bugs.map((bug) => [bug.name, bug] as const)

interface Report {
  readonly numFailedTests: number
  readonly numPassedTests: number
  /** What failed outside of its tests, as a module that cannot be loaded. */
  readonly broken: readonly string[]
  /** Whether a test failed since it did not end. */
  readonly timedOut: boolean
}

interface FileReport {
  readonly status: string
  readonly message: string
  readonly assertionResults: readonly { readonly failureMessages: readonly string[] }[]
}

/** Runs the tests of these bugs in a process of their own, with one bug in the sources or none. */
const run = (bugs: readonly PlantedBug[], planted: PlantedBug | null): Report => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-planted-'))
  const report = join(folder, 'report.json')
  const files = [...new Set(bugs.map(({ caughtBy }) => caughtBy.file))]
  const titles = bugs.map(({ caughtBy }) => caughtBy.test).join('|')
  const args = [
    '--config',
    'test/planted/vitest.config.ts',
    ...files,
    '-t',
    titles,
    '--reporter=json',
    `--outputFile=${report}`
  ]
  // It is no worker of this run.
  const rest = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('VITEST')))
  const env = {
    ...rest,
    PLANTED_TIMEOUT: planted?.caughtBy.byWaiting === true ? '20000' : '100000',
    ...(planted === null ? {} : { PLANTED_BUG: JSON.stringify(planted) })
  }
  try {
    const ended = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
      cwd: root,
      env,
      encoding: 'utf8'
    })
    const text = ((): string => {
      try {
        return readFileSync(report, 'utf8')
      } catch {
        throw new Error(`no report:\n${ended.stdout}\n${ended.stderr}`)
      }
    })()
    const { numFailedTests, numPassedTests, testResults } = JSON.parse(text) as Report & {
      readonly testResults: readonly FileReport[]
    }
    const broken = testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0)
    const failures = testResults.flatMap(({ assertionResults }) =>
      assertionResults.flatMap(({ failureMessages }) => failureMessages)
    )
    return {
      numFailedTests,
      numPassedTests,
      broken: broken.map(({ message }) => message),
      timedOut: failures.some((message) => message.includes('Test timed out'))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('planted bugs', () => {
  it.each(named(plantedBugs))('have a place: %s', (_name, bug) => {
    const source = readFileSync(join(root, bug.file), 'utf8')
    expect(plant(bug, source)).not.toBe(source)
    expect(() => plant(bug, '')).toThrow('0 times')
    expect(() => plant(bug, source + source)).toThrow('2 times')
    expect(existsSync(join(root, bug.caughtBy.file)), bug.caughtBy.file).toBe(true)
  })

  it.each(named(tried))('are caught: %s', (_name, bug) => {
    const { numFailedTests, broken, timedOut } = run([bug], bug)
    expect(broken).toEqual([])
    expect(numFailedTests).toBeGreaterThan(0)
    if (bug.caughtBy.byWaiting !== true) expect(timedOut, 'it is seen by waiting: say so (byWaiting: true)').toBe(false)
  })

  it('are what fails these tests, and nothing else', () => {
    const { numFailedTests, numPassedTests, broken } = run(tried, null)
    expect([numFailedTests, broken]).toEqual([0, []])
    expect(numPassedTests).toBeGreaterThanOrEqual(tried.length)
  })
})
