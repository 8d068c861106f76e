import { printable, printableValue } from '../model/printable.js'

/** A printable form of a value, for a fault. */
export type ShowValue = (value: unknown) => string

/** Texts and numbers unchanged; of other values only the type, since they may contain a password. */
export const shownUnlessObject: ShowValue = (value) =>
  (typeof value === 'object' && value !== null) || typeof value === 'function' ? kindOf(value) : printableValue(value)

/** Only the type, since the value may be a misplaced key or password. */
export const kindOf: ShowValue = (value) => {
  if (typeof value === 'string') return `a text of ${String(value.length)} characters`
  if (Array.isArray(value)) return `a list of ${String(value.length)}`
  if (ArrayBuffer.isView(value)) return `${String(value.byteLength)} bytes`
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : printable(String(value))
}

/** Addresses without other parts of a URL, such as user name and password before the host, or parameters after it. */
export const shownAddresses: ShowValue = (value) => {
  if (typeof value === 'string') return printableValue(value.split(',').map(withoutSecrets).join(','))
  if (!Array.isArray(value)) return shownUnlessObject(value)
  const parts: readonly unknown[] = value
  return printableValue(
    parts.map((part) => (typeof part === 'string' ? withoutSecrets(part) : shownUnlessObject(part)))
  )
}

const withoutSecrets = (address: string): string =>
  address.replace(/^([a-zA-Z0-9+_.-]*:\/\/)?.*@/s, '$1[redacted]@').replace(/\?.*$/s, '?[redacted]')
