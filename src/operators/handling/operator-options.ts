import { isListOf } from '../../model/check-arguments.js'
import { aFunction, aName as name, aText as text, milliseconds } from '../../model/check-arguments.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConfigProblem } from '../../model/fault.js'
import { objectOfOptions, unknownNames } from '../../model/nearest-name.js'
import { printableValue } from '../../model/printable.js'

/** Rules that options share with other arguments. */
export { aFunction, milliseconds, name, text }

/** The rule of an operator's option. */
export interface OptionRule {
  readonly allowed: string
  readonly holds: (given: unknown) => boolean
  /** Whether it is required. */
  readonly isNeeded?: true
  /** Its own options. */
  readonly within?: OptionRules
}

/** The rules of the options, by name. */
export type OptionRules = Readonly<Record<string, OptionRule>>

export const needed = (rule: OptionRule): OptionRule => ({ ...rule, isNeeded: true })

const isObject = (given: unknown): given is object =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
/** Options within an option. */
export const options = (within: OptionRules): OptionRule => ({
  allowed: objectOfOptions(Object.keys(within)),
  holds: isObject,
  within
})

export const count: OptionRule = {
  allowed: 'a whole number from 1, or Infinity',
  holds: (given) => given === Infinity || (Number.isSafeInteger(given) && Number(given) >= 1)
}

export const millisecondsOrNone: OptionRule = {
  allowed: `${milliseconds.allowed}, or Infinity`,
  holds: (given) => given === Infinity || milliseconds.holds(given)
}

/** `CommitOptions` */
export const storing: OptionRules = { every: count, withinMs: milliseconds }

export const names: OptionRule = {
  allowed: 'a list of names',
  holds: (given) => isListOf(given, name.holds)
}

/** An object that a function of this library makes, identified by its tag. */
export const made = (allowed: string, ...tags: readonly string[]): OptionRule => ({
  allowed,
  holds: (given) => isObject(given) && '_tag' in given && tags.includes(String(given._tag))
})

export const oneOf = (...allowed: readonly unknown[]): OptionRule => ({
  allowed: allowed.map((one) => (typeof one === 'string' ? `'${one}'` : String(one))).join(', '),
  holds: (given) => allowed.includes(given)
})

export const either = (...rules: readonly OptionRule[]): OptionRule => ({
  allowed: rules.map(({ allowed }) => allowed).join(', or '),
  holds: (given) => rules.some(({ holds }) => holds(given))
})

export const deadLetters: OptionRule = /*#__PURE__*/ made('deadLetter(…)', 'DeadLetter')
/** `OnFailure` */
export const onFailure: OptionRule = /*#__PURE__*/ either(
  /*#__PURE__*/ oneOf('fail', 'skip', 'release', 'reject'),
  deadLetters,
  /*#__PURE__*/ made('park(…)', 'Park'),
  /*#__PURE__*/ made('retryLater(…)', 'RetryLater')
)
/** `Backoff` */
export const backoff: OptionRule = /*#__PURE__*/ made('exponential(…)', 'Backoff')

/**
 * Throws all problems at once, in the call that creates the operator: otherwise a NaN from a missing setting would silently
 * stall a pipeline, and a misspelt option would be ignored.
 */
export const checkOptions = (operator: string, given: object, rules: OptionRules): void => {
  const problems: ConfigProblem[] = []
  look(operator, given, rules, ': ', problems)
  if (problems.length > 0) throw new ConsumerError({ _tag: 'ConfigFault', problems })
}

// Adds to an existing list, since pipelines are created again for each of a thousand partitions.
const look = (path: string, given: unknown, rules: OptionRules, separator: string, problems: ConfigProblem[]): void => {
  if (!isObject(given)) {
    problems.push({ property: path, given: printableValue(given), allowed: objectOfOptions(Object.keys(rules)) })
    return
  }
  const all = given as Readonly<Record<string, unknown>>
  for (const name of Object.keys(all))
    if (!Object.hasOwn(rules, name)) {
      problems.push(...unknownNames(path, given, Object.keys(rules), separator))
      break
    }
  for (const [name, rule] of Object.entries(rules)) {
    const value = all[name]
    if (value === undefined && rule.isNeeded !== true) continue
    const property = `${path}${separator}${name}`
    if (value === undefined) problems.push({ property, given: 'left out', allowed: rule.allowed })
    else if (!rule.holds(value)) problems.push({ property, given: printableValue(value), allowed: rule.allowed })
    else if (rule.within !== undefined) look(property, value, rule.within, '.', problems)
  }
}
