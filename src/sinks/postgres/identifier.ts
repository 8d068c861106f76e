import type { OptionRule } from '../../operators/handling/operator-options.js'
import { quoted } from '../once/quoted.js'

/** PostgreSQL truncates longer names, so two tables could become one. */
const mostBytes = 63

const isIdentifier = (given: unknown): given is string =>
  typeof given === 'string' &&
  given !== '' &&
  !given.includes('\0') &&
  new TextEncoder().encode(given).length <= mostBytes

const allowed = `at most ${String(mostBytes)} bytes, without the character NUL`

/** A table name, with or without schema. */
export const aTable: OptionRule = {
  allowed: `a table, or schema.table; each ${allowed}`,
  holds: (given) => typeof given === 'string' && given.split('.').length <= 2 && given.split('.').every(isIdentifier)
}

export const columnNames: OptionRule = {
  allowed: `a list of columns; each ${allowed}`,
  holds: (given) => Array.isArray(given) && given.length > 0 && given.every(isIdentifier)
}

/**
 * `numeric(10, 2)`, `timestamp(3) with time zone`, `shop.mood`: words and one pair of numbers, so that the text cannot contain
 * another statement.
 */
const isType = (given: unknown): boolean =>
  typeof given === 'string' &&
  given
    .replace(/ ?\(\d+(?:, ?-?\d+)?\)/, '')
    .split(/[ .]/)
    .every((word) => /^[a-z_]\w*$/i.test(word))

export const columnTypes: OptionRule = {
  allowed: `an object of columns and their types; each column ${allowed}`,
  holds: (given) =>
    typeof given === 'object' &&
    given !== null &&
    Object.keys(given).length > 0 &&
    Object.keys(given).every(isIdentifier) &&
    Object.values(given).every(isType)
}

export const quotedTable = (table: string): string => table.split('.').map(quoted).join('.')
