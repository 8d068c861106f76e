import { isObject, wholeNumber } from '../../config/check-places.js'
import { type ArgumentRule, withMethods } from '../../model/check-arguments.js'

export const anObject: ArgumentRule = {
  allowed: 'an object',
  holds: (given) => isObject(given) && !Array.isArray(given)
}
/** An object with values of one kind, by names or letters of the test. */
export const objectOf = ({ holds }: ArgumentRule, what: string): ArgumentRule => ({
  allowed: `an object of ${what}`,
  holds: (given) => anObject.holds(given) && Object.values(given as object).every(holds)
})
export const fromZero: ArgumentRule = {
  allowed: 'a whole number from 0',
  holds: (given) => wholeNumber.holds(given) && Number(given) >= 0
}
export const fromOne: ArgumentRule = {
  allowed: 'a whole number from 1',
  holds: (given) => wholeNumber.holds(given) && Number(given) >= 1
}
/** The duration of a column. */
export const columnTime: ArgumentRule = {
  allowed: 'ms above 0',
  holds: (given) => typeof given === 'number' && given > 0 && given < 2 ** 31
}
export const oneOf = (...allowed: readonly string[]): ArgumentRule => ({
  allowed: allowed.map((one) => `'${one}'`).join(' or '),
  holds: (given) => typeof given === 'string' && allowed.includes(given)
})
export const anObservable: ArgumentRule = /*#__PURE__*/ withMethods('an Observable', 'subscribe', 'pipe')
export const aClock: ArgumentRule = /*#__PURE__*/ withMethods('a clock', 'now', 'wallTime', 'schedule', 'turn')
