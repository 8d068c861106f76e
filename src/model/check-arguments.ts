import { longestTimer } from './clock.js'
import { ConsumerError } from './consumer-error.js'
import type { ConfigProblem } from './fault.js'
import { objectOfOptions, unknownNames } from './nearest-name.js'
import { isSecret, printableValue } from './printable.js'

/** The rule for an argument. */
export interface ArgumentRule {
  readonly allowed: string
  readonly holds: (given: unknown) => boolean
}

const isObject = (given: unknown): given is object => typeof given === 'object' && given !== null

export const aFunction: ArgumentRule = { allowed: 'a function', holds: (given) => typeof given === 'function' }
export const aText: ArgumentRule = { allowed: 'a text', holds: (given) => typeof given === 'string' }
export const aList: ArgumentRule = { allowed: 'a list', holds: (given) => Array.isArray(given) }
export const truth: ArgumentRule = { allowed: 'true or false', holds: (given) => typeof given === 'boolean' }
const decodes = (given: unknown): given is object =>
  isObject(given) && 'decode' in given && typeof given.decode === 'function'
/** A codec for bytes; io-ts codecs have a `decode` too, which takes no bytes. */
export const aCodec: ArgumentRule = {
  allowed: 'a codec, such as utf8 or json(…); a schema, or a codec of io-ts, goes into json(…)',
  holds: (given) => decodes(given) && !('validate' in given && 'is' in given)
}
/** A codec of parsed values, such as those of io-ts. */
export const aValueCodec: ArgumentRule = {
  allowed: 'a codec of io-ts: an object with a function decode',
  holds: decodes
}
export const aCluster: ArgumentRule = {
  allowed: 'a cluster: kafka(…), kafkajs(client) or memoryCluster(…)',
  holds: (given) =>
    isObject(given) && '_tag' in given && given._tag === 'Cluster' && 'clock' in given && isObject(given.clock)
}
export const milliseconds: ArgumentRule = {
  allowed: `ms from 0 to ${String(longestTimer)}`,
  holds: (given) => typeof given === 'number' && given >= 0 && given <= longestTimer
}
export const aLogger: ArgumentRule = {
  allowed: 'an object with the functions debug, info, warn and error',
  holds: (given) =>
    isObject(given) &&
    ['debug', 'info', 'warn', 'error'].every((level) => typeof (given as Record<string, unknown>)[level] === 'function')
}
export const aName: ArgumentRule = { allowed: 'a name', holds: (given) => typeof given === 'string' && given !== '' }
/** An object identified by its methods: one of the library's, or a compatible one. */
export const withMethods = (allowed: string, ...methods: readonly string[]): ArgumentRule => ({
  allowed,
  holds: (given) =>
    isObject(given) && methods.every((name) => typeof (given as Record<string, unknown>)[name] === 'function')
})
/** Whether it is a list whose elements all satisfy the check. A hole counts as an element, unlike in `every`. */
export const isListOf = (given: unknown, holds: (part: unknown) => boolean): given is readonly unknown[] =>
  Array.isArray(given) && Array.from(given as readonly unknown[]).every((part) => holds(part))
export const listOf = (rule: ArgumentRule, allowed: string): ArgumentRule => ({
  allowed,
  holds: (given) => isListOf(given, rule.holds)
})
/** May also be left out. */
export const optional = ({ allowed, holds }: ArgumentRule): ArgumentRule => ({
  allowed,
  holds: (given) => given === undefined || holds(given)
})

/** The problems of one argument. */
export const problemsWith = (property: string, given: unknown, { allowed, holds }: ArgumentRule): ConfigProblem[] =>
  holds(given) ? [] : [{ property, given: given === undefined ? 'left out' : printableValue(given), allowed }]

/** The problems of an options object; the rules define the allowed names. */
export const problemsWithOptions = (
  where: string,
  given: unknown,
  rules: Readonly<Record<string, ArgumentRule>>
): ConfigProblem[] => {
  if (!isObject(given) || Array.isArray(given))
    return [
      {
        property: where,
        given: isSecret(where) ? '[redacted]' : printableValue(given),
        allowed: objectOfOptions(Object.keys(rules))
      }
    ]
  const all = given as Readonly<Record<string, unknown>>
  const known = Object.keys(rules)
  return [
    ...unknownNames(where, given, known),
    ...Object.entries(rules).flatMap(([name, rule]) => problemsWith(`${where}: ${name}`, all[name], rule))
  ]
}

/** The problems of an object within an argument: its fields have rules, and unknown fields are refused. */
export const problemsWithFields = (
  path: string,
  given: unknown,
  rules: Readonly<Record<string, ArgumentRule>>
): ConfigProblem[] =>
  problemsWithOptions(path, given, rules).map((problem) => ({
    ...problem,
    property: problem.property.replace(`${path}: `, `${path}.`)
  }))

/**
 * Throws all problems with the arguments of a function, in the call itself. An untyped program may pass anything, and a later
 * failure would be hard to trace, or to catch.
 *
 * @throws ConsumerError with a `ConfigFault` that names the arguments
 */
export const refuseWrong = (...problems: readonly (readonly ConfigProblem[])[]): void => {
  const all = problems.flat()
  if (all.length > 0) throw new ConsumerError({ _tag: 'ConfigFault', problems: all })
}
