import type { Clock } from '../../model/clock.js'
import type { ProcessSignals } from './process-signals.js'

/** The process of a member, and whether it lives. */
export interface LivingProcess {
  readonly isDead: boolean
  /** Calls `run` once, when the process dies. */
  whenDead(run: () => void): void
  /** what its code does with signals */
  readonly signals: ProcessSignals
}

/** A run in virtual time: its clock and its timers. */
export interface RunTime {
  readonly clock: Clock
  readonly timers: unknown
}

/** What asynchronous code belongs to: a run in virtual time and, within it, the process of a member. */
export interface Scope {
  readonly time: RunTime
  readonly process: LivingProcess | null
}

interface Storage {
  getStore(): Scope | undefined
  run<A>(scope: Scope, body: () => A): A
}

interface NodeProcess {
  getBuiltinModule?(name: string): { readonly AsyncLocalStorage: new () => Storage } | undefined
}

/** Without Node, code belongs to the run that began last. */
class LastScope implements Storage {
  private scope: Scope | undefined
  getStore(): Scope | undefined {
    return this.scope
  }
  run<A>(scope: Scope, body: () => A): A {
    const former = this.scope
    this.scope = scope
    try {
      return body()
    } finally {
      // The run continues after its first turn; a process within it does not.
      if (scope.process !== null) this.scope = former
    }
  }
}

let storage: Storage | null = null

const opened = (): Storage => {
  const { process } = globalThis as unknown as { readonly process?: NodeProcess }
  const hooks = process?.getBuiltinModule?.('node:async_hooks')
  storage ??= hooks === undefined ? new LastScope() : new hooks.AsyncLocalStorage()
  return storage
}

/** The run and the process that the calling code belongs to; undefined outside of any run. */
export const currentScope = (): Scope | undefined => storage?.getStore()

/** Runs code, and everything that it starts, within the scope. */
export const inScope = <A>(scope: Scope, body: () => A): A => opened().run(scope, body)

/** Whether the calling code belongs to a process that has died. */
export const isOfTheDead = (): boolean => currentScope()?.process?.isDead ?? false
