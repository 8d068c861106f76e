// `import 'ackstream/testing/jest'` in a file of `setupFilesAfterEnv`, or in a test: `await expect(pipeline).toPlay(diagram)`.
import { marbleMatchers, type PlaysOptions } from './marble-matchers.js'

/** Jest's globals, with no more of their types than is used here: Jest need not be installed where this is compiled. */
const { expect } = globalThis as { readonly expect?: { extend(matchers: typeof marbleMatchers): void } }

if (expect === undefined)
  throw new Error(
    "ackstream/testing/jest: there is no global `expect`. Import this in a test, or in a file of `setupFilesAfterEnv`. With `injectGlobals: false` write `expect.extend(marbleMatchers)`, with `marbleMatchers` of 'ackstream/testing'."
  )
expect.extend(marbleMatchers)

declare global {
  // Declared like in @types/jest.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type
    interface Matchers<R, T = {}> {
      /** Whether the pipeline fulfils the diagram, in virtual time. */
      toPlay(diagram: string, options?: PlaysOptions): Promise<void>
    }
  }
}
