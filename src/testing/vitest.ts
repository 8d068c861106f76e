// `import 'ackstream/testing/vitest'` in a setup file, or in a test: `await expect(pipeline).toPlay(diagram)`.
import { expect } from 'vitest'
import { marbleMatchers, type PlaysOptions } from './marble-matchers.js'

expect.extend(marbleMatchers)

declare module 'vitest' {
  // Type parameters have to be declared as vitest declares them: `Matchers` from 3.2 on, `Assertion` before.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface Matchers<T> {
    /** The pipeline makes the diagram come true, in virtual time. */
    toPlay(diagram: string, options?: PlaysOptions): Promise<void>
  }
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface Assertion<T> {
    /** The pipeline makes the diagram come true, in virtual time. */
    toPlay(diagram: string, options?: PlaysOptions): Promise<void>
  }
}
