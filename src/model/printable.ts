const longest = 256

/** Makes an external text safe for a message: one line, no control or direction characters, no password of a URL, cut. */
export const printable = (text: string): string => {
  const shown = withoutCredentials(text)
  return escaped(shown.length > longest ? `${shown.slice(0, longest)}…` : shown)
}

/** Drivers and users put addresses unchanged into messages: `postgres://user:password@host`. */
const withoutCredentials = (text: string): string =>
  text.slice(0, 4 * longest).replace(/\/\/[^\s@]*@/g, '//[redacted]@')

/** One line, without control or direction characters. */
export const escaped = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )

/** Any value for a message: secrets redacted, the rest as JSON as far as possible. Never throws. */
export const printableValue = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return printable(JSON.stringify(value))
    case 'bigint':
      return `${String(value)}n`
    case 'function':
      return 'a function'
    case 'object':
      return printable(looking(() => jsonOf(value)) ?? looking(() => Object.prototype.toString.call(value)) ?? opaque)
    default:
      return printable(String(value))
  }
}

const opaque = 'an object that throws when it is read'

/** The result of an inspection; null if it throws: proxies, getters and `toJSON` run foreign code. */
const looking = <A>(look: () => A): A | null => {
  try {
    return look()
  } catch {
    return null
  }
}

const jsonOf = (value: object | null): string | null => {
  if (value instanceof RegExp) return String(value)
  // Undefined for values that JSON cannot express, contrary to the type.
  const json = JSON.stringify(value, (key, part: unknown) => {
    if (typeof part === 'string') return isSecret(key) ? '[redacted]' : part
    return typeof part === 'bigint' ? `${String(part)}n` : part
  }) as string | undefined
  return json ?? null
}

/** Names of secrets in a configuration. A secret may be given in place of another value, or occur in an error. */
const secretNames = /pass|pwd|^pw$|secret|token|credential|authori[sz]ation|cookie|jaas|pem$|key$/i

/** The thrown error, in a few words. Never throws. */
export const reasonOf = (thrown: unknown, hide: (text: string) => string = same): string =>
  printable(hide(looking(() => messageOf(thrown)) ?? printableValue(thrown)))

const same = (text: string): string => text

const messageOf = (thrown: unknown): string | null => {
  if (!(thrown instanceof Error)) return null
  // A user's class may have any `message`.
  const message: unknown = thrown.message === '' ? thrown.name : thrown.message
  return typeof message === 'string' ? message : null
}

/** Whether a value of this name is never shown. */
export const isSecret = (name: string): boolean => secretNames.test(name)
