import { realTurn } from './real-turn.js'
import { currentScope, type RunTime } from './scopes.js'

const kinds = ['unhandledRejection', 'uncaughtException'] as const
type Kind = (typeof kinds)[number]

interface NodeProcess {
  on?(kind: Kind, run: (error: unknown) => void): unknown
  off(kind: Kind, run: (error: unknown) => void): unknown
  listenerCount(kind: Kind): number
}

/** The errors of each run that nobody handles. */
const escaped = new Map<RunTime, unknown[]>()

/**
 * Collects errors of a run's code that nobody handles: of a promise that is not returned, in a listener of a signal. In production
 * they end the process, and here no diagram shows them. Errors of other code remain what they are.
 */
export const collectEscaped = (time: RunTime): { readonly errors: readonly unknown[]; readonly stop: () => void } => {
  const errors: unknown[] = []
  if (escaped.size === 0) listen('on')
  escaped.set(time, errors)
  return {
    errors,
    stop: () => {
      if (escaped.delete(time) && escaped.size === 0) listen('off')
    }
  }
}

const host = (): NodeProcess | undefined => (globalThis as { readonly process?: NodeProcess }).process

const listen = (how: 'on' | 'off'): void => {
  // Other runtimes may have no such events.
  if (typeof host()?.on === 'function') for (const kind of kinds) host()?.[how]?.(kind, listeners[kind])
}

const seen = (kind: Kind, error: unknown): void => {
  const scope = currentScope()
  const errors = scope === undefined ? undefined : escaped.get(scope.time)
  if (errors !== undefined) {
    // A dead process cannot fail any more.
    if (scope?.process?.isDead !== true) errors.push(error)
    return
  }
  // Other listeners handle it, those of a test framework. Without any, Node ends the process.
  if ((host()?.listenerCount(kind) ?? 0) > 1) return
  listen('off')
  realTurn(() => {
    throw error
  })
}

const listeners = {
  unhandledRejection: (error: unknown): void => {
    seen('unhandledRejection', error)
  },
  uncaughtException: (error: unknown): void => {
    seen('uncaughtException', error)
  }
} as const satisfies Record<Kind, (error: unknown) => void>
