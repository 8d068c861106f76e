/**
 * A column of rows as the text of a PostgreSQL array: every client sends that as one text, however it treats arrays, and the
 * server casts it. Throws for values that PostgreSQL cannot store.
 */
export const arrayLiteral = (values: readonly unknown[]): string => `{${values.map(element).join(',')}}`

/**
 * Such a text as the array of a statement, cast by the server. The planner evaluates a cast of a parameter to estimate the
 * number of rows, and the executor again: then each text is parsed twice, a quarter of what the server does for a batch. A
 * subselect is evaluated once.
 */
export const arrayParameter = (number: number, type: string): string => `(select $${String(number)}::text)::${type}[]`

/** PostgreSQL takes messages up to 1 GiB, and V8 texts up to half of that. */
const mostCharacters = 256 * 1024 * 1024

/** Whether these columns are too large for one statement. */
export const areTooLarge = (literals: readonly { readonly length: number }[]): boolean =>
  literals.reduce((sum, { length }) => sum + length, 0) > mostCharacters

const element = (value: unknown): string => {
  if (value === null || value === undefined) return 'NULL'
  const text = textOf(value)
  // Most texts need no escaping, and checking is much cheaper than replacing.
  return `"${escaped.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"') : text}"`
}

/** The value in the server's input format. */
export const textOf = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return checked(value)
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      if (isDate(value)) return dateText(value.toISOString())
      if (value instanceof Uint8Array) return `\\x${hexOf(value)}`
      return checked(jsonOf(value))
    default:
      throw new TypeError(`a column cannot hold a ${typeof value}`)
  }
}

const isDate = (value: object | null): value is { toISOString(): string } =>
  value !== null && 'toISOString' in value && typeof value.toISOString === 'function'

const hexDigits = /*#__PURE__*/ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const hexOf = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += hexDigits[byte] ?? ''
  return text
}

/** PostgreSQL writes years beyond 9999 without a sign, and those before 1 with BC, where ISO 8601 has a year 0. */
const dateText = (iso: string): string => {
  const [, digits = '1', rest = ''] = /^([+-]?\d+)(-.*)$/.exec(iso) ?? []
  const year = Number(digits)
  if (year > 9999) return `${String(year)}${rest}`
  return year > 0 ? iso : `${String(1 - year).padStart(4, '0')}${rest} BC`
}

/** A Map, a Promise or an ArrayBuffer would become `{}`, which is not what it holds. */
const jsonOf = (value: object | null): string => {
  const json = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) as
    string | undefined
  if (json === undefined || (json === '{}' && !isPlain(value)))
    throw new TypeError(`a column cannot hold a ${Object.prototype.toString.call(value).slice('[object '.length, -1)}`)
  return json
}

const isPlain = (value: object | null): boolean => {
  const prototype: unknown = value === null ? null : Object.getPrototypeOf(value)
  // Test runners have several realms, each with an Object of its own.
  return prototype === null || (prototype as object).constructor.name === 'Object'
}

const escaped = /[\\"]/
const suspicious = /[\0\uD800-\uDFFF]/
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

const checked = (text: string): string => {
  if (!suspicious.test(text)) return text
  if (text.includes('\0')) throw new TypeError('PostgreSQL cannot hold a text with the character NUL')
  // It would silently become U+FFFD.
  if (loneSurrogate.test(text)) throw new TypeError('the text has half of a surrogate pair, which UTF-8 cannot hold')
  return text
}
