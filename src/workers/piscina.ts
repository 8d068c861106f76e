import { ownRequire } from '../internal/own-require.js'
import { ConsumerError } from '../model/consumer-error.js'
import { reasonOf } from '../model/printable.js'

/** The used part of the package `piscina`. Its own types do not compile under `exactOptionalPropertyTypes`. */
export interface Piscina {
  readonly threads: readonly unknown[]
  run(
    task: unknown,
    options: { readonly transferList: readonly ArrayBuffer[]; readonly signal: AbortSignal }
  ): Promise<unknown>
  destroy(): Promise<void>
  /** `workerDestroy` from version 5 on */
  on(event: 'error' | 'workerDestroy', listener: (detail: unknown) => void): unknown
}

export interface PiscinaOptions {
  readonly filename: string
  readonly minThreads: number
  readonly maxThreads: number
  readonly recordTiming: boolean
  readonly atomics: 'disabled'
  /** the name in version 4 */
  readonly useAtomics: false
}

export type PiscinaClass = new (options: PiscinaOptions) => Piscina

/** Loads the package, which is needed only for workers. */
export const requirePiscina = (): PiscinaClass => {
  try {
    return (ownRequire('piscina') as { readonly Piscina: PiscinaClass }).Piscina
  } catch (error) {
    const isAbsent = typeof error === 'object' && error !== null && 'code' in error && error.code === 'MODULE_NOT_FOUND'
    const why = isAbsent ? '' : `, which cannot be loaded (${reasonOf(error)})`
    const reason = `workers need the package piscina${why}: npm install piscina`
    throw new ConsumerError({ _tag: 'UsageFault', reason })
  }
}
