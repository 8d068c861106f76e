// `import 'ackstream/testing/vitest'` in a setup file, or in a test: `await expect(pipeline).toPlay(diagram)`. A test that makes
// a marble test and never runs it fails.
import { afterEach, beforeEach, expect } from 'vitest'
import { unawaitedTests } from './unawaited-tests.js'
import { marbleMatchers, type PlaysOptions } from './marble-matchers.js'

expect.extend(marbleMatchers)

beforeEach(({ task }) => {
  // For concurrent tests it is unknown which one has created a marble test.
  if (task.concurrent !== true) unawaitedTests.begin()
})
afterEach(({ task }) => {
  if (task.concurrent !== true) unawaitedTests.end(task.result?.state === 'fail')
})

declare module 'vitest' {
  // Type parameters have to be declared as vitest declares them: `Matchers` from 3.2 on, `Assertion` before.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface Matchers<T> {
    /** Whether the pipeline fulfils the diagram, in virtual time. */
    toPlay(diagram: string, options?: PlaysOptions): Promise<void>
  }
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface Assertion<T> {
    /** Whether the pipeline fulfils the diagram, in virtual time. */
    toPlay(diagram: string, options?: PlaysOptions): Promise<void>
  }
}
