import * as t from 'io-ts'

/**
 * A whole number that a double holds exactly: 9007199254740993 in a JSON text would silently become …992. An io-ts codec,
 * for use within others.
 *
 * @example
 * json(t.type({ id: safeInteger }))
 */
export const safeInteger = new t.Type<number, number, unknown>(
  'safe integer',
  (value): value is number => typeof value === 'number' && Number.isSafeInteger(value),
  (value, context) =>
    typeof value === 'number' && Number.isSafeInteger(value)
      ? t.success(value)
      : t.failure(value, context, 'unsafe integer'),
  t.identity
)

/**
 * A number that is neither infinite (a JSON text may say 1e400) nor NaN. An io-ts codec, for use within others.
 *
 * @example
 * json(t.type({ price: finite }))
 */
export const finite = new t.Type<number, number, unknown>(
  'finite number',
  (value): value is number => typeof value === 'number' && Number.isFinite(value),
  (value, context) =>
    typeof value === 'number' && Number.isFinite(value) ? t.success(value) : t.failure(value, context, 'not finite'),
  t.identity
)
