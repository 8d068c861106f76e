import { UsageError } from './usage-error.js'

/** A property and its value, which may be empty. */
export const keyAndValue = (given: string): readonly [string, string] => {
  const at = given.indexOf('=')
  if (at < 1) throw new UsageError(`a configuration is KEY=VALUE, not ${JSON.stringify(given)}`)
  return [given.slice(0, at), given.slice(at + 1)]
}

/** The changes of `KEY=VALUE…`; `KEY=` resets a property to its default. */
export const configChanges = (
  settings: readonly string[]
): { readonly set: Readonly<Record<string, string>>; readonly unset: readonly string[] } => {
  const pairs = settings.map(keyAndValue)
  return {
    set: Object.fromEntries(pairs.filter(([, value]) => value !== '')),
    unset: pairs.filter(([, value]) => value === '').map(([key]) => key)
  }
}
