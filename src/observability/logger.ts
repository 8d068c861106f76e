import { reasonOf } from '../model/printable.js'

/** How urgent a message is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** From the least to the most. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[]

/** What is logged besides the text: texts, numbers and booleans only, so that any logger can write it. */
export type LogFields = Readonly<Record<string, string | number | boolean>>

/**
 * Any logger: `console`, pino, winston, bunyan, or an object with these four methods.
 *
 * @example
 * const logger: Logger = { debug: () => undefined, info: console.log, warn: console.warn, error: console.error }
 */
export interface Logger {
  readonly debug: (...given: never[]) => unknown
  readonly info: (...given: never[]) => unknown
  readonly warn: (...given: never[]) => unknown
  readonly error: (...given: never[]) => unknown
}

/**
 * How a logger is called: `fields first` is pino's and bunyan's `info(fields, text)`, `text first` is winston's
 * `info(text, fields)`, `text only` is `console`'s.
 */
export type LogStyle = 'fields first' | 'text first' | 'text only'

/** The style of a logger that its methods identify; others get the text first. */
export const styleOf = (logger: Logger): LogStyle => {
  const has = (method: string): boolean => typeof (logger as unknown as Record<string, unknown>)[method] === 'function'
  // pino, bunyan
  if (has('bindings') || has('addStream')) return 'fields first'
  // console
  return has('table') && has('groupEnd') ? 'text only' : 'text first'
}

/** The process, if there is one. */
interface Host {
  emitWarning(text: string, options: { readonly code: string }): void
}

const warned = /*#__PURE__*/ new WeakSet<Logger>()

/** Warns once for each logger: pipelines continue even if their messages cannot be logged. */
const warnOf = (logger: Logger, thrown: unknown): void => {
  if (warned.has(logger)) return
  warned.add(logger)
  const host = (globalThis as { readonly process?: Host }).process
  host?.emitWarning(`a logger failed, lines are lost: ${reasonOf(thrown)}`, { code: 'ACKSTREAM_LOGGER' })
}

/** Writes one line. */
export const writeLine = (logger: Logger, style: LogStyle, level: LogLevel, text: string, fields: LogFields): void => {
  const call = (...given: unknown[]): unknown => (logger[level] as (...all: unknown[]) => unknown)(...given)
  try {
    const written =
      style === 'fields first' ? call(fields, text) : style === 'text first' ? call(text, fields) : call(text)
    if (written instanceof Promise)
      written.catch((error: unknown) => {
        warnOf(logger, error)
      })
  } catch (error) {
    warnOf(logger, error)
  }
}
