import { beginOtherProcesses } from '../../internal/running-programs.js'
import { currentScope } from './scopes.js'
import type { ProcessSignals } from './process-signals.js'

type Listener = (signal: string) => void

interface Host {
  exitCode?: number | string | undefined
}

const hostProcess = (): Host | undefined => (globalThis as { readonly process?: Host }).process

/** The process of the member whose code is calling; null for all other code. */
const processHere = (): ProcessSignals | null => currentScope()?.process?.signals ?? null

let listened = false

/**
 * Signals that a member's code listens for are those of its diagram, and `process.exit` ends only that member. Returns a
 * function that restores what such code has changed.
 */
export const replaceProcess = (replace: (on: object, name: string, ours: unknown) => void): (() => void) => {
  const host = hostProcess()
  if (host === undefined) return () => undefined
  const { exitCode } = host
  const endProcesses = beginOtherProcesses()
  listened = false
  const replaceIfThere = (name: string, ours: (real: (...args: readonly unknown[]) => unknown) => unknown): void => {
    const real: unknown = Reflect.get(host, name)
    if (typeof real !== 'function') return
    replace(
      host,
      name,
      ours((...args) => Reflect.apply(real, host, args) as unknown)
    )
  }
  const ofSignals = (name: string, act: (signals: ProcessSignals, signal: string, run: Listener) => void): void => {
    replaceIfThere(name, (real) => (signal: unknown, run: unknown) => {
      const signals = typeof signal === 'string' && signal.startsWith('SIG') ? processHere() : null
      if (signals === null) return real(signal, run)
      act(signals, signal as string, run as Listener)
      return host
    })
  }
  for (const name of ['on', 'addListener', 'prependListener', 'once', 'prependOnceListener'])
    ofSignals(name, (signals, signal, run) => {
      listened = true
      signals.on(signal, run, /once/i.test(name))
    })
  for (const name of ['off', 'removeListener'])
    ofSignals(name, (signals, signal, run) => {
      signals.off(signal, run)
    })
  replaceIfThere('exit', (real) => (code: unknown) => {
    const signals = processHere()
    if (signals === null) return real(code)
    signals.whenExit()
    return undefined
  })
  return () => {
    // `run` sets it at its end, as the exit code of a process in a diagram.
    if (endProcesses() || listened) host.exitCode = exitCode
  }
}
