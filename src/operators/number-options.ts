import { ConsumerError } from '../model/consumer-error.js'

/** What a number given to an operator may be. */
export interface NumberRule {
  readonly allowed: string
  readonly holds: (given: number) => boolean
}

export const count: NumberRule = {
  allowed: 'a whole number from 1, or Infinity',
  holds: (given) => given === Infinity || (Number.isSafeInteger(given) && given >= 1)
}
const longestTimer = 2 ** 31 - 1
/** What a timer takes: one that is set for longer goes off at once. */
export const milliseconds: NumberRule = {
  allowed: `ms from 0 to ${String(longestTimer)}`,
  holds: (given) => given >= 0 && given <= longestTimer
}

/**
 * Throws everything that is wrong at once, where the operator is called: a NaN made of a missing setting would else stall
 * a pipeline without a word.
 */
export const checkNumbers = (
  operator: string,
  given: Readonly<Record<string, readonly [number | undefined, NumberRule]>>
): void => {
  const problems = Object.entries(given).flatMap(([option, [value, rule]]) =>
    value === undefined || (typeof value === 'number' && rule.holds(value))
      ? []
      : [{ property: `${operator}: ${option}`, given: String(value), allowed: rule.allowed }]
  )
  if (problems.length > 0) throw new ConsumerError({ _tag: 'ConfigFault', problems })
}
