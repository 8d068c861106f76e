import { ConsumerError } from '../model/consumer-error.js'
import { isPromiseLike } from '../model/is-promise-like.js'
import type { OptionRule } from '../operators/handling/operator-options.js'

export const permissions: OptionRule = {
  allowed: 'the permissions of a file that its owner may read and write, as 0o600',
  holds: (given) => Number.isInteger(given) && (Number(given) & ~0o777) === 0 && (Number(given) & 0o600) === 0o600
}

/** A value cannot end its line: JSON escapes line breaks. */
export const jsonLine = (value: unknown): string => {
  if (isPromiseLike(value))
    throw new ConsumerError({
      _tag: 'UsageFault',
      reason: 'a line is a promise: await it in an operator before, such as handle'
    })
  const json = JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) as
    string | undefined
  if (json === undefined) throw new TypeError('the line cannot be written as JSON')
  return json
}
