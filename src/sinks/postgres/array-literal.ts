/**
 * A column of rows as the text of a PostgreSQL array: every client sends it as one text, however it handles arrays, and
 * the server casts it. Throws for values that PostgreSQL cannot hold.
 */
export const arrayLiteral = (values: readonly unknown[]): string => `{${values.map(element).join(',')}}`

const element = (value: unknown): string => {
  if (value === null || value === undefined) return 'NULL'
  const text = textOf(value)
  // Most texts have nothing to escape: replacing costs several times as much as looking.
  return `"${escaped.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"') : text}"`
}

/** The value in the form that the server reads. */
export const textOf = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return checked(value)
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      if (isDate(value)) return value.toISOString()
      if (value instanceof Uint8Array)
        return `\\x${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
      return checked(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)))
    default:
      throw new TypeError(`a column cannot hold a ${typeof value}`)
  }
}

const isDate = (value: object | null): value is { toISOString(): string } =>
  value !== null && 'toISOString' in value && typeof value.toISOString === 'function'

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
