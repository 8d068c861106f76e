/** Callbacks around each test of a framework. */
export interface AroundTests {
  readonly begins: () => void
  /** Its exceptions fail the test. */
  readonly ends: () => void
}

interface Hooks {
  readonly beforeEach: (run: () => void) => void
  readonly afterEach: (run: () => void) => void
}

interface Host {
  readonly beforeEach?: unknown
  readonly afterEach?: unknown
  readonly process?: {
    readonly moduleLoadList?: readonly string[]
    getBuiltinModule?(name: string): unknown
  }
  readonly __vitest_worker__?: { readonly current?: VitestTask }
}

/** The used part of vitest's task. */
interface VitestTask {
  readonly type?: string
  readonly concurrent?: boolean
  readonly result?: { readonly state?: string }
  readonly context?: { readonly onTestFinished?: (run: () => void) => void }
}

const host = (): Host => globalThis

const isHooks = (given: unknown): given is Hooks => {
  const { beforeEach, afterEach } = (given ?? {}) as Host
  return typeof beforeEach === 'function' && typeof afterEach === 'function'
}

/**
 * Uses hooks that need no import: those of Jest and Mocha are global, and `node:test` is loaded if it is running (loading it
 * elsewhere would begin a test run). Vitest exposes its running test.
 */
export const hookFramework = ({ begins, ends }: AroundTests): void => {
  const hooks = frameworkHooks()
  try {
    hooks?.beforeEach(begins)
    hooks?.afterEach(ends)
  } catch {
    // Loaded within a test, when frameworks accept no more hooks.
  }
}

const frameworkHooks = (): Hooks | null => {
  const { __vitest_worker__: vitest, process } = host()
  const global: unknown = globalThis
  if (vitest !== undefined || jestHasBegun()) return null
  if (isHooks(global)) return global
  if (process?.moduleLoadList?.includes('NativeModule internal/test_runner/harness') !== true) return null
  const ofNode = process.getBuiltinModule?.('node:test')
  return isHooks(ofNode) ? ofNode : null
}

/** Jest does not throw for a hook that comes too late: it fails the file. */
const jestHasBegun = (): boolean => {
  const state = Object.getOwnPropertySymbols(globalThis).find(({ description }) => description === 'JEST_STATE_SYMBOL')
  return (
    state !== undefined && (Reflect.get(globalThis, state) as { readonly hasStarted?: boolean }).hasStarted === true
  )
}

/** The test of vitest that runs now. */
export interface VitestTest {
  /** Whether other tests run at the same time: the calling one is the last that has begun, as far as anybody knows. */
  readonly isConcurrent: boolean
  readonly hasFailed: boolean
  /** Runs at its end; its exceptions fail the test. */
  whenFinished(run: () => void): void
}

/** Null outside of a test. */
export const vitestTest = (): VitestTest | null => {
  const task = host().__vitest_worker__?.current
  const finished = task?.context?.onTestFinished
  if (task?.type !== 'test' || finished === undefined) return null
  return {
    isConcurrent: task.concurrent === true,
    get hasFailed() {
      return task.result?.state === 'fail'
    },
    whenFinished: finished
  }
}
